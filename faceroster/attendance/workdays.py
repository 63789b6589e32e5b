"""From what was punched, corrected and planned to stored workdays: many at once, and only what changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from faceroster.attendance import copying
from faceroster.attendance.days import working_day
from faceroster.attendance.inputs import PersonInputs, inputs_hash, inputs_load
from faceroster.attendance.models import DayStatus, Period, PeriodStatus, Workday
from faceroster.attendance.rules.compute import compute
from faceroster.attendance.rules.types import RULES_VERSION, Change, Result
from faceroster.attendance.signals import workday_stored
from faceroster.people.models import Person
from faceroster.people.selectors import stays_of
from faceroster.rosters.models import ShiftVersion

_DAY = timedelta(days=1)
#: So many days of people are computed and stored in one transaction: a second or two of work.
_DAYS_AT_ONCE = 3000
_ROWS_AT_ONCE = 500
#: So many new rows at once are copied into PostgreSQL.
_WORTH_COPYING = 100
#: The advisory locks of this module, apart from any others.
_LOCK = 0x0F4CE

_RESULTS = tuple(name for name in Result.__dataclass_fields__ if name not in ("day", "stamps", "trace"))
#: Every column that is derived. Two rows that are equal in these are the same.
DERIVED = (
    *_RESULTS,
    "department_id",
    "site_id",
    "zone",
    "shift_names",
    "trace",
    "rules_version",
    "inputs_hash",
)
_WHERE = ("department_id", "site_id", "zone")
_UPDATED = [name.removesuffix("_id") for name in DERIVED] + ["computed_at"]
#: The columns that are copied as they are; their names are those of the attributes.
_COPIED = [
    field.attname for field in Workday._meta.concrete_fields if field.name not in ("created_at", "trace")
]
_NAMES_LENGTH = Workday._meta.get_field("shift_names").max_length or 200


@dataclass(frozen=True, slots=True)
class Derived:
    """A day as it should be stored; ``figures`` by the names of :data:`DERIVED`."""

    person: Person
    day: date
    figures: dict[str, Any]
    empty: bool  # neither a punch nor anything expected that day


class Closed:
    """The closed periods of some people's departments: a day in them that has no row gets none."""

    def __init__(self, spans: Mapping[UUID, Sequence[tuple[date, date]]]) -> None:
        self._spans = spans

    @classmethod
    def of(cls, people: Sequence[Person], first: date, last: date) -> Closed:
        departments = stays_of(people, first=first).departments
        periods = Period.objects.filter(department__in=departments, status=PeriodStatus.CLOSED)
        rows = periods.filter(first__lte=last, last__gte=first).order_by()
        spans: dict[UUID, list[tuple[date, date]]] = defaultdict(list)
        for department_id, begin, end in rows.values_list("department_id", "first", "last"):
            spans[department_id].append((begin, end))
        return cls(spans)

    def __contains__(self, derived: Derived) -> bool:
        spans = self._spans.get(derived.figures["department_id"], ())
        return any(begin <= derived.day <= end for begin, end in spans)


def workdays_compute(*, person_ids: Collection[UUID], first: date, last: date, now: datetime) -> int:
    """Compute the days from ``first`` to ``last`` of these people anew and store what changed.

    Sealed rows stay as they are, and a closed period gets no new ones. Days later than tomorrow are left
    out. Returns how many rows were written; :data:`signals.workday_stored` tells of each after the commit.
    """
    last = min(last, now.date() + 2 * _DAY)
    size = max(1, _DAYS_AT_ONCE // ((last - first).days + 9))
    written = 0
    for ids in _chunks(sorted(set(person_ids)), size):
        if first <= last:
            written += _store(ids, first, last, now)
    return written


def people_lock(person_ids: Iterable[UUID]) -> None:
    """One computation of a person's days at a time, until the transaction ends; punches do not wait.

    Otherwise one that read before the other's punch could store its older result last. On SQLite the
    transaction itself sees to that.
    """
    if connection.vendor == "postgresql":
        keys = sorted({int.from_bytes(key.bytes[:4], signed=True) for key in person_ids})
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, key) FROM unnest(%s::int[]) AS key", [_LOCK, keys]
            )


def derive(
    people: Sequence[Person], *, first: date, last: date, now: datetime, extra: ShiftVersion | None = None
) -> Iterator[Derived]:
    """What the days of ``people`` (with ``department.site``) are now, by the rules. Stores nothing."""
    for given in inputs_load(people, first=first, last=last, now=now, extra=extra):
        until = min(last, working_day(now, given.person.department.site) + _DAY)
        days = given.days
        by_stamp, by_day = _changes(given)
        for result in compute(given.inputs):
            if first <= result.day <= until:
                changes = [c for stamp in result.stamps for c in by_stamp.get(stamp.id, ())]
                changes += by_day.get(result.day, ())
                yield _derived(given, result, days[result.day], list(dict.fromkeys(changes)))


def _changes(given: PersonInputs) -> tuple[Mapping[str, list[Change]], Mapping[date, list[Change]]]:
    """The corrections by the stamp that they are of, and by the day that it was recorded for."""
    by_stamp: dict[str, list[Change]] = {}
    by_day: dict[date, list[Change]] = {}
    if not given.inputs.changes:
        return by_stamp, by_day
    recorded = {stamp.id: stamp.day for stamp in given.inputs.punches}
    for change in given.inputs.changes:
        if change.stamp is not None:
            recorded[change.target] = change.stamp.day
        by_stamp.setdefault(change.target, []).append(change)
        if day := recorded.get(change.target):
            by_day.setdefault(day, []).append(change)
    return by_stamp, by_day


