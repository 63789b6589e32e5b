"""Which days must be computed anew: marked with what made it so, and worked off by workers soon after."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import DateTimeField, QuerySet, Value
from django.utils import timezone

from faceroster import jobs
from faceroster.attendance.days import working_day
from faceroster.attendance.models import Due, Workday
from faceroster.attendance.workdays import people_lock, workdays_compute
from faceroster.people.models import Person
from faceroster.rosters.models import Policy

logger = logging.getLogger(__name__)

TASK = "attendance.compute"
MORE = "attendance.compute_more"

_DAY = timedelta(days=1)
#: Taken in one transaction. A worker turns to other work between two.
_AT_ONCE = 1000
#: While this is in the cache, a message that the rest is to be worked off is on its way.
_MORE_SENT = "attendance.due.more"
_SECONDS_ON_ITS_WAY = 60


def due_mark(*, person_ids: Collection[UUID], first: date, last: date) -> None:
    """Have the days from ``first`` to ``last`` of these people computed soon, none later than tomorrow.

    Comes and goes with the present transaction. The days beside them, to which a night may move a punch, and
    the rest of a week with weekly overtime need not be named: they are computed along.
    """
    last = min(last, timezone.now().date() + 2 * _DAY)  # tomorrow anywhere on earth; a site's own comes later
    ids = list(person_ids)
    span = range((last - first).days + 1)
    if not ids or not span:
        return
    rows = (Due(person_id=key, day=first + n * _DAY) for key in ids for n in span)
    Due.objects.bulk_create(rows, batch_size=_AT_ONCE)
    # Whoever punches is served before what else waits.
    jobs.enqueue(TASK, *([str(ids[0])] if len(ids) == 1 else []))


def due_mark_stored(*, rows: QuerySet[Workday]) -> None:
    """The same for days that have rows, however many: one statement. Sealed ones are left out."""
    days = (
        rows.filter(period__isnull=True)
        .order_by("person_id", "day")
        .annotate(marked=Value(timezone.now(), output_field=DateTimeField()))
        .values_list("person_id", "day", "marked")
    )
    sql, values = days.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO attendance_due (person_id, day, created_at) {sql}", values)
        marked = cursor.rowcount
    if marked:
        jobs.enqueue(TASK)


def due_compute(*, person_id: UUID | None = None) -> int:
    """Compute days that are due, of everybody or of one person, and strike exactly these off.

    Returns how many marks were worked off. Safe to run twice and beside itself: what another takes is left to
    it. What remains of everybody's is handed on to :data:`MORE`.
    """
    # Asked before a transaction is begun, which on SQLite would keep all others from writing.
    if not Due.objects.exists():
        return 0
    now = timezone.now()
    try:
        taken = _compute_some(now, person_id)
    except Exception:
        if person_id is not None:
            raise
        taken = _compute_each(now)
    # Once, however many come here at the same time: it hands on in its turn.
    if taken == _AT_ONCE and cache.add(_MORE_SENT, True, _SECONDS_ON_ITS_WAY):
        jobs.enqueue(MORE)
    return taken


def _compute_each(now: datetime) -> int:
    """One person after the other, so that whoever's days cannot be computed keeps nobody else waiting."""
    keys = Due.objects.order_by("pk").values_list("person_id", flat=True)[:_AT_ONCE]
    taken, failed = 0, None
    for key in dict.fromkeys(keys):
        try:
            taken += _compute_some(now, key)
        except Exception as error:
            logger.exception("Days of person %s cannot be computed", key)
            failed = error
    if failed is not None:
        raise failed
    return taken


def due_compute_more() -> int:
    """What :func:`due_compute` left."""
    cache.delete(_MORE_SENT)
    return due_compute()


@transaction.atomic
def _compute_some(now: datetime, person_id: UUID | None) -> int:
    waiting = Due.objects.select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    if person_id is not None:
        waiting = waiting.filter(person=person_id)
    marks = list(waiting[:_AT_ONCE])
    if not marks:
        return 0
    days: dict[UUID, set[date]] = defaultdict(set)
    for mark in marks:
        days[mark.person_id].add(mark.day)
    people_lock(days)  # all at once and in order, so that no two workers wait for each other
    for (first, last), ids in _spans(days, now).items():
        workdays_compute(person_ids=ids, first=first, last=last, now=now)
    Due.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
    return len(marks)


def _spans(days: Mapping[UUID, Collection[date]], now: datetime) -> dict[tuple[date, date], list[UUID]]:
    """Runs of days, neighbours and weeks put to them, each with the people whose they are."""
    people = Person.objects.filter(pk__in=days.keys()).select_related("department__site")
    weeks = _weeks({person.department.site_id for person in people})
    found: dict[tuple[date, date], list[UUID]] = defaultdict(list)
    for person in people:
        site = person.department.site
        today = working_day(now, site)
        wanted: set[date] = set()
        for day in days[person.pk]:
            until = max(day + _DAY, _week_end(day, weeks.get(site.pk)))
            wanted |= set(_dates(day - _DAY, max(day, min(until, today))))
        for span in _runs(wanted):
            found[span].append(person.pk)
    return found


def _weeks(sites: Iterable[UUID]) -> dict[UUID, set[int]]:
    """On which weekdays the weeks of sites with weekly overtime begin, by any policy that they ever had."""
    found: dict[UUID, set[int]] = defaultdict(set)
    rows = Policy.objects.filter(site__in=sites, overtime_weekly_after__isnull=False).order_by()
    for site_id, begins in rows.values_list("site_id", "week_starts_on"):
        found[site_id].add(begins)
    return found


def _week_end(day: date, begins: Collection[int] | None) -> date:
    return max((day + (6 - (day.weekday() - start) % 7) * _DAY for start in begins or ()), default=day)


def _dates(first: date, last: date) -> Iterator[date]:
    return (first + n * _DAY for n in range((last - first).days + 1))


def _runs(days: Collection[date]) -> Iterator[tuple[date, date]]:
    """First and last of each run of days without gaps."""
    for _, run in groupby(enumerate(sorted(days)), key=lambda pair: pair[1].toordinal() - pair[0]):
        found = [day for _, day in run]
        yield found[0], found[-1]
