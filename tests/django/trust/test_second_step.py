"""The second step of signing in: setting it up, being asked, and every way around it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP

from faceroster.audit.models import Entry
from faceroster.trust import second_steps
from faceroster.trust.models import RecoveryCode, Role, SecondStep, SecondStepDue, User
from faceroster.trust.sealing import SealError

PASSWORD = "a long enough password"
CODE_PAGE = "/accounts/second-step/"
HERE, THERE = "203.0.113.9", "198.51.100.4"


class Clock:
    """A phone and a server that agree about the time, which a test moves."""

    def __init__(self) -> None:
        self.now = float(int(time.time()) // 30 * 30 + 5)

    def __call__(self) -> float:
        return self.now

    def code(self, user: User, *, steps: int = 0) -> str:
        secret = second_steps.secret_open(SecondStep.objects.get(user=user))
        app = TOTP(secret)
        app.time = self.now + 30 * steps
        return f"{app.token():06d}"


@pytest.fixture
def clock() -> Iterator[Clock]:
    moving = Clock()
    with mock.patch.object(second_steps.time, "time", moving):
        yield moving


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user(
        "dora", password=PASSWORD, role=Role.ADMINISTRATOR, email="dora@example.org", first_name="Dora"
    )


@pytest.fixture
def codes(dora: User, clock: Clock) -> list[str]:
    """Dora's recovery codes: she has set up her second step a while ago."""
    second_steps.set_up_begin(user=dora)
    shown = second_steps.set_up_confirm(user=dora, code=clock.code(dora))
    clock.now += 90
    return shown


def _password(client: Client, page: str = "/accounts/login/", ahead: str = "") -> Any:
    data = {"username": "dora", "password": PASSWORD, "next": ahead}
    return client.post(page, data, REMOTE_ADDR=HERE)


def _code(client: Client, code: str, *, address: str = HERE) -> HttpResponse:
    return client.post(CODE_PAGE, {"code": code}, REMOTE_ADDR=address)  # type: ignore[return-value]


def _half() -> Client:
    client = Client()
    assert _password(client)["Location"] == CODE_PAGE
    return client


def _in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def _actions() -> set[str]:
    return set(Entry.objects.values_list("action", flat=True))


def test_it_is_set_up_by_scanning_and_a_code(dora: User, clock: Clock) -> None:
    client = Client()
    client.force_login(dora)
    page = "/security/second-step/"
    assert "<svg" not in client.get(page).content.decode()
    client.post(f"{page}begin/")
    text = client.get(page).content.decode()
    assert "<svg" in text
    assert second_steps.shown_secret(SecondStep.objects.get(user=dora)) in text
    wrong = client.post(f"{page}confirm/", {"code": "12345"})
    assert wrong.status_code == 400
    assert not second_steps.has_second_step(dora)
    done = client.post(f"{page}confirm/", {"code": clock.code(dora)})
    shown = re.findall(r"<code>([A-Z2-7-]{19})</code>", done.content.decode())
    assert len(set(shown)) == 10
    assert "no-store" in done["Cache-Control"]
    assert second_steps.has_second_step(dora)
    assert not set(shown) & set(RecoveryCode.objects.values_list("digest", flat=True))
    assert "user.second_step_set" in _actions()
    assert not re.search(r"[A-Z2-7]{4}-[A-Z2-7]{4}", client.get(page).content.decode())


def test_the_secret_is_sealed_and_opens_for_its_user_alone(dora: User, clock: Clock) -> None:
    step = second_steps.set_up_begin(user=dora)
    secret = second_steps.secret_open(step)
    assert secret not in bytes(step.sealed_secret)
    step.user = User.objects.create_user("bela")
    with pytest.raises(SealError):
        second_steps.secret_open(step)


@pytest.mark.parametrize("page", ["/accounts/login/", "/admin/login/"])
def test_a_password_alone_gets_nowhere(codes: list[str], page: str) -> None:
    client = Client()
    answer = _password(client, page, "/admin/")
    assert answer["Location"] == CODE_PAGE
    assert not _in(client)
    for address in ("/admin/", "/reports/today/", "/security/second-step/"):
        assert client.get(address)["Location"].startswith(("/accounts/login/", "/admin/login/"))
    assert client.get("/api/v1/people/").status_code in (401, 403)


