"""A token never widens itself: it makes no tokens, sees none, and opens no page of the browser's."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from faceroster.trust.models import ApiToken, Scope, User
from tests.django.api.conftest import Caller
from tests.django.roles.addresses import ADDRESSES

#: Pages that need a sign-in and no row: their address can be written without a company.
PAGES = sorted(name for name, address in ADDRESSES.items() if not {"everyone", "kiosk"} & address.who)
ADMIN = ["admin:index", "admin:trust_apitoken_changelist", "admin:trust_apitoken_add", "admin:trust_user_add"]


@pytest.fixture
def mighty(caller: Caller, admin_user: User) -> Client:
    """All scopes of an administrator: there is no token that may do more."""
    return caller(admin_user)


def _address(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_opens_no_page(mighty: Client, method: str) -> None:
    asked = 0
    for name in [*PAGES, *ADMIN]:
        if (address := _address(name)) is None:
            continue
        asked += 1
        answer = getattr(mighty, method)(address)
        to_sign_in = answer.status_code == 302 and "/login/?next=" in answer["Location"]
        assert to_sign_in or answer.status_code in (401, 403, 404, 405), (name, answer.status_code)
    assert asked > 40


def test_it_makes_and_changes_no_token(mighty: Client, admin_user: User) -> None:
    before = list(ApiToken.objects.values("pk", "scopes", "digest", "expires_at"))
    row = ApiToken.objects.get()
    form = {"name": "more", "user": admin_user.pk, "scopes": list(Scope.values)}
    for address in (
        reverse("admin:trust_apitoken_add"),
        reverse("admin:trust_apitoken_change", args=[row.pk]),
        reverse("admin:trust_apitoken_delete", args=[row.pk]),
    ):
        assert mighty.post(address, form).status_code in (302, 403)
    for path in ("tokens", "api-tokens", "users"):
        for method in ("get", "post", "patch", "put", "delete"):
            assert getattr(mighty, method)(f"/api/v1/{path}/").status_code == 404
    assert list(ApiToken.objects.values("pk", "scopes", "digest", "expires_at")) == before


def test_scopes_and_users_that_it_claims_count_for_nothing(caller: Caller, staff_user: User) -> None:
    client = caller(staff_user, Scope.PUNCHES_READ)
    for extra in ({"HTTP_X_SCOPES": "people:read"}, {"HTTP_X_HTTP_METHOD_OVERRIDE": "GET"}):
        assert client.get("/api/v1/people/?scopes=people:read&user=1", **extra).status_code == 403
        body = {"name": "x", "scopes": ["people:write"]}
        assert client.post("/api/v1/people/", body, "application/json", **extra).status_code == 403


def test_a_session_beside_it_does_not_help(caller: Caller, staff_user: User) -> None:
    """The token decides, also in the browser of somebody who may more."""
    client = caller(staff_user, Scope.PUNCHES_READ)
    client.force_login(staff_user)
    assert client.get("/api/v1/punches/").status_code == 200
    assert client.get("/api/v1/people/").status_code == 403


def test_it_leaves_no_session_behind(mighty: Client) -> None:
    assert mighty.get("/api/v1/people/").status_code == 200
    assert "sessionid" not in mighty.cookies