def _derived(given: PersonInputs, result: Result, day: Any, changes: list[Change]) -> Derived:
    department = given.departments[result.day]
    figures: dict[str, Any] = {name: getattr(result, name) for name in _RESULTS}
    figures |= {
        "department_id": department.pk,
        "site_id": department.site_id,
        "zone": department.site.timezone,
        "shift_names": ", ".join(shift.name for shift in day.shifts)[:_NAMES_LENGTH],
        "trace": [{"code": note.code, "values": note.values} for note in result.trace],
        "rules_version": RULES_VERSION,
        "inputs_hash": inputs_hash(day, given.policies[day.day], result, changes),
    }
    empty = not result.stamps and (
        result.status == DayStatus.NONE or not (given.person.active or given.person.left_on)
    )
    return Derived(given.person, result.day, figures, empty)


def left_where_it_is(derived: Derived, stored: Mapping[str, Any]) -> Derived:
    """A day of somebody who has moved to a department whose period is closed: its row stays where it was
    ``stored``. In that period it would never be sealed, and be missing in both.
    """
    return replace(derived, figures=derived.figures | {name: stored[name] for name in _WHERE})


@transaction.atomic
def _store(ids: Sequence[UUID], first: date, last: date, now: datetime) -> int:
    people_lock(ids)
    people = list(Person.objects.filter(pk__in=ids).select_related("department__site").order_by("pk"))
    stored = _stored(ids, first, last)
    closed = Closed.of(people, first, last)
    changed: list[Workday] = []
    kept: dict[tuple[UUID, date], UUID] = {}
    gone: list[UUID] = []
    for derived in derive(people, first=first, last=last, now=now):
        key = derived.person.pk, derived.day
        there = stored.get(key)
        if there is not None and derived in closed:
            derived = left_where_it_is(derived, dict(zip(DERIVED, there.figures, strict=True)))
        if there is None:
            if not derived.empty and derived not in closed:
                changed.append(_row(derived, now))
        elif there.sealed:
            continue
        elif derived.figures["status"] == DayStatus.NONE and derived.empty:
            gone.append(there.pk)
        elif there.figures != tuple(derived.figures[name] for name in DERIVED):
            kept[key] = there.pk
            changed.append(_row(derived, now))
    return _write(changed, kept, gone)


@dataclass(frozen=True, slots=True)
class _There:
    pk: UUID
    sealed: bool
    figures: tuple[Any, ...]


def _stored(ids: Sequence[UUID], first: date, last: date) -> dict[tuple[UUID, date], _There]:
    rows = Workday.objects.filter(person__in=ids, day__range=(first, last)).order_by()
    return {
        (row[0], row[1]): _There(row[2], row[3] is not None, row[4:])
        for row in rows.values_list("person_id", "day", "pk", "period_id", *DERIVED)
    }


def _row(derived: Derived, now: datetime) -> Workday:
    return Workday(person_id=derived.person.pk, day=derived.day, computed_at=now, **derived.figures)


def _write(changed: list[Workday], kept: Mapping[tuple[UUID, date], UUID], gone: list[UUID]) -> int:
    """Write rows, but none that is sealed by now. ``kept``: the keys of those that are there already."""
    before: dict[UUID, Workday] = {}
    if kept or gone:
        # Locked, so that nobody closes their period between this look and the writing.
        rows = Workday.objects.select_for_update().filter(Q(pk__in=kept.values()) | Q(pk__in=gone))
        before = {row.pk: row for row in rows.filter(period__isnull=True).order_by("pk")}
        changed = [
            row for row in changed if (key := kept.get((row.person_id, row.day))) is None or key in before
        ]
        Workday.objects.filter(pk__in=[key for key in gone if key in before]).delete()
    fresh = [row for row in changed if (row.person_id, row.day) not in kept]
    if copying.possible() and len(fresh) >= _WORTH_COPYING:
        # Whoever computes for these people waits, so that no row can have come since they were looked for.
        _copy(fresh)
        _upsert([row for row in changed if row._state.adding])
    else:
        _upsert(changed)
    if changed and workday_stored.has_listeners(Workday):
        transaction.on_commit(partial(_tell, changed, kept, before), robust=True)
    return len(changed) + len(gone)


def _upsert(rows: list[Workday]) -> None:
    Workday.objects.bulk_create(
        rows,
        batch_size=_ROWS_AT_ONCE,
        update_conflicts=True,
        unique_fields=["person", "day"],
        update_fields=_UPDATED,
    )


def _copy(rows: list[Workday]) -> None:
    """Insert them in a third of the time. Each has what ``bulk_create`` would have given it."""
    now, values = timezone.now(), attrgetter(*_COPIED)
    lines = ((now, json.dumps(row.trace), *values(row)) for row in rows)
    copying.rows_copy(Workday, ["created_at", "trace", *_COPIED], lines)
    for row in rows:
        row.created_at = now
        row._state.adding, row._state.db = False, connection.alias


def _tell(
    changed: list[Workday], kept: Mapping[tuple[UUID, date], UUID], before: Mapping[UUID, Workday]
) -> None:
    for row in changed:
        if key := kept.get((row.person_id, row.day)):
            row.pk = key  # the row that was there kept its own
        workday_stored.send_robust(sender=Workday, workday=row, before=before.get(row.pk))


def _chunks(ids: Sequence[UUID], size: int) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