def test_the_code_signs_in_and_leads_on(dora: User, codes: list[str], clock: Clock) -> None:
    client = Client()
    _password(client, ahead="/lab/")
    answer = _code(client, clock.code(dora))
    assert answer["Location"] == "/lab/"
    assert _in(client)
    assert client.get("/admin/").status_code == 200


def test_nobody_is_led_to_another_site(dora: User, codes: list[str], clock: Clock) -> None:
    client = Client()
    _password(client, ahead="https://evil.example/")
    assert not _code(client, clock.code(dora))["Location"].startswith("http")


def test_a_used_code_is_used_up(dora: User, codes: list[str], clock: Clock) -> None:
    code = clock.code(dora)
    assert _code(_half(), code).status_code == 302
    second = _half()
    assert _code(second, code).status_code == 200
    assert not _in(second)


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(
    dora: User, codes: list[str], clock: Clock, steps: int, right: bool
) -> None:
    client = _half()
    _code(client, clock.code(dora, steps=steps))
    assert _in(client) == right


@pytest.mark.parametrize("code", ["", "000", "١٢٣٤٥٦", "abcdef", "-12345", "1" * 5000, "\0\0", "000000\n"])
def test_what_is_no_code_is_wrong(codes: list[str], code: str) -> None:
    client = _half()
    assert _code(client, code).status_code == 200
    assert not _in(client)


def test_a_recovery_code_counts_once(dora: User, codes: list[str]) -> None:
    first, second = _half(), _half()
    _code(first, codes[3].lower().replace("-", " "))
    _code(second, codes[3])
    assert (_in(first), _in(second)) == (True, False)
    assert second_steps.recovery_codes_left(dora) == 9
    assert "user.recovery_code_used" in _actions()


def test_a_recovery_code_is_of_its_user(dora: User, codes: list[str], clock: Clock) -> None:
    bela = User.objects.create_user("bela", password=PASSWORD)
    second_steps.set_up_begin(user=bela)
    others = second_steps.set_up_confirm(user=bela, code=clock.code(bela))
    client = _half()
    _code(client, others[0])
    assert not _in(client)


def test_between_the_two_steps_the_password_must_stay_right(
    dora: User, codes: list[str], clock: Clock
) -> None:
    changed, blocked = _half(), _half()
    dora.set_password("another long password")
    dora.save()
    assert _code(changed, clock.code(dora))["Location"] == "/accounts/login/"
    dora.is_active = False
    dora.save()
    assert _code(blocked, clock.code(dora))["Location"] == "/accounts/login/"
    assert not _in(changed)
    assert not _in(blocked)


def test_half_a_sign_in_ends_after_ten_minutes(dora: User, codes: list[str], clock: Clock) -> None:
    client = _half()
    session = client.session
    session["sign_in.half"] = {**session["sign_in.half"], "at": int(time.time()) - 601}
    session.save()
    assert _code(client, clock.code(dora))["Location"] == "/accounts/login/"
    assert not _in(client)


def test_wrong_codes_count_like_wrong_passwords(dora: User, codes: list[str], clock: Clock) -> None:
    client = _half()
    for _attempt in range(5):
        _code(client, "000000")
        _let_wait_pass()
    locked = _code(client, clock.code(dora))
    assert locked.status_code == 429
    assert int(locked["Retry-After"]) > 60
    assert not _in(client)
    assert _password(Client()).status_code == 429
    assert Entry.objects.filter(action="user.sign_in_failed").count() >= 5


def _let_wait_pass() -> None:
    longer = F("throttling_failure_timestamp") - timedelta(minutes=20)
    SecondStep.objects.update(throttling_failure_timestamp=longer)


def test_wrong_codes_from_many_addresses_wait_too(dora: User, codes: list[str], clock: Clock) -> None:
    client = _half()
    answers = [_code(client, "000000", address=f"198.51.100.{n}").status_code for n in range(4)]
    assert answers == [200, 200, 200, 429]
    right = _code(client, clock.code(dora), address=THERE)
    assert right.status_code == 429
    assert not _in(client)
    _let_wait_pass()
    assert _code(client, clock.code(dora), address=THERE).status_code == 302


def test_the_longest_wait_is_a_quarter_of_an_hour(dora: User, codes: list[str], clock: Clock) -> None:
    SecondStep.objects.update(throttling_failure_count=40, throttling_failure_timestamp=timezone.now())
    with pytest.raises(second_steps.TooEarly) as caught:
        second_steps.check(user=dora, code="000000")
    assert 890 < caught.value.seconds <= 900


