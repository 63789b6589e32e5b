"""A company of 2,000 and its year on PostgreSQL: how long the pages take, and computing a month anew.

    python -m benchmarks.attendance [--full] [--server URL] [--redis URL] [--keep]

Makes a database of its own on the server (``FACEROSTER_BENCH_SERVER``, by default that of the tests), writes
``manage.py demo_history`` into it, measures, and drops it. The short form has 300 people and three months.
Pages are asked for through Django's own client, in this process: everything but the network.
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np

from benchmarks.attendance_work import last_month, month_measured, periods_measured, punches_measured
from benchmarks.frames import arguments
from benchmarks.report import Row, row, write

SERVER = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/8"
#: Milliseconds at p95.
PAGE_BAR = 300.0
#: Seconds that a year of 2,000 people may take to write.
HISTORY_BAR = 600.0
_WARM = 3
_KEPT = "faceroster_bench_kept"


def page_rows(name: str, ms: np.ndarray, cpu_ms: np.ndarray, queries: int, size: int) -> Row:
    """One page: its p95 against the bar. ``cpu_ms``: processor time of this process, without the server's."""
    p50, p95 = np.quantile(ms, (0.5, 0.95))
    note = f"p95; {queries} queries, {size / 1024:.0f} KiB, processor time {np.median(cpu_ms):.0f} ms"
    return row(name, p95, "ms", bar=PAGE_BAR, p50=p50, p95=p95, n=len(ms), note=note)


@contextmanager
def database(server: str, *, keep: bool) -> Iterator[str]:
    """The address of a database of our own; one that is kept may be there already."""
    import psycopg2

    name = _KEPT if keep else f"faceroster_bench_{os.getpid()}"
    connection = psycopg2.connect(server)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    if cursor.fetchone() is None:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        if not keep:
            from django.conf import settings
            from django.db import connections

            if settings.configured:  # a server in other processes closes its own
                connections.close_all()
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.close()


def set_up(url: str, redis: str) -> None:
    """Django with the settings of production, on ``url``; tasks stay in this process."""
    home = tempfile.mkdtemp(prefix="faceroster-bench-")
    os.environ.update(
        DJANGO_SETTINGS_MODULE="faceroster.settings.production",
        DATABASE_URL=url,
        REDIS_URL=redis,
        FACEROSTER_HOME=home,
        FACEROSTER_HOSTS="testserver",
        FACEROSTER_SSL_REDIRECT="0",
        FACEROSTER_SECRET_KEY=secrets.token_urlsafe(48),
        FACEROSTER_ROOT_KEY=base64.urlsafe_b64encode(os.urandom(32)).decode(),
        FACEROSTER_LOG_LEVEL="ERROR",
    )
    import django
    from django.conf import settings

    # Nothing was collected, and nobody fetches a script here.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    os.makedirs(settings.STATIC_ROOT, exist_ok=True)
    settings.CELERY_BROKER_URL = "memory://"
    django.setup()


def history(people: int, months: int) -> float:
    """Write it unless it is there; seconds that it took."""
    from django.core.management import call_command

    from faceroster.people.models import Person

    call_command("migrate", verbosity=0)
    started = time.perf_counter()
    if not Person.objects.exists():
        call_command("demo_history", people=people, months=months)
    return time.perf_counter() - started


