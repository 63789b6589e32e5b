"""A department's and a person's period, as figures. The pages and every export take these objects and add
up nothing themselves, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from typing import NamedTuple
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from faceroster.attendance.models import DayStatus

_DAY = timedelta(days=1)
#: A day that is not over: its figures still change, so totals leave it out.
UNFINISHED = frozenset({DayStatus.AHEAD.value, DayStatus.RUNNING.value})


class SheetState(models.TextChoices):
    """What a manager has said about a person's period."""

    OPEN = "open", _("Open")
    APPROVED = "approved", _("Approved")
    SENT_BACK = "sent_back", _("Sent back")
    OUTDATED = "outdated", _("Changed since approval")


class DayFigures(NamedTuple):
    """One workday. In the order of :data:`FIELDS`, durations in whole minutes."""

    person_id: UUID
    day: date
    status: str
    zone: str
    shift_names: str
    first_in: datetime | None
    last_out: datetime | None
    due: int
    worked: int
    pause: int
    overtime: int
    weekly_overtime: int
    late: int
    early: int
    credited: int
    leave_days: Decimal
    absent: bool
    missed_out: bool
    missed_in: bool
    filled: bool
    excused: bool
    corrected: bool
    rules_version: int

    @property
    def finished(self) -> bool:
        return self.status not in UNFINISHED


#: What :class:`DayFigures` is read from, in its order.
FIELDS = (
    "person_id",
    "day",
    "status",
    "zone",
    "shift_names",
    "first_in",
    "last_out",
    "due_minutes",
    "worked_minutes",
    "break_minutes",
    "overtime_minutes",
    "weekly_overtime_minutes",
    "late_minutes",
    "early_minutes",
    "credited_minutes",
    "leave_days",
    "absent",
    "missed_out",
    "missed_in",
    "filled",
    "excused",
    "corrected",
    "rules_version",
)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over days that are over. ``absent`` counts days that nobody excused too; ``missed`` counts days
    with a missed check-in or check-out. ``balance``: what was done and credited, less what was due.
    """

    due: int = 0
    worked: int = 0
    pause: int = 0
    overtime: int = 0
    weekly_overtime: int = 0
    late: int = 0
    early: int = 0
    credited: int = 0
    absent: int = 0
    leave_days: Decimal = Decimal(0)
    missed: int = 0
    unfinished: int = 0

    @property
    def balance(self) -> int:
        return self.worked + self.credited - self.due


def totals_of(days: Iterable[DayFigures]) -> Totals:
    """The sums of ``days``. One pass: a department's month has thousands."""
    due = worked = pause = overtime = weekly = late = early = credited = absent = missed = unfinished = 0
    leave = Decimal(0)
    for day in days:
        if day.status in UNFINISHED:
            unfinished += 1
            continue
        due += day.due
        worked += day.worked
        pause += day.pause
        overtime += day.overtime
        weekly += day.weekly_overtime
        late += day.late
        early += day.early
        credited += day.credited
        absent += day.absent
        missed += day.missed_out or day.missed_in
        if day.leave_days:
            leave += day.leave_days
    return Totals(
        due, worked, pause, overtime, weekly, late, early, credited, absent, leave, missed, unfinished
    )


def totals_together(parts: Iterable[Totals]) -> Totals:
    """The sums of sums."""
    return reduce(_added, parts, Totals())


def _added(one: Totals, other: Totals) -> Totals:
    figures = {field.name: getattr(one, field.name) + getattr(other, field.name) for field in fields(Totals)}
    return Totals(**figures)


@dataclass(frozen=True, slots=True)
class Who:
    """A person as a sheet names them."""

    id: UUID
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Head:
    """Which period of which department, and whether it is sealed. ``digest`` is empty while it is open."""

    department_id: UUID
    department: str
    site: str
    zone: str
    first: date
    last: date
    closed: bool = False
    digest: str = ""
    rules_versions: tuple[int, ...] = ()

    @property
    def month(self) -> str:
        """As addresses have it, such as 2026-11."""
        return f"{self.first:%Y-%m}"

    @property
    def days(self) -> list[date]:
        return [self.first + _DAY * n for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True, slots=True)
class Week:
    """Days of one week that lie in the period."""

    first: date
    days: tuple[DayFigures, ...]
    totals: Totals


@dataclass(frozen=True, slots=True)
class PersonSheet:
    """One person's days of a period, in order; a day that was never computed is not among them."""

    head: Head
    who: Who
    days: tuple[DayFigures, ...]
    totals: Totals
    state: SheetState = SheetState.OPEN
    week_starts_on: int = 0

    @property
    def weeks(self) -> list[Week]:
        found: dict[date, list[DayFigures]] = {}
        for day in self.days:
            found.setdefault(day.day - _DAY * ((day.day.weekday() - self.week_starts_on) % 7), []).append(day)
        return [Week(first, tuple(days), totals_of(days)) for first, days in found.items()]


@dataclass(frozen=True, slots=True)
class DepartmentSheet:
    """Everyone's period, by name."""

    head: Head
    people: tuple[PersonSheet, ...]
    totals: Totals

    @property
    def rows(self) -> int:
        """How many days it holds."""
        return sum(len(person.days) for person in self.people)
