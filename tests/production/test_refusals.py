"""What production refuses to start with, seen from outside: by a check, a web server and a worker."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.production.test_settings import _COMPLETE, _check

_ROOT_KEY = _COMPLETE["FACEROSTER_ROOT_KEY"]


def _key(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("production.secret_key_weak", {"FACEROSTER_SECRET_KEY": "ab" * 30}),
        ("production.secret_key_weak", {"FACEROSTER_SECRET_KEY": "change-me-" + "f4Gk29xLq0vB" * 5}),
        ("production.secret_key_weak", {"FACEROSTER_SECRET_KEY": "django-insecure-" + "f4Gk29xLq0vB" * 5}),
        ("production.root_key_weak", {"FACEROSTER_ROOT_KEY": _key(bytes(32))}),
        ("production.root_key_weak", {"FACEROSTER_ROOT_KEY": _key(b"an-example-key-of-32-bytes-long!")}),
        ("production.root_key_invalid", {"FACEROSTER_ROOT_KEY": _key(bytes(range(40)))}),
        ("production.keys_equal", {"FACEROSTER_SECRET_KEY": f"{_ROOT_KEY}{_ROOT_KEY}"}),
        ("production.hosts_wildcard", {"FACEROSTER_HOSTS": "*"}),
        ("production.hosts_wildcard", {"FACEROSTER_HOSTS": "attendance.example.org, *.example.org"}),
        ("production.hosts_empty", {"FACEROSTER_HOSTS": ""}),
        ("production.base_url_plain", {"FACEROSTER_BASE_URL": "http://attendance.example.org"}),
        ("production.database_sqlite", {"DATABASE_URL": "sqlite:////tmp/faceroster.sqlite3"}),
        ("production.database_password_example", {"DATABASE_URL": "postgres://a:changeme@127.0.0.1/f"}),
        ("production.database_password_example", {"DATABASE_URL": "postgres://hana:hana@127.0.0.1/f"}),
        ("production.worker_in_process", {"REDIS_URL": "memory://"}),
    ],
)
def test_it_refuses(code: str, changed: dict[str, str]) -> None:
    answer = _check({**_COMPLETE, **changed})
    assert answer.returncode != 0
    assert f"{code}: " in answer.stderr


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("production.debug", "DEBUG = True"),
        ("production.cookies_plain", "SESSION_COOKIE_SECURE = False"),
        ("production.cookies_plain", "CSRF_COOKIE_SECURE = False"),
        ("production.https_redirect_off", "SECURE_SSL_REDIRECT = False"),
        ("production.hsts_off", "SECURE_HSTS_SECONDS = 0"),
        ("production.worker_in_process", "CELERY_TASK_ALWAYS_EAGER = True"),
        (
            "production.cache_in_process",
            "CACHES = {'default': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}}",
        ),
    ],
)
def test_settings_of_ones_own_are_held_to_it_too(tmp_path: Path, code: str, line: str) -> None:
    (tmp_path / "ours.py").write_text(f"from faceroster.settings.production import *\n{line}\n")
    answer = _check({**_COMPLETE, "DJANGO_SETTINGS_MODULE": "ours", "PYTHONPATH": str(tmp_path)})
    assert answer.returncode != 0
    assert f"{code}: " in answer.stderr


def test_all_that_is_wrong_is_told_at_once() -> None:
    answer = _check({**_COMPLETE, "FACEROSTER_HOSTS": "*", "DATABASE_URL": "sqlite:///x"})
    assert {"production.hosts_wildcard", "production.database_sqlite"} <= {
        line.strip().partition(":")[0] for line in answer.stderr.splitlines()
    }
    assert _COMPLETE["FACEROSTER_SECRET_KEY"] not in answer.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["gunicorn", "faceroster.wsgi", "--bind", "127.0.0.1:0", "--workers", "1"],
        ["celery", "-A", "workers.app", "worker", "-Q", "default", "-c", "1"],
    ],
    ids=["gunicorn", "celery"],
)
def test_no_server_and_no_worker_starts(command: list[str]) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FACEROSTER")}
    answer = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={
            **kept,
            **_COMPLETE,
            "DJANGO_SETTINGS_MODULE": "faceroster.settings.production",
            "FACEROSTER_HOSTS": "*",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert answer.returncode != 0
    assert "production.hosts_wildcard: " in answer.stdout + answer.stderr


@pytest.mark.parametrize(
    "name", ["FACEROSTER_SECRET_KEY", "FACEROSTER_ROOT_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"]
)
def test_every_secret_can_come_from_a_file(tmp_path: Path, name: str) -> None:
    everything = {**_COMPLETE, "EMAIL_URL": "smtp+tls://attendance:f4Gk29xLq0vB@mail.example.org:587"}
    path = tmp_path / "secret"
    path.write_text(everything.pop(name) + "\n", encoding="utf-8")
    answer = _check({**everything, f"{name}_FILE": str(path)})
    assert answer.returncode == 0, answer.stderr
    path.unlink()
    gone = _check({**everything, f"{name}_FILE": str(path)})
    assert gone.returncode != 0
    assert f"{name}_FILE" in gone.stderr


def test_a_secret_said_twice_must_be_the_same(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("another-" + _COMPLETE["FACEROSTER_SECRET_KEY"], encoding="utf-8")
    answer = _check({**_COMPLETE, "FACEROSTER_SECRET_KEY_FILE": str(path)})
    assert answer.returncode != 0
    assert "differ" in answer.stderr
