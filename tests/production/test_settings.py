"""Production settings refuse to start without secrets of their own, and pass Django's deployment checks."""

from __future__ import annotations

import base64
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

_COMPLETE = {
    "FACEROSTER_SECRET_KEY": "k3-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
    "FACEROSTER_ROOT_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
    "FACEROSTER_HOSTS": "attendance.example.org",
    "DATABASE_URL": "postgres://postgres@127.0.0.1:5432/postgres",
    "REDIS_URL": "redis://127.0.0.1:6379/9",
}


def _check(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FACEROSTER") and name not in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL")
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={**clean, "DJANGO_SETTINGS_MODULE": "faceroster.settings.production", **environment},
        capture_output=True,
        text=True,
    )


def test_complete_settings_pass_the_deployment_checks() -> None:
    answer = _check(_COMPLETE)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("missing", sorted(_COMPLETE))
def test_nothing_that_is_required_has_a_default(missing: str) -> None:
    answer = _check({name: value for name, value in _COMPLETE.items() if name != missing})
    assert answer.returncode != 0
    assert missing in answer.stderr


@pytest.mark.parametrize("name", ["FACEROSTER_SECRET_KEY", "FACEROSTER_ROOT_KEY"])
def test_a_short_secret_is_refused(name: str) -> None:
    answer = _check({**_COMPLETE, name: "short"})
    assert answer.returncode != 0
    assert name in answer.stderr
