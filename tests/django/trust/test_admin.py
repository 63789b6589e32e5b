"""Users and API tokens in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from faceroster.trust.models import ApiToken, Role, User

PAGES = [f"/admin/trust/{model}/{page}" for model in ("user", "apitoken") for page in ("", "add/")]


@pytest.mark.parametrize("url", PAGES)
def test_only_administrators_see_users_and_tokens(
    url: str, admin_client: Client, staff_client: Client, manager_client: Client
) -> None:
    assert admin_client.get(url).status_code == 200
    assert staff_client.get(url).status_code == 403
    assert manager_client.get(url).status_code == 302
    assert Client().get(url).status_code == 302


def _administrator() -> tuple[Client, User]:
    user = User.objects.create_user("ada", password="a long enough password", role=Role.ADMINISTRATOR)
    client = Client()
    client.force_login(user)
    return client, user


def test_an_administrator_needs_no_superuser(db: None) -> None:
    client, _ = _administrator()
    form = {
        "username": "newcomer",
        "role": Role.STAFF,
        "password1": "correct horse battery",
        "password2": "correct horse battery",
    }
    assert client.post("/admin/trust/user/add/", form).status_code == 302
    made = User.objects.get(username="newcomer")
    assert made.role == Role.STAFF
    assert made.is_staff
    assert made.check_password("correct horse battery")


def test_the_password_of_a_user_can_be_set(admin_client: Client, staff_user: User) -> None:
    form = {"password1": "another long password", "password2": "another long password"}
    answer = admin_client.post(f"/admin/trust/user/{staff_user.pk}/password/", form)
    assert answer.status_code == 302
    staff_user.refresh_from_db()
    assert staff_user.check_password("another long password")


@pytest.mark.parametrize("change", [{"role": Role.STAFF}, {"is_active": ""}])
def test_nobody_takes_away_their_own_rights(db: None, change: dict[str, Any]) -> None:
    client, user = _administrator()
    form = {"username": "ada", "role": Role.ADMINISTRATOR, "is_active": "on", **change}
    form = {key: value for key, value in form.items() if value}
    answer = client.post(f"/admin/trust/user/{user.pk}/change/", form)
    assert answer.status_code == 200
    assert "yourself" in answer.content.decode()
    user.refresh_from_db()
    assert user.role == Role.ADMINISTRATOR
    assert user.is_active
    assert client.post(f"/admin/trust/user/{user.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_token_is_shown_once(admin_client: Client, staff_user: User) -> None:
    form = {"name": "door", "user": staff_user.pk, "scopes": ["people:read", "punches:read"]}
    answer = admin_client.post("/admin/trust/apitoken/add/", form)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    token = answer.context["token"]
    assert token in answer.content.decode()
    row = ApiToken.objects.get()
    assert (row.user, row.scopes, row.digest) == (
        staff_user,
        ["people:read", "punches:read"],
        ApiToken.digest_of(token),
    )
    for url in ("/admin/trust/apitoken/", f"/admin/trust/apitoken/{row.pk}/change/"):
        assert token not in admin_client.get(url).content.decode()
    people = Client().get("/api/v1/people/", headers={"authorization": f"Token {token}"})
    assert people.status_code == 200


def test_a_changed_token_stays_the_same_token(admin_client: Client, staff_user: User, api_token: Any) -> None:
    token = api_token(staff_user, "people:read")
    row = ApiToken.objects.get()
    form = {"name": "renamed", "scopes": ["people:read", "people:write"]}
    assert admin_client.post(f"/admin/trust/apitoken/{row.pk}/change/", form).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.scopes) == ("renamed", ["people:read", "people:write"])
    assert (row.user, row.digest) == (staff_user, ApiToken.digest_of(token))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"scopes": ["people:own"]}, "not one of the available choices"),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}, "past already"),
    ],
)
def test_bad_tokens_are_refused(
    admin_client: Client, staff_user: User, change: dict[str, Any], sentence: str
) -> None:
    form = {"name": "door", "user": staff_user.pk, "scopes": ["people:read"], **change}
    answer = admin_client.post("/admin/trust/apitoken/add/", form)
    assert sentence in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_lists_need_few_queries(
    admin_client: Client, django_assert_max_num_queries: Any, api_token: Any
) -> None:
    for number in range(20):
        user = User.objects.create_user(f"user{number}", role=Role.STAFF)
        api_token(user, "people:read")
    with django_assert_max_num_queries(8):
        assert admin_client.get("/admin/trust/apitoken/").status_code == 200
    with django_assert_max_num_queries(8):
        assert admin_client.get("/admin/trust/user/").status_code == 200
