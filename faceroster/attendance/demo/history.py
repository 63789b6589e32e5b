"""Writes the whole demo: the company, its people, their time, the workdays that follow, closed months.

It goes past the services that people use: a million punches one by one would take hours, and each would ask
for its day to be computed. What the rules make of them is computed at the end, all at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.dispatch import Signal

from faceroster.attendance import signals
from faceroster.attendance.demo.bulk import punches_write
from faceroster.attendance.demo.company import ADMINISTRATOR, MANAGER, PREFIX, Company, company_write
from faceroster.attendance.demo.hands import shared
from faceroster.attendance.demo.life import Life, Span, life_of
from faceroster.attendance.demo.people import Worker, workers_write
from faceroster.attendance.models import PeriodStatus
from faceroster.attendance.periods import period_close, period_of
from faceroster.attendance.workdays import workdays_compute
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.people.models import Department, Person
from faceroster.trust.models import User

_Item = TypeVar("_Item")
#: Wraps what takes long: the items, how many there are, and what is done with each.
Progress = Callable[[Iterable[Any], int, str], Iterable[Any]]

MOST_PEOPLE, MOST_MONTHS = 20_000, 60
#: Rows that are kept back until they are written together.
_ROWS = 5000
#: People whose days are computed together.
_PEOPLE = 25
#: The last months stay open.
_OPEN = 2


@dataclass(frozen=True)
class Wanted:
    """What to write. ``last`` is the last day, ``now`` the moment after which nothing has happened."""

    people: int
    months: int
    seed: int
    last: date
    now: datetime

    @property
    def first(self) -> date:
        """The first day of the first month; the month of ``last`` counts as one."""
        number = self.last.year * 12 + self.last.month - self.months
        return date(number // 12, number % 12 + 1, 1)


def plain(items: Iterable[_Item], total: int, what: str) -> Iterable[_Item]:
    """No bar at all."""
    return items


def real_people() -> int:
    """How many people there are whom no demo has made."""
    return Person.objects.exclude(employee_number__startswith=PREFIX).count()


def history_write(*, wanted: Wanted, progress: Progress = plain) -> Counter[str]:
    """Write company, people and their time; all of it or nothing. Returns how many rows of what.

    Raises:
        InvalidInput: ``demo.size``.
        Conflict: ``demo.exists``: there is one already.
    """
    if not (0 < wanted.people <= MOST_PEOPLE and 0 < wanted.months <= MOST_MONTHS):
        raise InvalidInput(
            "demo.size", f"A demo has 1 to {MOST_PEOPLE} people and 1 to {MOST_MONTHS} months."
        )
    if Person.objects.filter(employee_number__startswith=PREFIX).exists():
        raise Conflict("demo.exists", "There is a demo history already. Begin with an empty database.")
    with transaction.atomic():
        random = Random(f"{wanted.seed}:company")  # noqa: S311
        company = company_write(people=wanted.people, first=wanted.first, last=wanted.last, random=random)
        workers = workers_write(company, seed=wanted.seed, first=wanted.first, last=wanted.last)
        counted = _lives_write(company, workers, wanted, progress)
    counted.update(people=len(workers), departments=len(company.teams))
    database_settle()
    return counted


def _lives_write(
    company: Company, workers: Sequence[Worker], wanted: Wanted, progress: Progress
) -> Counter[str]:
    counted: Counter[str] = Counter()
    waiting, span = Life(), Span(wanted.first, wanted.last, wanted.now)
    for worker in progress(workers, len(workers), "Writing a life"):
        life = life_of(worker, company, span)
        for part in fields(Life):
            getattr(waiting, part.name).extend(getattr(life, part.name))
        if len(waiting.punches) >= _ROWS:
            counted.update(_flush(waiting))
    counted.update(_flush(waiting))
    return counted


def _flush(waiting: Life) -> Counter[str]:
    """Write and forget. In the order of the fields: a correction comes after its punch."""
    counted: Counter[str] = Counter()
    for part in fields(Life):
        rows = getattr(waiting, part.name)
        if part.name == "punches":
            punches_write(rows)
        elif rows:
            type(rows[0])._default_manager.bulk_create(rows, batch_size=_ROWS)
        counted[part.name] += len(rows)
        rows.clear()
    return counted


@contextmanager
def _unheard(signal: Signal) -> Iterator[None]:
    """Nobody is told: a year of old news would be a year of mails."""
    heard, signal.receivers = signal.receivers, []
    signal.sender_receivers_cache.clear()
    try:
        yield
    finally:
        signal.receivers = heard
        signal.sender_receivers_cache.clear()


@dataclass(frozen=True)
class _Days:
    """Days of some people to compute."""

    ids: Sequence[UUID]
    wanted: Wanted

    def compute(self) -> int:
        asked = self.wanted
        return workdays_compute(person_ids=self.ids, first=asked.first, last=asked.last, now=asked.now)


def workdays_write(*, wanted: Wanted, progress: Progress = plain, processes: int = 1) -> int:
    """Compute every day of the demo's people. Returns how many rows there are to it."""
    people = Person.objects.filter(employee_number__startswith=PREFIX).order_by("employee_number")
    ids = list(people.values_list("pk", flat=True))
    # A person's whole time at once: each stretch needs the week before it as well.
    pieces = [_Days(ids[start : start + _PEOPLE], wanted) for start in range(0, len(ids), _PEOPLE)]
    with _unheard(signals.workday_stored):
        done = shared(_Days.compute, pieces, processes=processes)
        written = sum(progress(done, len(pieces), "Computing workdays"))
    database_settle()
    return written


def _months(wanted: Wanted) -> Iterator[tuple[date, date]]:
    first = wanted.first
    while first <= wanted.last:
        after = (first + timedelta(days=31)).replace(day=1)
        yield first, min(after - timedelta(days=1), wanted.last)
        first = after


@dataclass(frozen=True)
class _Month:
    """A month of a department to close."""

    department: Department
    first: date
    closer: User

    def close(self) -> str:
        """Close it unless it is closed. The code of what was wrong, or nothing."""
        period = period_of(department=self.department, day=self.first)
        try:
            if period.status == PeriodStatus.OPEN:
                period_close(period=period, user=self.closer, despite=True)
        except (Conflict, InvalidInput) as error:
            return error.code
        return ""


def months_close(
    *, wanted: Wanted, progress: Progress = plain, processes: int = 1
) -> tuple[int, Counter[str]]:
    """Close all months but the last two. Returns how many, and why others stayed open, by error code.

    It is an administrator's closing, which does not ask for every single sheet to be approved.
    """
    closer = User.objects.get(username=ADMINISTRATOR)
    managers = User.objects.filter(username__startswith=MANAGER)
    departments = list(Department.objects.filter(managers__in=managers).distinct().select_related("site"))
    months = [first for first, _ in _months(wanted)][:-_OPEN]
    pieces = [_Month(department, first, closer) for first in months for department in departments]
    with _unheard(signals.period_closed):
        done = shared(_Month.close, pieces, processes=processes)
        codes = Counter(progress(done, len(pieces), "Closing months"))
    database_settle()
    closed = codes.pop("", 0)
    return closed, codes


def database_settle() -> None:
    """Tell PostgreSQL's planner of what has come, and which pages all may see. It would notice by itself some
    minutes later.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE")
