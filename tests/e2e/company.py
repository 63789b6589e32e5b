"""A company as production runs it: PostgreSQL, Redis, gunicorn and a Celery worker, each its own process."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.conftest import ROOT

POSTGRES = os.environ.get("FACEROSTER_TEST_SERVER", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("FACEROSTER_TEST_REDIS", "redis://127.0.0.1:6379/8")
PASSWORD = "correct horse battery"
_SECONDS_TO_START = 180

#: An administrator, one site, its corner's PIN, and some people of the demo roster with their photos.
_SETTLE = """
import sys
from pathlib import Path
from django.contrib.auth.hashers import make_password
from faceroster.enrollment import demo
from faceroster.enrollment.models import PhotoSource
from faceroster.enrollment.services import photo_add
from faceroster.people.models import Department, Site
from faceroster.people.services import person_create
from faceroster.trust.models import Role, User

User.objects.create_superuser("admin", "", {password!r}, role=Role.ADMINISTRATOR)
site = Site.objects.create(name="Works", timezone="Europe/Berlin", kiosk_pin=make_password("2468"))
department = Department.objects.create(name="Hall", site=site)
for entry in demo.roster()["people"]:
    if entry["slug"] in {slugs!r}:
        person = person_create(
            employee_number=entry["employee_number"], name=entry["name"], department=department
        )
        demo.demo_consent(person)
        for photo in entry["photos"]:
            photo_add(person=person, data=(demo.FOLDER / photo).read_bytes(), source=PhotoSource.DEMO)
"""
_ALL_IN = """
import time
from faceroster.enrollment.models import OPEN_STATUSES, EnrollmentPhoto
for _ in range(1200):
    if not EnrollmentPhoto.objects.filter(status__in=OPEN_STATUSES).exists():
        break
    time.sleep(0.1)
else:
    raise SystemExit("the photos were not enrolled")
"""


@dataclass(frozen=True)
class Company:
    """Where it answers, and the environment of its processes."""

    url: str
    environment: dict[str, str]

    def shell(self, code: str) -> str:
        """Run ``code`` in ``manage.py shell`` beside the running processes; what it printed."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def _missing() -> str | None:
    import psycopg2
    import redis

    try:
        psycopg2.connect(POSTGRES, connect_timeout=3).close()
    except psycopg2.OperationalError as error:
        return f"no PostgreSQL at {POSTGRES}: {error}".strip()
    try:
        redis.Redis.from_url(REDIS, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        return f"no Redis at {REDIS}: {error}"
    return None


@contextmanager
def _database() -> Iterator[str]:
    import psycopg2

    name = f"faceroster_story_{os.getpid()}"
    connection = psycopg2.connect(POSTGRES)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(POSTGRES)._replace(path=f"/{name}"))
        finally:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    connection.close()


def _environment(home: Path, database: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FACEROSTER_")}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "faceroster.settings.production",
        "FACEROSTER_HOME": str(home),
        "FACEROSTER_SECRET_KEY": secrets.token_urlsafe(48),
        "FACEROSTER_ROOT_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "FACEROSTER_HOSTS": "localhost",
        # The browser is on the same machine: there http://localhost counts as secure.
        "FACEROSTER_SSL_REDIRECT": "0",
        "FACEROSTER_FRAME_FRESH_SECONDS": "6",  # the machine may be slow, and is busy with the browser too
        "FACEROSTER_BACKEND": os.environ.get("FACEROSTER_BACKEND", "tensorflow"),
        "DATABASE_URL": database,
        "REDIS_URL": REDIS,
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


@contextmanager
def company_running(home: Path, *, slugs: tuple[str, ...]) -> Iterator[Company]:
    """Processes and data of a company that knows ``slugs`` of the demo roster, until the block ends."""
    import redis

    from tests.e2e.conftest import free_port

    if reason := _missing():
        pytest.skip(reason)
    port = free_port()
    redis.Redis.from_url(REDIS).flushdb()
    with _database() as database:
        company = Company(f"http://localhost:{port}", _environment(home, database))
        for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"]):
            subprocess.run(
                [sys.executable, "manage.py", *command], cwd=ROOT, env=company.environment, check=True
            )
        web = [
            "gunicorn",
            "faceroster.wsgi",
            "--workers",
            "1",
            "--threads",
            "8",
            "--bind",
            f"127.0.0.1:{port}",
        ]
        worker = ["celery", "-A", "workers.app", "worker", "--beat", "--loglevel", "WARNING", "-c", "1"]
        worker += ["-Q", "identify,enroll,default,train", "--schedule", str(home / "beat")]
        company.shell(_SETTLE.format(password=PASSWORD, slugs=slugs))
        processes = [
            subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=company.environment)
            for command in (web, worker)
        ]
        try:
            _wait(company, processes)
            company.shell(_ALL_IN)
            yield company
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _wait(company: Company, processes: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        assert all(process.poll() is None for process in processes), "a process of the company ended"
        try:
            urllib.request.urlopen(f"{company.url}/accounts/login/", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
        else:
            return
    raise AssertionError("the company did not open in time")
