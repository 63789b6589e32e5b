"""Role times scope, over every route that there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver

from faceroster.api.urls import urlpatterns
from faceroster.trust.models import Role, Scope, User
from tests.django.api.conftest import Caller, Company

EVERYONE = frozenset(Role) - {Role.PERSON}
STAFF = frozenset({Role.STAFF, Role.ADMINISTRATOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})


@dataclass(frozen=True)
class Rule:
    scope: Scope
    roles: frozenset[Role]


def _read(scope: Scope, roles: frozenset[Role] = EVERYONE) -> dict[str, Rule]:
    return {"GET": Rule(scope, roles)}


_PERSON_WRITE = Rule(Scope.PEOPLE_WRITE, STAFF)
_KIOSK_WRITE = Rule(Scope.KIOSKS_WRITE, STAFF)

#: Every route of the API, and who may use it how.
MATRIX: dict[str, dict[str, Rule]] = {
    "v1/people/": {**_read(Scope.PEOPLE_READ), "POST": _PERSON_WRITE},
    "v1/people/<uuid:pk>/": {
        **_read(Scope.PEOPLE_READ),
        "PATCH": _PERSON_WRITE,
        "DELETE": Rule(Scope.PEOPLE_WRITE, ADMINISTRATORS),
    },
    "v1/people/<uuid:person_id>/photos/": {
        **_read(Scope.PEOPLE_READ),
        "POST": Rule(Scope.PHOTOS_WRITE, STAFF),
    },
    "v1/people/<uuid:person_id>/consents/": {**_read(Scope.PEOPLE_READ), "POST": _PERSON_WRITE},
    # Last of a person's: what it withdraws, the others need.
    "v1/people/<uuid:person_id>/consents/withdraw/": {"POST": _PERSON_WRITE},
    "v1/photos/<uuid:pk>/": {**_read(Scope.PEOPLE_READ), "DELETE": Rule(Scope.PHOTOS_WRITE, STAFF)},
    "v1/departments/": _read(Scope.PEOPLE_READ),
    "v1/departments/<uuid:pk>/": _read(Scope.PEOPLE_READ),
    "v1/sites/": _read(Scope.PEOPLE_READ),
    "v1/sites/<uuid:pk>/": _read(Scope.PEOPLE_READ),
    "v1/sites/<uuid:pk>/emotion-tagging/": {
        **_read(Scope.EMOTIONS_READ, STAFF),
        "POST": Rule(Scope.EMOTIONS_WRITE, ADMINISTRATORS),
    },
    "v1/emotion-counts/": _read(Scope.EMOTIONS_READ),
    "v1/faces/verify/": {"POST": Rule(Scope.FACES_VERIFY, EVERYONE)},
    "v1/faces/verify-pair/": {"POST": Rule(Scope.FACES_VERIFY, EVERYONE)},
    "v1/faces/identify/": {"POST": Rule(Scope.FACES_IDENTIFY, EVERYONE)},
    "v1/punches/": {**_read(Scope.PUNCHES_READ), "POST": Rule(Scope.PUNCHES_WRITE, STAFF)},
    "v1/punches/<uuid:pk>/": _read(Scope.PUNCHES_READ),
    "v1/workdays/": _read(Scope.PUNCHES_READ),
    "v1/workdays/<uuid:pk>/": _read(Scope.PUNCHES_READ),
    "v1/kiosks/": _read(Scope.KIOSKS_READ, STAFF),
    "v1/kiosks/<uuid:pk>/": _read(Scope.KIOSKS_READ, STAFF),
    "v1/kiosks/approve/": {"POST": _KIOSK_WRITE},
    "v1/kiosks/<uuid:pk>/revoke/": {"POST": _KIOSK_WRITE},
}
#: Open to everyone: the description of the API, and the answer to what is no address.
OPEN = {"schema/", "docs/", "^.*$"}
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")


@pytest.fixture(autouse=True)
def _emotions_unlocked(settings: Any) -> None:
    """What is locked is refused whatever one's role: see the tests of emotion tagging."""
    settings.FACEROSTER = {**settings.FACEROSTER, "EMOTION_REGION": "other"}


