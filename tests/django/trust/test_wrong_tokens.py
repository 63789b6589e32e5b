"""Wrong API tokens are counted by address, in the cache that all web processes share."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from faceroster.trust.models import Scope, User
from faceroster.trust.services import api_token_create

URL = "/api/v1/people/"
HERE, THERE = "203.0.113.9", "198.51.100.4"


def _ask(token: str, *, address: str = HERE, said: str = "") -> tuple[int, str]:
    headers = {"Authorization": f"Token {token}", "X-Forwarded-For": said}
    answer = Client().get(URL, REMOTE_ADDR=address, headers=headers)
    return answer.status_code, answer.get("Retry-After", "")


@pytest.mark.django_db
def test_after_sixty_wrong_tokens_an_address_is_told_to_wait() -> None:
    answers = [_ask(f"frt_{number}", said=f"192.0.2.{number}") for number in range(62)]
    assert answers == [(401, "")] * 60 + [(429, "60")] * 2
    assert _ask("frt_wrong", address=THERE) == (401, "")


def test_a_right_token_goes_on_working_beside_wrong_ones(staff_user: User) -> None:
    _row, token = api_token_create(user=staff_user, name="payroll", scopes=[Scope.PEOPLE_READ])
    for _attempt in range(61):
        _ask("frt_wrong")
    assert _ask("frt_wrong")[0] == 429
    assert _ask(token)[0] == 200


@pytest.mark.django_db
def test_what_other_processes_counted_counts() -> None:
    cache.set(f"limit:wrong-token:{HERE}", 60, timeout=60)
    assert _ask("frt_wrong")[0] == 429
