"""Tokens: expired, revoked, of someone who left, and when they were last used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from faceroster.trust.models import ApiToken, Scope, User
from tests.django.api.conftest import Caller

URL = "/api/v1/people/"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Freeze = Callable[[datetime], None]


def test_a_token_works_until_it_expires(caller: Caller, staff_user: User, freeze: Freeze) -> None:
    client = caller(staff_user, Scope.PEOPLE_READ, expires_at=NOON)
    freeze(NOON - timedelta(seconds=1))
    assert client.get(URL).status_code == 200
    freeze(NOON)
    answer = client.get(URL)
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.failed")


def test_a_token_of_someone_inactive_opens_nothing(caller: Caller, staff_user: User) -> None:
    client = caller(staff_user)
    assert client.get(URL).status_code == 200
    User.objects.filter(pk=staff_user.pk).update(is_active=False)
    assert client.get(URL).status_code == 401


def test_a_deleted_token_opens_nothing(caller: Caller, staff_user: User) -> None:
    client = caller(staff_user)
    ApiToken.objects.all().delete()
    assert client.get(URL).status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header",
    ["Token", "Token frt_unknown", "Token two words", "Token \u00e9\u00e8", "Bearer frt_x", "Basic YTpi"],
)
def test_a_header_that_is_no_token_is_told_so(header: str) -> None:
    answer = Client().get(URL, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


def test_last_use_is_noted_once_a_minute(caller: Caller, staff_user: User, freeze: Freeze) -> None:
    client = caller(staff_user)

    def last_used() -> datetime | None:
        return ApiToken.objects.get().last_used_at

    assert last_used() is None
    moments = [NOON, NOON + timedelta(seconds=59), NOON + timedelta(seconds=61)]
    noted = [NOON, NOON, NOON + timedelta(seconds=61)]
    for moment, expected in zip(moments, noted, strict=True):
        freeze(moment)
        client.get(URL)
        assert last_used() == expected


def test_a_role_that_is_taken_away_takes_the_right_from_the_token(caller: Caller, staff_user: User) -> None:
    client = caller(staff_user)
    assert client.get("/api/v1/kiosks/").status_code == 200
    User.objects.filter(pk=staff_user.pk).update(role="manager")
    assert client.get("/api/v1/kiosks/").status_code == 403
    assert client.get(URL).json()["results"] == []


def test_only_a_digest_is_stored(caller: Caller, staff_user: User, api_token: Callable[..., str]) -> None:
    token = api_token(staff_user, Scope.PEOPLE_READ)
    row = ApiToken.objects.get()
    assert token not in str(vars(row))
    assert row.digest == ApiToken.digest_of(token)
