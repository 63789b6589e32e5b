"""A kiosk's cookie alone opens nothing: its device signs what it asks, once, and now."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.apps import apps
from django.core import mail
from django.test import Client
from django.utils import timezone

from faceroster.core.errors import InvalidInput
from faceroster.kiosks.access import COOKIE
from faceroster.kiosks.democlips import clips
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.signatures import HEADER, SKEW, public_key_read
from faceroster.notices.models import Event, Notice
from faceroster.notices.services import deliveries_send
from faceroster.people.models import Site
from faceroster.trust.models import User
from tests.support.kiosks import DeviceClient, DeviceKey, paired_device

STATE = "/kiosk/state"
FRAMES = "/kiosk/frames"
LIST = "/admin/kiosks/kiosk/"


@pytest.fixture
def device(site: Site) -> tuple[Kiosk, DeviceClient]:
    return paired_device(site)


@pytest.fixture
def kiosk(device: tuple[Kiosk, DeviceClient]) -> Kiosk:
    return device[0]


@pytest.fixture
def browser(device: tuple[Kiosk, DeviceClient]) -> DeviceClient:
    return device[1]


@pytest.fixture
def thief(browser: DeviceClient) -> Client:
    """Another browser, to which the cookie was copied."""
    client = Client(headers={"X-FaceRoster-Kiosk": "1"})
    client.cookies[COOKIE] = browser.cookies[COOKIE].value
    return client


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def _post(client: Client, body: bytes, signature: str, **headers: str) -> Any:
    return client.post(FRAMES, body, content_type="image/jpeg", headers={HEADER: signature, **headers})


def test_a_copied_cookie_is_useless(
    browser: DeviceClient, thief: Client, set_demo: Callable[[bool], None], worker_at_hand: list[str]
) -> None:
    set_demo(True)
    clip = f"/kiosk/demo/{clips()[0].slug}.webm"
    for address in (STATE, clip):
        assert browser.get(address).status_code == 200
        assert _code(thief.get(address)) == (401, "kiosk.unsigned")
    assert _code(thief.post(FRAMES, b"\xff\xd8\xff", content_type="image/jpeg")) == (401, "kiosk.unsigned")
    assert not worker_at_hand


def test_a_thief_with_a_key_of_their_own_is_refused_and_loses_the_cookie(
    kiosk: Kiosk, browser: DeviceClient
) -> None:
    thief = DeviceClient()
    thief.cookies[COOKIE] = browser.cookies[COOKIE].value
    assert _code(thief.get(STATE)) == (401, "kiosk.signature")
    answer = thief.register()
    assert _code(answer) == (409, "kiosk.key_there")
    assert answer.cookies[COOKIE]["max-age"] == 0
    assert answer.cookies[COOKIE]["path"] == "/kiosk/"
    kiosk.refresh_from_db()
    assert kiosk.public_key == browser.key.public
    assert browser.get(STATE).status_code == 200, "the kiosk itself goes on"


@pytest.mark.parametrize("changed", ["method", "path", "query", "body", "challenge", "timestamp", "nonce"])
def test_a_signature_is_good_for_one_request_as_it_stands(
    browser: DeviceClient, changed: str, worker_at_hand: list[str]
) -> None:
    body, challenge = b"\xff\xd8\xff picture", "abc 1"
    signature = browser.key.sign(
        "GET" if changed == "method" else "POST",
        {"path": "/kiosk/pin", "query": f"{FRAMES}?a=1"}.get(changed, FRAMES),
        b"other" if changed == "body" else body,
        challenge="abc 2" if changed == "challenge" else challenge,
    )
    version, stamp, nonce, signed = signature.split()
    if changed == "timestamp":
        stamp = str(int(stamp) + 1)
    if changed == "nonce":
        nonce = nonce[::-1] if nonce != nonce[::-1] else "A" * 22
    answer = _post(
        browser, body, f"{version} {stamp} {nonce} {signed}", **{"X-FaceRoster-Challenge": challenge}
    )
    assert _code(answer) == (401, "kiosk.signature")
    assert not worker_at_hand


def test_the_query_is_signed_with_the_path(browser: DeviceClient) -> None:
    assert browser.get(f"{STATE}?version=1&camera=R%C3%BCck+kamera").status_code == 200
    signature = browser.key.sign("GET", f"{STATE}?camera=a")
    assert browser.get(f"{STATE}?camera=b", headers={HEADER: signature}).status_code == 401


def test_a_request_works_once(browser: DeviceClient) -> None:
    headers = {HEADER: browser.key.sign("GET", STATE)}
    assert browser.get(STATE, headers=headers).status_code == 200
    assert _code(browser.get(STATE, headers=headers)) == (409, "kiosk.replayed")


def test_a_forger_uses_up_nobodys_nonce(browser: DeviceClient) -> None:
    real = browser.key.sign("GET", STATE)
    stamp, nonce = real.split()[1:3]
    forged = f"v1 {stamp} {nonce} {DeviceKey().sign('GET', STATE).split()[3]}"
    assert _code(browser.get(STATE, headers={HEADER: forged})) == (401, "kiosk.signature")
    assert browser.get(STATE, headers={HEADER: real}).status_code == 200


@pytest.mark.parametrize(
    ("ahead", "status"), [(-SKEW + 5, 200), (SKEW - 5, 200), (-SKEW - 5, 401), (SKEW + 5, 401)]
)
def test_a_wrong_clock_is_told_the_time(browser: DeviceClient, ahead: float, status: int) -> None:
    answer = browser.get(STATE, headers={HEADER: browser.key.sign("GET", STATE, ahead=ahead)})
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["error"]["code"] == "kiosk.clock"
        assert answer.json()["error"]["now"].startswith("20")


@pytest.mark.parametrize(
    "header", ["", "none", "v1", "v2 1 2 3", "v1 1234567890123 short AAAA", "v1 x y z", "v1 " + "9" * 5000]
)
def test_what_is_no_signature_is_refused(browser: DeviceClient, header: str) -> None:
    assert _code(browser.get(STATE, headers={HEADER: header})) == (401, "kiosk.unsigned")


def test_what_is_too_large_is_refused_before_it_is_read(browser: DeviceClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = bytes(1001)
    answer = _post(browser, body, browser.key.sign("POST", FRAMES, body))
    assert _code(answer) == (413, "kiosk.too_large")


def test_a_signature_of_nothing_but_zeros_is_refused(browser: DeviceClient) -> None:
    version, stamp, nonce, _signed = browser.key.sign("GET", STATE).split()
    answer = browser.get(STATE, headers={HEADER: f"{version} {stamp} {nonce} {'A' * 86}"})
    assert _code(answer) == (401, "kiosk.signature")


def test_a_kiosk_without_a_key_registers_one_and_no_second(site: Site) -> None:
    kiosk, browser = paired_device(site)
    Kiosk.objects.filter(pk=kiosk.pk).update(public_key="")
    old = Client()
    old.cookies[COOKIE] = browser.cookies[COOKIE].value
    assert _code(old.get(STATE)) == (401, "kiosk.not_paired"), "an old page loads anew on this code"
    assert _code(browser.get(STATE)) == (401, "kiosk.unsigned"), "nor is any key good enough"
    for _ in range(2):
        assert browser.register().json() == {"registered": True}
    assert browser.get(STATE).status_code == 200
    browser.key = DeviceKey()
    assert _code(browser.register()) == (409, "kiosk.key_there")


@pytest.fixture
def from_before(site: Site) -> tuple[Kiosk, DeviceClient]:
    """A kiosk that was paired before there were keys, an hour after the upgrade."""
    kiosk, browser = paired_device(site)
    now = timezone.now()
    Kiosk.objects.filter(pk=kiosk.pk).update(
        public_key="", paired_at=now - timedelta(days=90), key_until=now + timedelta(days=14)
    )
    kiosk.refresh_from_db()
    return kiosk, browser


def test_a_kiosk_from_before_brings_a_key_once_and_administrators_are_told(
    from_before: tuple[Kiosk, DeviceClient], admin_user: User, staff_client: Client
) -> None:
    kiosk, browser = from_before
    User.objects.filter(pk=admin_user.pk).update(email="alma@example.org")
    assert "None yet" in staff_client.get(LIST).content.decode()
    for _ in range(2):
        assert browser.register().json() == {"registered": True}
    assert browser.get(STATE).status_code == 200
    kiosk.refresh_from_db()
    assert kiosk.key_on_trust_at is not None
    assert "Taken on trust" in staff_client.get(LIST).content.decode()
    assert "taken on trust on" in staff_client.get(f"{LIST}{kiosk.pk}/change/").content.decode()
    notice = Notice.objects.get()
    assert (notice.event, notice.payload["kiosk"]["name"]) == (Event.KIOSK_KEY, kiosk.name)
    deliveries_send()
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["alma@example.org"], f"A key of the kiosk {kiosk.name} was taken on trust")
    ]
    browser.key = DeviceKey()
    assert _code(browser.register()) == (409, "kiosk.key_there")


@pytest.mark.parametrize("until", [timedelta(seconds=-1), None])
def test_a_copied_token_of_an_old_kiosk_is_worth_nothing_after_two_weeks(
    from_before: tuple[Kiosk, DeviceClient], staff_client: Client, until: timedelta | None
) -> None:
    kiosk, browser = from_before
    Kiosk.objects.update(key_until=timezone.now() + until if until else None)
    answer = browser.register()
    assert _code(answer) == (403, "kiosk.key_late")
    assert answer.cookies[COOKIE]["max-age"] == 0
    kiosk.refresh_from_db()
    assert kiosk.public_key == ""
    assert not Notice.objects.exists()
    assert "pair it again" in staff_client.get(LIST).content.decode()
    assert "pair the device again" in staff_client.get(f"{LIST}{kiosk.pk}/change/").content.decode()


def test_who_was_paired_just_now_is_told_to_nobody(site: Site) -> None:
    kiosk, browser = paired_device(site)
    Kiosk.objects.filter(pk=kiosk.pk).update(public_key="")
    assert browser.register().status_code == 200
    kiosk.refresh_from_db()
    assert kiosk.key_on_trust_at is None
    assert not Notice.objects.exists()


def test_the_upgrade_gives_old_kiosks_two_weeks(site: Site) -> None:
    old, keyed = paired_device(site)[0], paired_device(site)[0]
    Kiosk.objects.filter(pk=old.pk).update(public_key="")
    import_module("faceroster.kiosks.migrations.0007_keys").give_grace(apps, None)
    old.refresh_from_db()
    keyed.refresh_from_db()
    assert old.key_until is not None
    assert timedelta(days=13) < old.key_until - timezone.now() <= timedelta(days=14)
    assert keyed.key_until is None


def test_a_key_is_registered_while_the_code_is_still_on_the_screen(db: None) -> None:
    browser = DeviceClient()
    browser.get("/kiosk/")
    assert browser.register().status_code == 200
    assert Kiosk.objects.get().public_key == browser.key.public


def test_a_key_is_registered_only_by_who_holds_it(site: Site) -> None:
    kiosk, browser = paired_device(site)
    Kiosk.objects.filter(pk=kiosk.pk).update(public_key="")
    body = json.dumps({"public_key": DeviceKey().public})
    answer = browser.post("/kiosk/key", body, content_type="application/json")
    assert _code(answer) == (401, "kiosk.signature")
    assert _code(Client().post("/kiosk/key", body, content_type="application/json"))[0] == 401
    kiosk.refresh_from_db()
    assert kiosk.public_key == ""


def _spki(curve: ec.EllipticCurve) -> str:
    public = ec.generate_private_key(curve).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.mark.parametrize("text", ["", "no base64!", base64.b64encode(b"x" * 91).decode(), "other curve"])
def test_only_keys_of_the_curve_are_taken(browser: DeviceClient, text: str) -> None:
    with pytest.raises(InvalidInput, match=r"kiosk\.key_invalid"):
        public_key_read(_spki(ec.SECP384R1()) if text == "other curve" else text)
    bodies = [json.dumps(content) for content in ({"public_key": text}, [1], {"public_key": 3})]
    for body in (*bodies, "{", "[" * 100_000, json.dumps({"public_key": "\ud800"})):
        answer = browser.post("/kiosk/key", body, content_type="application/json")
        assert answer.status_code in (400, 401)
        assert answer.json()["error"]["code"] in ("kiosk.key_invalid", "kiosk.signature")


def test_a_revoked_kiosk_is_told_so_signed_or_not(kiosk: Kiosk, browser: DeviceClient, thief: Client) -> None:
    Kiosk.objects.filter(pk=kiosk.pk).update(status="revoked")
    for client in (browser, thief):
        assert _code(client.get(STATE)) == (403, "kiosk.revoked")
    assert _code(browser.register()) == (403, "kiosk.revoked")
