"""What computing days anew would change, without changing it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from faceroster.attendance.models import Workday
from faceroster.attendance.workdays import DERIVED, Closed, derive, left_where_it_is
from faceroster.people.models import Person
from faceroster.rosters.models import ShiftVersion

_PEOPLE_AT_ONCE = 100
#: Not figures: how they came about.
_HOW = ("trace", "inputs_hash", "rules_version")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """``name`` as in :class:`Workday`. ``before`` is None where there is no row yet."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class DayDiff:
    """One day whose figures would be others. ``fresh``: it would get its first row."""

    person: Person
    day: date
    changes: tuple[FieldChange, ...]
    fresh: bool = False


def workdays_preview(
    *,
    person_ids: Collection[UUID],
    first: date,
    last: date,
    now: datetime,
    extra: ShiftVersion | None = None,
) -> list[DayDiff]:
    """The days that would change, by person's key and day; sealed ones never do.

    ``extra``: a version that is not stored, as if it were, from its ``effective_from`` on. Its ``shift`` must
    be set.
    """
    found: list[DayDiff] = []
    ids = sorted(set(person_ids))
    for start in range(0, len(ids), _PEOPLE_AT_ONCE):
        found += _preview(ids[start : start + _PEOPLE_AT_ONCE], first, last, now, extra)
    return found


def _preview(
    ids: list[UUID], first: date, last: date, now: datetime, extra: ShiftVersion | None
) -> list[DayDiff]:
    people = list(Person.objects.filter(pk__in=ids).select_related("department__site").order_by("pk"))
    rows = Workday.objects.filter(person__in=ids, day__range=(first, last)).order_by()
    stored = {
        (row[0], row[1]): (row[2], dict(zip(DERIVED, row[3:], strict=True)))
        for row in rows.values_list("person_id", "day", "period_id", *DERIVED)
    }
    closed = Closed.of(people, first, last)
    found: list[DayDiff] = []
    for derived in derive(people, first=first, last=last, now=now, extra=extra):
        period, figures = stored.get((derived.person.pk, derived.day), (None, {}))
        if period is not None or (not figures and (derived.empty or derived in closed)):
            continue
        if figures and derived in closed:
            derived = left_where_it_is(derived, figures)
        changes = tuple(
            FieldChange(name, figures.get(name), value)
            for name, value in derived.figures.items()
            if name not in _HOW and (not figures or figures[name] != value)
        )
        if changes:
            found.append(DayDiff(derived.person, derived.day, changes, fresh=not figures))
    return found