@pytest.mark.parametrize("what", ["codes", "remove"])
def test_changing_it_takes_a_code(dora: User, codes: list[str], clock: Clock, what: str) -> None:
    client = Client()
    client.force_login(dora)
    page = f"/security/second-step/{what}/"
    assert client.post(page, {"code": "000000"}).status_code == 400
    assert second_steps.has_second_step(dora)
    assert second_steps.check(user=dora, code=codes[0]) == "recovery"
    client.post(page, {"code": clock.code(dora)})
    assert second_steps.has_second_step(dora) == (what == "codes")
    assert second_steps.check(user=dora, code=codes[1]) is None
    assert second_steps.recovery_codes_left(dora) == (10 if what == "codes" else 0)


def test_a_second_setup_does_not_push_the_first_aside(dora: User, codes: list[str]) -> None:
    client = Client()
    client.force_login(dora)
    before = SecondStep.objects.get(user=dora).pk
    client.post("/security/second-step/begin/")
    assert SecondStep.objects.get(user=dora).pk == before


def test_an_administrator_resets_it_and_the_user_is_told(
    dora: User, codes: list[str], admin_client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(f"/security/second-steps/{dora.pk}/reset/")
    assert not second_steps.has_second_step(dora)
    assert [letter.to for letter in mail.outbox] == [["dora@example.org"]]
    entry = Entry.objects.get(action="user.second_step_reset")
    assert entry.subject_id == str(dora.pk)
    client = Client()
    _password(client)
    assert _in(client)


def test_others_reset_nothing(dora: User, codes: list[str], staff_client: Client) -> None:
    assert staff_client.post(f"/security/second-steps/{dora.pk}/reset/").status_code == 403
    assert second_steps.has_second_step(dora)


def test_the_command_resets_it(dora: User, codes: list[str]) -> None:
    out = StringIO()
    call_command("totp_reset", "dora", stdout=out)
    assert "dora" in out.getvalue()
    assert not second_steps.has_second_step(dora)
    for name in ("dora", "nobody"):
        with pytest.raises(CommandError):
            call_command("totp_reset", name)


class TestMust:
    """Where the settings make it a must for administrators and staff."""

    @pytest.fixture(autouse=True)
    def _must(self, settings: Any) -> None:
        settings.FACEROSTER_SECOND_STEP = "staff"

    def test_there_are_days_to_set_it_up(self, dora: User) -> None:
        client = Client()
        _password(client)
        assert client.get("/admin/").status_code == 200
        left = SecondStepDue.objects.get(user=dora).due_at - timezone.now()
        assert timedelta(days=6.9) < left <= timedelta(days=7)
        assert "Set it up before" in client.get("/security/second-step/").content.decode()

    def test_then_every_page_leads_to_it(self, dora: User, clock: Clock) -> None:
        client = Client()
        _password(client)
        SecondStepDue.objects.create(user=dora, due_at=timezone.now() - timedelta(seconds=1))
        for address in ("/admin/", "/reports/today/", "/people/import/"):
            assert client.get(address)["Location"] == "/security/second-step/"
        enrolling = client.post(f"/kiosk/enroll/code/{uuid4()}/")
        assert enrolling["Location"] == "/security/second-step/"  # beside a kiosk's own addresses
        assert client.get("/kiosk/").status_code == 200
        assert client.get("/privacy/").status_code == 200
        refused = client.get("/api/v1/people/")
        assert (refused.status_code, refused.json()["code"]) == (403, "auth.second_step_required")
        client.post("/security/second-step/begin/")
        client.post("/security/second-step/confirm/", {"code": clock.code(dora)})
        assert client.get("/admin/").status_code == 200
        assert client.get("/api/v1/people/").status_code == 200

    def test_after_a_reset_there_is_no_second_time_to_wait(self, dora: User, codes: list[str]) -> None:
        second_steps.reset(user=dora, by=None)
        client = Client()
        _password(client)
        assert client.get("/admin/")["Location"] == "/security/second-step/"

    def test_it_is_not_taken_away(self, dora: User, codes: list[str], clock: Clock) -> None:
        client = Client()
        client.force_login(dora)
        assert client.post("/security/second-step/remove/", {"code": clock.code(dora)}).status_code == 409
        assert second_steps.has_second_step(dora)

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.PERSON])
    def test_others_need_none(self, db: None, role: Role) -> None:
        client = Client()
        client.force_login(User.objects.create_user("carl", role=role))
        client.get("/security/second-step/")
        assert not SecondStepDue.objects.exists()
