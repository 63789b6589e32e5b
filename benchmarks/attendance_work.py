"""What workers do for attendance: a month computed anew, a punch's way to its workday, closing, verifying.

Used by :mod:`benchmarks.attendance`, on its database.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from benchmarks.report import ROOT, Row, row

#: Seconds: for a month of everybody, and from a punch to its workday.
MONTH_BAR, PUNCH_BAR = 60.0, 1.0
_WARM = 3
_SECONDS_TO_START, _SECONDS_TO_WAIT = 180, 30


def month_rows(
    seconds: float, again: float, changed: float, plain: float, days: int, people: int
) -> list[Row]:
    """Computing one month for everybody: from nothing, when nothing changed, when every row did, and beside
    only writing the rows.
    """
    what = f"{days:,} workdays of {people:,} people"
    bar = MONTH_BAR if people >= 2000 else None
    return [
        row("a month computed from nothing", seconds, "s", bar=bar, n=1, note=what),
        row("the same again, nothing changed", again, "s", bar=bar, n=1),
        row("the same again, every row changed", changed, "s", bar=bar, n=1),
        row("only writing these rows (bulk insert)", plain, "s", n=1, note=f"{days / plain:,.0f} rows/s"),
        row("computing against only writing", seconds / plain, "x", n=1, note="same run, same rows"),
    ]


def punch_row(seconds: np.ndarray) -> Row:
    p50, p95 = np.quantile(seconds, (0.5, 0.95))
    note = "p95; recorded here, queued in Redis, computed and stored by a worker, read here again"
    return row("a punch to its workday", p95, "s", bar=PUNCH_BAR, p50=p50, p95=p95, n=len(seconds), note=note)


def bound_row(seconds: np.ndarray) -> Row:
    p50, p95 = np.quantile(seconds, (0.5, 0.95))
    note = "p95; the bound: through the same queue to the same worker and back"
    return row("a task that does nothing", p95, "s", p50=p50, p95=p95, n=len(seconds), note=note)


def period_rows(close: float, rows: int, verify: float, periods: int, sealed: int) -> list[Row]:
    checked = f"{sealed:,} rows in {periods} closed periods"
    return [
        row("closing a month of the largest department", close, "s", n=1, note=f"{rows:,} rows sealed"),
        row("verifying every closed month", verify, "s", n=1, note=checked),
    ]


def seconds_of(work: Callable[[], Any]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def last_month() -> date:
    """The first day of the month before the last workday's: it is over, and it is open."""
    from faceroster.attendance.models import Workday

    last = Workday.objects.order_by("-day").values_list("day", flat=True)[0]
    return (last.replace(day=1) - timedelta(days=1)).replace(day=1)


def month_measured() -> list[Row]:
    """Take one open month away, compute it, twice more, and write the same rows plainly."""
    from faceroster.attendance.models import Workday
    from faceroster.attendance.workdays import workdays_compute
    from faceroster.people.models import Person

    first = last_month()
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    ids = list(Person.objects.values_list("pk", flat=True))
    month = Workday.objects.filter(day__range=(first, last))

    def compute() -> Any:
        return workdays_compute(person_ids=ids, first=first, last=last, now=datetime.now(UTC))

    month._raw_delete(month.db)
    anew, again = seconds_of(compute), seconds_of(compute)
    month.update(inputs_hash="-")
    changed = seconds_of(compute)
    rows = list(month)
    month._raw_delete(month.db)
    plain = seconds_of(lambda: Workday.objects.bulk_create(rows, batch_size=2000))
    return month_rows(anew, again, changed, plain, len(rows), len(ids))


def periods_measured() -> list[Row]:
    """Close the largest department's last month, and verify all that is closed."""
    from django.db.models import Count

    from faceroster.attendance.models import Period, PeriodStatus, Workday
    from faceroster.attendance.periods import period_close, period_of
    from faceroster.attendance.verification import verify_all
    from faceroster.people.models import Department
    from faceroster.trust.models import Role, User

    largest = Department.objects.annotate(size=Count("people")).order_by("-size", "name")[0]
    user = User.objects.get(username="benchmark", role=Role.ADMINISTRATOR)
    period = period_of(department=largest, day=last_month())
    close = seconds_of(lambda: period_close(period=period, user=user, despite=True))
    problems: list[Any] = []
    verify = seconds_of(lambda: problems.extend(verify_all()))
    if problems:
        raise RuntimeError(f"what was just closed does not verify: {problems[0]}")
    sealed = Workday.objects.filter(period__isnull=False)
    closed = Period.objects.filter(status=PeriodStatus.CLOSED).count()
    return period_rows(close, sealed.filter(period=period).count(), verify, closed, sealed.count())


@contextmanager
def worker() -> Iterator[None]:
    """A Celery worker as production runs it, with its models loaded, until the block ends.

    Raises:
        RuntimeError: it does not start.
    """
    from faceroster import jobs
    from faceroster.core.errors import Unavailable

    command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", "identify,default"]
    command += ["-c", "1", "--loglevel", "ERROR"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONWARNINGS": "ignore"})
    try:
        until = time.monotonic() + _SECONDS_TO_START
        while True:
            try:
                if jobs.call("identify.ready", timeout=20.0):
                    break
            except Unavailable:
                if time.monotonic() > until or process.poll() is not None:
                    raise RuntimeError("the worker does not start") from None
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def punches_measured(times: int) -> list[Row]:
    """Somebody checks in or out by hand and waits for their workday: once each for ``times`` people."""
    from faceroster import jobs
    from faceroster.people.models import Person

    people = Person.objects.filter(active=True).select_related("department__site").order_by("pk")
    try:
        with worker():
            taken = [_punched(person) for person in people[: times + _WARM]][_WARM:]
            nothing = [seconds_of(lambda: jobs.call("identify.ready", timeout=20.0)) for _ in range(times)]
    except RuntimeError as error:
        return [row("a punch to its workday", None, "s", bar=PUNCH_BAR, note=str(error))]
    return [punch_row(np.array(taken)), bound_row(np.array(nothing))]


def _punched(person: Any) -> float:
    from faceroster.attendance.models import Workday
    from faceroster.attendance.services import punch_record

    days = Workday.objects.filter(person=person).order_by("-computed_at").values_list("pk", "computed_at")
    before = days[:1].first()
    started = time.perf_counter()
    punch_record(person=person, site=person.department.site, source="manual", note="Benchmark")
    while days[:1].first() == before:
        if time.perf_counter() - started > _SECONDS_TO_WAIT:
            raise RuntimeError("the worker does not compute what is due")
        time.sleep(0.003)
    return time.perf_counter() - started
