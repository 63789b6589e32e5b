"""Immich and Frigate: keys and shared links with which one could do more than the one who made them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

from faceroster.trust.models import ApiToken, Scope, User

pytestmark = pytest.mark.django_db
MakeToken = Callable[..., str]


def _with(token: str) -> Client:
    return Client(headers={"Authorization": f"Token {token}"})


def test_a_token_of_one_scope_does_nothing_of_another(
    admin_user: User, person: Any, api_token: MakeToken
) -> None:
    reader = _with(api_token(admin_user, Scope.PEOPLE_READ))
    assert reader.get("/api/v1/people/").status_code == 200
    assert reader.delete(f"/api/v1/people/{person.pk}/").status_code == 403
    assert reader.get("/api/v1/punches/").status_code == 403


def test_all_scopes_do_not_make_a_manager_staff(
    manager_user: User, person: Any, api_token: MakeToken
) -> None:
    client = _with(api_token(manager_user, *Scope.values))
    body = {"name": "New", "employee_number": "N1", "department": str(person.department_id)}
    assert client.post("/api/v1/people/", body, content_type="application/json").status_code == 403


def test_no_address_makes_or_changes_tokens_or_users_by_a_token(
    admin_user: User, api_token: MakeToken
) -> None:
    client = _with(api_token(admin_user, *Scope.values))
    before = set(ApiToken.objects.values_list("pk"))
    for path in ("tokens", "users", "api-tokens", "auth/token"):
        for method in ("get", "post", "put", "patch"):
            assert getattr(client, method)(f"/api/v1/{path}/").status_code == 404
    assert set(ApiToken.objects.values_list("pk")) == before
    routes = [
        str(route.pattern)
        for resolver in get_resolver().url_patterns
        if isinstance(resolver, URLResolver) and str(resolver.pattern) == "api/"
        for inner in resolver.url_patterns
        if isinstance(inner, URLResolver)
        for route in inner.url_patterns
    ]
    assert routes
    assert not any("token" in route or "user" in route for route in routes)


def test_a_token_opens_no_page_and_no_picture(admin_user: User, api_token: MakeToken, person: Any) -> None:
    client = _with(api_token(admin_user, *Scope.values))
    for path in ("/admin/", f"/people/{person.pk}/photos/", "/reports/today/", "/security/locks/", "/me/"):
        answer = client.get(path)
        assert answer.status_code in (302, 403), path
        if answer.status_code == 302:
            assert "login" in answer.headers["Location"]


def test_a_session_does_not_lend_its_rights_to_a_bad_token(staff_client: Client) -> None:
    answer = staff_client.get("/api/v1/people/", headers={"Authorization": "Token frt_wrong"})
    assert answer.status_code == 401


def test_who_is_made_less_takes_their_tokens_along(admin_user: User, api_token: MakeToken) -> None:
    client = _with(api_token(admin_user, *Scope.values))
    assert client.get("/api/v1/kiosks/").status_code == 200
    admin_user.is_superuser, admin_user.role = False, "manager"
    admin_user.save()
    assert client.get("/api/v1/kiosks/").status_code == 403
    admin_user.is_active = False
    admin_user.save()
    assert client.get("/api/v1/people/").status_code == 401
