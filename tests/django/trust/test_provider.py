"""Signing in through an OpenID provider that really runs, on this machine: right, and every wrong way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from joserfc.jwk import RSAKey

from faceroster.audit.models import Entry
from faceroster.settings.provider import issuer_checked, roles_of
from faceroster.trust import provider as our_side
from faceroster.trust.models import ExternalAccount, Role, User
from tests.support.openid import CLIENT, SECRET, Provider, signed_with, unsigned

LEAVE, BACK = "/accounts/provider/", "/accounts/provider/back/"


@pytest.fixture
def openid(settings: Any) -> Iterator[Provider]:
    provider = Provider()
    settings.FACEROSTER_OIDC_ISSUER = provider.url
    settings.FACEROSTER_OIDC_CLIENT_ID = CLIENT
    settings.FACEROSTER_OIDC_CLIENT_SECRET = SECRET
    settings.FACEROSTER_OIDC_NAME = "Works"
    our_side._registered.cache_clear()
    yield provider
    provider.stop()


@pytest.fixture
def emil(db: None) -> User:
    return User.objects.create_user("emil", email="Emil@example.org", role=Role.STAFF)


def _sign_in(openid: Provider, client: Client, ahead: str = "/") -> Any:
    left = client.get(LEAVE, {"next": ahead})
    return client.get(BACK, openid.authorize(left["Location"]))


def _in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def _said(client: Client) -> str:
    return client.get("/accounts/login/").content.decode()


def test_it_is_off_until_a_provider_is_named(client: Client, db: None) -> None:
    assert client.get(LEAVE).status_code == 404
    assert client.get(BACK).status_code == 404
    assert LEAVE not in client.get("/accounts/login/").content.decode()


def test_a_user_is_known_by_a_verified_address(openid: Provider, emil: User, client: Client) -> None:
    assert "Sign in with Works" in _said(client)
    assert _sign_in(openid, client, "/lab/")["Location"] == "/lab/"
    assert client.session["_auth_user_id"] == str(emil.pk)
    assert Entry.objects.filter(action="user.signed_in", subject_id=str(emil.pk)).exists()
    assert ExternalAccount.objects.get().subject == "subject-1"


def test_afterwards_the_provider_s_name_counts_and_not_the_address(
    openid: Provider, emil: User, client: Client
) -> None:
    _sign_in(openid, client)
    other = User.objects.create_user("other", email="new@example.org")
    openid.says = {"email": "new@example.org"}
    again = Client()
    _sign_in(openid, again)
    assert again.session["_auth_user_id"] == str(emil.pk)
    # Nor does another account of the provider become Emil by getting his address.
    openid.says = {"sub": "subject-2"}
    thief = Client()
    _sign_in(openid, thief)
    assert not _in(thief)
    assert not ExternalAccount.objects.filter(user=other).exists()


def _wrong_now(seconds: int) -> dict[str, int]:
    return {"iat": int(time.time()) - 1000, "exp": int(time.time()) + seconds}


@pytest.mark.parametrize(
    "says",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": ["another-client", CLIENT], "azp": "another-client"},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"exp": None},
        {"exp": "expired"},
        {"nbf": "later"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    openid: Provider, emil: User, client: Client, says: dict[str, Any]
) -> None:
    if says.get("exp") == "expired":
        says = _wrong_now(-300)
    if says.get("nbf") == "later":
        says = {"nbf": int(time.time()) + 600}
    openid.says = says
    assert _sign_in(openid, client)["Location"] == "/accounts/login/"
    assert not _in(client)
    assert "Signing in with the provider did not work" in _said(client)
    assert Entry.objects.get(action="user.sign_in_failed").details == {"why": "oidc.refused"}


def _forgeries(openid: Provider) -> dict[str, Any]:
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    public = openid.key.as_pem(private=False)
    return {
        "none": unsigned,
        "another key": lambda claims: openid.signed(claims, stranger),
        "public key as a secret": lambda claims: signed_with(public, claims),
        "client secret": lambda claims: signed_with(SECRET.encode(), claims),
        "changed": lambda claims: openid.signed(claims)[:-8] + "AAAAAAAA",
        "no token": lambda claims: None,
        "nonsense": lambda claims: "a.b.c",
    }


@pytest.mark.parametrize(
    "how",
    ["none", "another key", "public key as a secret", "client secret", "changed", "no token", "nonsense"],
)
def test_a_forged_token_is_refused(openid: Provider, emil: User, client: Client, how: str) -> None:
    openid.forge = _forgeries(openid)[how]
    assert _sign_in(openid, client)["Location"] == "/accounts/login/"
    assert not _in(client)


def test_a_state_is_good_once_and_in_its_own_browser(openid: Provider, emil: User, client: Client) -> None:
    sent_back = openid.authorize(client.get(LEAVE)["Location"])
    stranger = Client()
    stranger.get(BACK, sent_back)
    assert not _in(stranger)
    assert client.get(BACK, {**sent_back, "state": "made-up"})["Location"] == "/accounts/login/"
    assert not _in(client)
    client.get(BACK, sent_back)
    assert _in(client)
    client.post("/accounts/logout/")
    client.get(BACK, sent_back)
    assert not _in(client)


@pytest.mark.parametrize(
    "sent_back", [{}, {"code": "x"}, {"error": "access_denied"}, {"state": "\0", "code": "\0"}]
)
def test_what_brings_nothing_signs_nobody_in(
    openid: Provider, emil: User, client: Client, sent_back: dict[str, str]
) -> None:
    client.get(LEAVE)
    assert client.get(BACK, sent_back)["Location"] == "/accounts/login/"
    assert not _in(client)


def test_a_provider_with_another_name_is_refused(openid: Provider, emil: User, client: Client) -> None:
    openid.discovery = {"issuer": "https://evil.example"}
    assert client.get(LEAVE)["Location"] == "/accounts/login/"


def test_a_provider_that_is_down_is_said_so(openid: Provider, emil: User, client: Client) -> None:
    openid.stop()
    assert client.get(LEAVE)["Location"] == "/accounts/login/"
    assert "The provider does not answer" in _said(client)


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_is_nobodys(
    openid: Provider, emil: User, client: Client, verified: Any
) -> None:
    openid.says = {"email_verified": verified}
    _sign_in(openid, client)
    assert not _in(client)
    assert not ExternalAccount.objects.exists()


def test_who_has_no_user_does_not_come_in(openid: Provider, db: None, client: Client) -> None:
    _sign_in(openid, client)
    assert not _in(client)
    assert not User.objects.exists()
    assert "There is no user here with your e-mail address" in _said(client)


def test_an_address_of_two_users_is_nobodys(openid: Provider, emil: User, client: Client) -> None:
    User.objects.create_user("emil2", email="emil@example.org")
    _sign_in(openid, client)
    assert not _in(client)


def test_who_is_blocked_stays_out(openid: Provider, emil: User, client: Client) -> None:
    emil.is_active = False
    emil.save()
    _sign_in(openid, client)
    assert not _in(client)


@pytest.mark.parametrize(
    ("groups", "role"),
    [(None, Role.PERSON), (["x"], Role.PERSON), (["leads"], Role.MANAGER), (["leads", "hr"], Role.STAFF)],
)
def test_new_users_get_the_role_of_their_group(
    openid: Provider, db: None, client: Client, settings: Any, groups: Any, role: Role
) -> None:
    settings.FACEROSTER_OIDC_CREATE = True
    settings.FACEROSTER_OIDC_ROLES = roles_of("hr=staff, leads=manager")
    openid.says = {"groups": groups, "role": "administrator", "is_superuser": True}
    _sign_in(openid, client)
    user = User.objects.get()
    assert (user.role, user.is_superuser, user.has_usable_password()) == (role, False, False)
    assert _in(client)


def test_no_group_makes_administrators() -> None:
    with pytest.raises(ImproperlyConfigured, match="FACEROSTER_OIDC_ROLES"):
        roles_of("boss=administrator")


@pytest.mark.parametrize("issuer", ["http://login.example.org", "login.example.org", "ftp://x", "https://"])
def test_a_provider_over_plain_http_is_refused(issuer: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="FACEROSTER_OIDC_ISSUER"):
        issuer_checked(issuer)


@pytest.mark.parametrize(("amr", "asked"), [(["pwd"], True), (["pwd", "mfa"], False), (None, True)])
def test_the_second_step_is_asked_for_unless_the_provider_did(
    openid: Provider, emil: User, client: Client, settings: Any, amr: Any, asked: bool
) -> None:
    from faceroster.trust import second_steps

    settings.FACEROSTER_OIDC_AMR = "mfa"
    step = second_steps.set_up_begin(user=emil)
    type(step).objects.update(confirmed_at=step.created_at)
    openid.says = {"amr": amr}
    answer = _sign_in(openid, client)
    assert (urlsplit(answer["Location"]).path == "/accounts/second-step/") == asked
    assert _in(client) != asked


def test_nobody_is_led_to_another_site(openid: Provider, emil: User, client: Client) -> None:
    assert _sign_in(openid, client, "https://evil.example/")["Location"] == "/"
