"""Wrong passwords: who is locked out, from where, for how long, and who lifts it."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessAttempt
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from faceroster.trust.guessing import ADDRESS_FACTOR, locks
from faceroster.trust.models import User

PAGES = ["/accounts/login/", "/admin/login/"]
RIGHT = "a long enough password"
HERE, THERE = "203.0.113.9", "198.51.100.4"
TRIES = 5
WAIT = "Too many wrong tries from here. Please wait 15 minutes, or ask an administrator."


def _try(
    name: str, password: str, *, address: str = HERE, page: str = PAGES[0], language: str = "en"
) -> HttpResponse:
    data = {"username": name, "password": password}
    return Client().post(page, data, REMOTE_ADDR=address, headers={"Accept-Language": language})  # type: ignore[return-value]


def _lock(name: str, *, address: str = HERE) -> None:
    for _attempt in range(TRIES):
        _try(name, "wrong", address=address)


def _later(minutes: float) -> None:
    """As if all that was so long ago."""
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))


@pytest.mark.parametrize("page", PAGES)
def test_after_five_wrong_passwords_the_right_one_waits_too(admin_user: User, page: str) -> None:
    codes = [_try("alma", "wrong", page=page).status_code for _attempt in range(TRIES)]
    assert codes == [200] * 4 + [429]
    answer = _try("alma", RIGHT, page=page)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60
    assert WAIT in answer.content.decode()
    assert "sessionid" not in answer.cookies


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", [code for code, _name in django_settings.LANGUAGES])
def test_it_is_said_in_every_language(admin_user: User, page: str, language: str) -> None:
    _lock("alma")
    text = _try("alma", RIGHT, page=page, language=language).content.decode()
    assert (WAIT in text) == (language == "en")
    with translation.override(language):
        assert "15" in text
        assert f'lang="{language}"' in text


def test_the_two_pages_count_together(admin_user: User) -> None:
    for page in (PAGES * 3)[:TRIES]:
        _try("alma", "wrong", page=page)
    assert [_try("alma", RIGHT, page=page).status_code for page in PAGES] == [429, 429]


def test_who_guesses_elsewhere_locks_nobody_out_here(admin_user: User) -> None:
    _lock("alma", address=THERE)
    assert _try("alma", RIGHT, address=THERE).status_code == 429
    assert _try("alma", RIGHT).status_code == 302


def test_another_user_at_the_same_address_is_not_locked_out(admin_user: User, staff_user: User) -> None:
    _lock("alma")
    assert _try("stella", RIGHT).status_code == 302


def test_an_address_that_tries_many_users_is_locked(admin_user: User) -> None:
    codes = {_try(f"nobody{number}", "wrong").status_code for number in range(TRIES * ADDRESS_FACTOR - 1)}
    assert codes == {200}
    assert _try("nobody", "wrong").status_code == 429
    assert _try("alma", RIGHT).status_code == 429
    assert _try("alma", RIGHT, address=THERE).status_code == 302


def test_an_account_of_ones_own_buys_no_new_tries_for_the_address(admin_user: User, staff_user: User) -> None:
    for number in range(TRIES * ADDRESS_FACTOR - 1):
        _try(f"nobody{number}", "wrong")
    assert _try("stella", RIGHT).status_code == 302
    assert _try("alma", "wrong").status_code == 429


def test_signing_in_forgives_the_users_own_tries(admin_user: User) -> None:
    for _attempt in range(TRIES - 1):
        _try("alma", "wrong")
    assert _try("alma", RIGHT).status_code == 302
    assert [_try("alma", "wrong").status_code for _attempt in range(TRIES)] == [200] * 4 + [429]


def test_a_header_anybody_can_write_gives_no_new_tries(admin_user: User) -> None:
    def guess(number: int) -> int:
        data = {"username": "alma", "password": "wrong"}
        headers = {"X-Forwarded-For": f"192.0.2.{number}", "User-Agent": f"browser {number}"}
        return Client().post(PAGES[0], data, REMOTE_ADDR=HERE, headers=headers).status_code

    assert [guess(number) for number in range(TRIES)] == [200] * 4 + [429]


def test_addresses_of_one_ipv6_network_count_as_one(admin_user: User) -> None:
    codes = [_try("alma", "wrong", address=f"2001:db8:1:2::{number}").status_code for number in range(1, 6)]
    assert codes == [200] * 4 + [429]
    assert _try("alma", RIGHT, address="2001:db8:1:3::1").status_code == 302


def test_the_lock_ends_by_itself_and_trying_on_does_not_prolong_it(admin_user: User) -> None:
    _lock("alma")
    _later(minutes=14)
    answer = _try("alma", RIGHT)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) <= 60
    _later(minutes=1.1)
    assert _try("alma", RIGHT).status_code == 302


def test_neither_passwords_nor_names_of_nobody_are_kept(admin_user: User) -> None:
    _try("my secret password", "another wrong secret")
    _try("alma", "a wrong secret")
    kept = str(list(AccessAttempt.objects.values()))
    assert "secret" not in kept
    assert "wrong" not in kept
    assert "alma" in kept


def test_an_administrator_sees_and_lifts_a_lock(
    admin_client: Client, admin_user: User, staff_user: User
) -> None:
    _lock("stella")
    _lock("alma", address=THERE)
    page = admin_client.get("/security/locks/")
    assert {"stella", HERE, "alma", THERE} <= set(
        page.content.decode().replace("<", " <").replace(">", "> ").split()
    )
    answer = admin_client.post("/security/locks/lift/", {"username": "stella", "address": HERE})
    assert answer.status_code == 302
    assert [lock["username"] for lock in locks()] == ["alma"]
    assert _try("stella", RIGHT).status_code == 302


def test_the_command_lists_and_lifts(staff_user: User) -> None:
    def command(*words: str) -> str:
        call_command("sign_in_locks", *words, stdout=(out := StringIO()))
        return out.getvalue()

    assert "Nobody" in command()
    _lock("stella", address="2001:db8:1:2::7")
    assert "stella" in command()
    assert "2001:db8:1:2::" in command()
    command("--lift-address", "2001:db8:1:2::99")
    assert "Nobody" in command()
    _lock("stella")
    command("--lift-user", "stella")
    assert _try("stella", RIGHT).status_code == 302
    with pytest.raises(CommandError, match="nobody"):
        command("--lift-user", "nobody")