def pages() -> dict[str, tuple[str, dict[str, str]]]:
    """Name, address and query of each page; those that are not there are left out."""
    from django.db.models import Count
    from django.urls import NoReverseMatch, reverse

    from faceroster.people.models import Department

    largest = Department.objects.annotate(size=Count("people")).order_by("-size", "name")[0]
    month = f"{last_month():%Y-%m}"
    wanted = {
        "Today": ("reports:today", {}),
        "Today, the part that renews itself": ("reports:today_live", {}),
        "Today, who has left": ("reports:today", {"state": "left"}),
        "Exceptions": ("reports:exceptions", {}),
        f"timesheets of a department of {largest.size}": (
            "reports:timesheets",
            {"department": str(largest.pk), "month": month},
        ),
        "month report of everybody": ("reports:charts", {"from": month, "to": month}),
        f"month report of a department of {largest.size}": (
            "reports:charts",
            {"from": month, "to": month, "department": str(largest.pk)},
        ),
        "report of twelve months": (
            "reports:charts",
            {"from": f"{last_month() - timedelta(days=330):%Y-%m}", "to": month},
        ),
    }
    found = {}
    for name, (address, query) in wanted.items():
        try:
            found[name] = (reverse(address), query)
        except NoReverseMatch:
            print(f"{name}: there is no such page here yet; left out.")
    return found


def page_measured(
    client: Any, address: str, query: dict[str, str], times: int
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Milliseconds of each request, those of the processor, queries of one, and bytes of its answer."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(_WARM):
        response = client.get(address, query)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")
    with CaptureQueriesContext(connection) as caught:
        response = client.get(address, query)
    queries, taken = len(caught), []  # counted now: the next request forgets them
    for _ in range(times):
        started, busy = time.perf_counter(), time.process_time()
        client.get(address, query)
        taken.append((time.perf_counter() - started, time.process_time() - busy))
    ms, cpu_ms = 1000 * np.array(taken).T
    return ms, cpu_ms, queries, len(response.content)


def measured(times: int, redis: str) -> list[Row]:
    from django.contrib.auth.hashers import make_password
    from django.test import Client

    from faceroster.trust.models import Role, User

    user, _ = User.objects.get_or_create(
        username="benchmark", defaults={"role": Role.ADMINISTRATOR, "password": make_password(None)}
    )
    client = Client()
    client.force_login(user)
    rows = []
    for name, (address, query) in pages().items():
        rows.append(page_rows(name, *page_measured(client, address, query, times)))
    rows[-1] = {**rows[-1], "bar": None, "met": None} if "twelve" in rows[-1]["name"] else rows[-1]
    return [*rows, *month_measured(), *periods_measured(), *_through_redis(redis, times)]


def _through_redis(redis: str, times: int) -> list[Row]:
    """From here on tasks go to a worker of ours."""
    from django.conf import settings

    from faceroster import jobs

    settings.CELERY_BROKER_URL = redis
    jobs.producer.cache_clear()
    return punches_measured(times)


def _sizes(options: argparse.Namespace) -> tuple[int, int, int]:
    """People, months and how often each page is asked for."""
    return (2000, 12, 50) if options.full else (300, 3, 20)


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--server", default=os.environ.get("FACEROSTER_BENCH_SERVER", SERVER))
    parser.add_argument("--redis", default=os.environ.get("FACEROSTER_BENCH_REDIS", REDIS))
    parser.add_argument("--keep", action="store_true", help="keep the database, and take a kept one")
    options = parser.parse_args(argv)
    people, months, times = _sizes(options)
    import psycopg2

    try:
        psycopg2.connect(options.server).close()
    except psycopg2.OperationalError as error:
        rows = [row("Today, timesheets, reports", None, "ms", bar=PAGE_BAR, note=f"no PostgreSQL: {error}")]
        write("attendance", "Attendance on PostgreSQL", rows, options.out)
        return
    with database(options.server, keep=options.keep) as url:
        set_up(url, options.redis)
        seconds = history(people, months)
        from faceroster.attendance.models import Punch

        punches = Punch.objects.count()
        rows = measured(times, options.redis)
    if seconds > 1:
        bar = HISTORY_BAR if people >= 2000 else None
        note = "punches, workdays, closed months; from an empty database to the end"
        rows.append(row("writing the history", seconds, "s", bar=bar, n=1, note=note))
    title = f"Attendance on PostgreSQL ({people:,} people, {months} months, {punches:,} punches)"
    write("attendance", title, rows, options.out)


if __name__ == "__main__":
    main()