def _routes(patterns: list[Any], before: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            found.append(route)
    return found


def test_the_matrix_knows_every_route() -> None:
    assert sorted(_routes(urlpatterns)) == sorted({*MATRIX, *OPEN})


def _url(route: str, company: Company) -> str:
    mine = company.mine
    things = {"people": mine.person, "photos": mine.photo, "departments": mine.department, "sites": mine.site}
    things |= {"punches": mine.punch, "workdays": mine.workday, "kiosks": mine.kiosk}
    thing = things.get(route.split("/")[1], mine.person)
    return "/api/" + route.replace("<uuid:pk>", str(thing.pk)).replace(
        "<uuid:person_id>", str(mine.person.pk)
    )


def _send(client: Client, method: str, url: str) -> int:
    # A body that no address accepts: what is allowed gets as far as being told so.
    return client.generic(method, url, b"{}", content_type="application/json").status_code


def _user_of(role: Role, request: pytest.FixtureRequest) -> User:
    names = {
        Role.ADMINISTRATOR: "admin_user",
        Role.STAFF: "staff_user",
        Role.MANAGER: "manager_user",
        Role.PERSON: "person_user",
    }
    return request.getfixturevalue(names[role])


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("scope", [*Scope, None], ids=lambda scope: scope or "all-scopes-but-the-one")
def test_a_token_does_what_its_role_and_its_scope_allow(
    role: Role, scope: Scope | None, caller: Caller, company: Company, request: pytest.FixtureRequest
) -> None:
    user = _user_of(role, request)
    for route, rules in MATRIX.items():
        for method, rule in rules.items():
            if method == "DELETE":
                continue  # would take the row away from the next one; see below
            scopes = [other for other in Scope if other != rule.scope] if scope is None else [scope]
            status = _send(caller(user, *scopes), method, _url(route, company))
            allowed = rule.scope in scopes and role in rule.roles
            assert (status not in (401, 403)) == allowed, f"{method} {route}: {status}"
            assert status < 500


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("route", [route for route, rules in MATRIX.items() if "DELETE" in rules])
def test_deleting_needs_role_and_scope(
    role: Role, route: str, caller: Caller, company: Company, request: pytest.FixtureRequest
) -> None:
    user, rule, url = _user_of(role, request), MATRIX[route]["DELETE"], _url(route, company)
    others = [scope for scope in Scope if scope != rule.scope]
    assert _send(caller(user, *others), "DELETE", url) == 403
    status = _send(caller(user, rule.scope), "DELETE", url)
    # A person with a punch stays, which is said only to those who might delete one.
    assert status == (403 if role not in rule.roles else 409 if "people" in route else 204)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("method", METHODS)
def test_what_is_not_there_is_method_not_allowed(
    method: str, role: Role, caller: Caller, company: Company, request: pytest.FixtureRequest
) -> None:
    client = caller(_user_of(role, request))
    for route, rules in MATRIX.items():
        if method not in rules:
            answer = client.generic(method, _url(route, company))
            assert answer.status_code == 405, f"{method} {route}"
            assert set(rules) <= set(answer["Allow"].replace(" ", "").split(","))


def test_nobody_gets_in_without_signing_in(company: Company) -> None:
    for route, rules in MATRIX.items():
        for method in rules:
            answer = Client().generic(method, _url(route, company))
            assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token"), route


@pytest.mark.parametrize("role", list(Role))
def test_a_browser_session_has_the_rights_of_its_role(
    role: Role, company: Company, request: pytest.FixtureRequest
) -> None:
    client = Client()
    client.force_login(_user_of(role, request))
    for route, rules in MATRIX.items():
        for method, rule in rules.items():
            if method != "DELETE":
                status = _send(client, method, _url(route, company))
                assert (status not in (401, 403)) == (role in rule.roles), f"{method} {route}: {status}"


def test_a_browser_session_must_send_the_csrf_token(staff_user: User, company: Company) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff_user)
    assert client.get("/api/v1/people/").status_code == 200
    client.get("/accounts/login/")  # sets no cookie for one who is signed in
    url = f"/api/v1/people/{company.mine.person.pk}/"
    answer = client.patch(url, {"name": "Changed"}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.csrf_failed")
    client.cookies["csrftoken"] = token = "a" * 32
    answer = client.patch(
        url, {"name": "Changed"}, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 200
