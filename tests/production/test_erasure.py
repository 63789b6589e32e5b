"""Erased on PostgreSQL and Redis, with a worker of its own process: nothing is left, and a backup
from before gives nobody back once its tombstones were replayed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from faceroster import jobs
from faceroster.enrollment import gallery
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource, PhotoStatus, Template
from faceroster.enrollment.probes import probe_lent
from faceroster.enrollment.services import photo_add
from faceroster.people.models import Person
from faceroster.privacy import tombstones
from tests.support import canary
from tests.support.workers import ROOT, wait_until_it_answers, worker_process

NAME, NUMBER, EMAIL = "Zenobia Quillfeather", "ZQ-77031", "zenobia@quillfeather.example"


def _server() -> dict[str, str]:
    told = connection.settings_dict
    return {
        **os.environ,
        "PGHOST": str(told["HOST"]),
        "PGPORT": str(told["PORT"] or 5432),
        "PGUSER": str(told["USER"]),
        "PGPASSWORD": str(told["PASSWORD"]),
    }


def _dump(database: str) -> bytes:
    command = ["pg_dump", "--no-owner", database]
    return subprocess.run(command, env=_server(), check=True, stdout=subprocess.PIPE).stdout


@pytest.fixture
def second_database() -> Iterator[str]:
    name, told = f"restored_{uuid4().hex[:12]}", connection.settings_dict
    server = psycopg2.connect(
        host=told["HOST"],
        port=told["PORT"] or 5432,
        user=told["USER"],
        password=told["PASSWORD"],
        dbname="postgres",
    )
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            yield name
        finally:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.close()


def _manage(database: str, *arguments: str) -> str:
    environment = {
        **os.environ,
        "FACEROSTER_TEST_DATABASE": database,
        "DJANGO_SETTINGS_MODULE": "faceroster.settings.test",
    }
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _says(photo: bytes) -> str:
    with probe_lent(photo) as probe:
        return str(jobs.ask("identify.search", probe, None, 3, timeout=60.0)["decision"])


@pytest.mark.timeout(900)
def test_erased_everywhere_and_for_good(
    transactional_db: None,
    make_person: Callable[..., Person],
    demo_photo: Callable[[int, int], bytes],
    second_database: str,
) -> None:
    person = make_person(name=NAME, employee_number=NUMBER, email=EMAIL)
    words = [canary.Needle(text, text.encode()) for text in (NAME, NUMBER, EMAIL)]
    database = str(connection.settings_dict["NAME"])
    with worker_process() as worker:
        wait_until_it_answers(worker)
        for n in (1, 2):
            photo_add(person=person, data=demo_photo(0, n), source=PhotoSource.API)
        deadline = time.monotonic() + 120
        while EnrollmentPhoto.objects.exclude(status=PhotoStatus.ACCEPTED).exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert _says(demo_photo(0, 3)) == "accepted"

        needles = [*words, *canary.needles_of_picture(demo_photo(0, 1))]
        for template in Template.objects.select_related("person__subject_key"):
            needles += canary.needles_of_vector(gallery.template_open(template))
        before = _dump(database)
        assert {found.what for found in canary.scan(words, [canary.Place("dump", before)])} == {
            NAME,
            NUMBER,
            EMAIL,
        }

        _manage(database, "erase", NUMBER, "--yes")  # a process of its own, as an administrator would
        # The next answer is already right, however long it took: five seconds are promised.
        assert _says(demo_photo(0, 3)) == "unknown"

        def places() -> Iterator[canary.Place]:
            yield canary.Place("dump", _dump(database))
            yield from canary.folder(Path(settings.HOME), without=["models"])
            yield from canary.redis_server(settings.REDIS_URL)

        assert canary.scan(needles, places()) == []

    # The backup from before, put back elsewhere: they are there again, until the tombstones are replayed.
    subprocess.run(
        ["psql", "-q", "-v", "ON_ERROR_STOP=1", second_database],
        env=_server(),
        input=before,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    assert canary.scan(words, [canary.Place("restored", _dump(second_database))])
    file = str(tombstones.tombstones_file())
    assert "Erased again: 1." in _manage(second_database, "erasures", "replay", file)
    assert canary.scan(needles, [canary.Place("restored", _dump(second_database))]) == []
    assert "Erased again: 0." in _manage(second_database, "erasures", "replay", file)
