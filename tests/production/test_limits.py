"""Limits hold for all processes together: children that count at once on one Redis."""

from __future__ import annotations

import os
import subprocess
import sys
from uuid import uuid4

import pytest
from django.conf import settings

from tests.conftest import ROOT

_CHILD = """
import os, sys
import django
django.setup()
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

what, mark, tries = sys.argv[1], sys.argv[2], int(sys.argv[3])
request = RequestFactory().get("/", REMOTE_ADDR="10.9.8.7", HTTP_X_FORWARDED_FOR=f"1.2.3.4, {mark}")
request.user, request.auth, request._request = AnonymousUser(), None, request

def pairing():
    from faceroster.kiosks import limits
    return limits.attempt_add(f"kiosk-code:{mark}", seconds=600) <= 10

def throttle():
    from faceroster.api.throttles import CallerThrottle
    class Fixed(CallerThrottle):
        timer = staticmethod(lambda: 1_000_000.0)
    return Fixed().allow_request(request, None)

def token():
    from rest_framework.exceptions import Throttled
    from faceroster.trust import addresses, authentication
    try:
        authentication._wrong_count(addresses.counted_address(request))
    except Throttled:
        return False
    return True

print(sum({"pairing": pairing, "throttle": throttle, "token": token}[what]() for _ in range(tries)))
"""


def _allowed(what: str, mark: str, *, processes: int, tries: int) -> int:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.production.limited",
        "FACEROSTER_TEST_PROFILE": "production",
        "FACEROSTER_TEST_REDIS_URL": settings.REDIS_URL,
        "FACEROSTER_TRUSTED_PROXIES": "10.9.8.0/24",
    }
    children = [
        subprocess.Popen(
            [sys.executable, "-c", _CHILD, what, mark, str(tries)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _number in range(processes)
    ]
    answers = [child.communicate(timeout=240)[0] for child in children]
    assert all(child.returncode == 0 for child in children)
    return sum(int(answer.splitlines()[-1]) for answer in answers)


@pytest.mark.parametrize(
    ("what", "tries", "limit"), [("pairing", 8, 10), ("throttle", 40, 50), ("token", 40, 60)]
)
def test_three_processes_have_one_limit_per_caller_behind_the_proxy(
    what: str, tries: int, limit: int
) -> None:
    one, other = (f"203.0.113.{number}" for number in (uuid4().int % 100, 100 + uuid4().int % 100))
    assert _allowed(what, one, processes=3, tries=tries) == limit
    # Whoever else comes through the same proxy has tries of their own.
    assert _allowed(what, other, processes=1, tries=5) == 5
