"""Months as pages name them, and the day sheet of a department.

The page and its export take the same object, and its figures are those of the workdays: nothing is paired
or added up here but the sums of a column.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from faceroster.attendance.days import day_window, working_day
from faceroster.attendance.models import DayStatus, Workday
from faceroster.attendance.rules.types import Stamp, Way
from faceroster.attendance.selectors import Counted, counted_of_people
from faceroster.people.models import Department, Person, Site
from faceroster.people.selectors import departments_visible_to
from faceroster.reports.timesheets import wording
from faceroster.reports.timesheets.sheets import FIELDS, DayFigures
from faceroster.reports.today.bar import Bar, Point, Tick, Window, bar_of, hour_ticks, shift_window, window_of

_DAY = timedelta(days=1)


class Month(NamedTuple):
    """One month of one year, written like 2026-11."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


@dataclass(frozen=True)
class SheetRow:
    """``figures``: None until the day is computed. ``bar``: None for who has not punched.

    ``linked``: the day may be opened; not so for who has moved to a department that the user does not see.
    """

    person: Person
    figures: DayFigures | None
    present: bool
    bar: Bar | None
    linked: bool

    @property
    def seen(self) -> bool:
        return self.figures is not None and bool(self.figures.first_in or self.figures.last_out)

    @property
    def status(self) -> str:
        return wording.status_text(self.figures) if self.figures else _("Not known yet")

    @property
    def notes(self) -> list[str]:
        """What to know besides the figures."""
        if self.figures is None:
            return []
        return [*([_("Still in")] if self.present else []), *wording.remarks(self.figures)]

    @property
    def flawed(self) -> bool:
        """A punch is missing."""
        return self.figures is not None and (self.figures.missed_out or self.figures.missed_in)

    @property
    def first_in(self) -> str:
        return wording.clock_text(self.figures.first_in, self.figures) if self.figures else ""

    @property
    def last_out(self) -> str:
        return wording.clock_text(self.figures.last_out, self.figures) if self.figures else ""

    @property
    def overtime(self) -> int:
        """Of the day and of the week, in minutes."""
        return self.figures.overtime + self.figures.weekly_overtime if self.figures else 0


@dataclass(frozen=True)
class DaySheet:
    """A department's day. Bars go from one common hour to another; ``ticks`` are their hours."""

    department: Department
    day: date
    today: date
    zone: str
    ticks: list[Tick]
    rows: list[SheetRow]

    @property
    def previous(self) -> date:
        return self.day - _DAY

    @property
    def next(self) -> date | None:
        return self.day + _DAY if self.day < self.today else None

    @property
    def seen(self) -> int:
        return sum(1 for row in self.rows if row.seen)

    @property
    def worked(self) -> int:
        """Minutes of everyone together, as the rows show them."""
        return sum(row.figures.worked for row in self.rows if row.figures)

    @property
    def late(self) -> int:
        return sum(1 for row in self.rows if row.figures and row.figures.late)

    @property
    def absent(self) -> int:
        return sum(1 for row in self.rows if row.figures and row.figures.absent)


def day_sheet_for(user: object, *, department: Department, day: date, now: datetime) -> DaySheet:
    """``department`` on ``day``: whose day it was there, and its active people who have no such row yet.

    The caller has made sure that ``user`` may see the department.
    """
    site = department.site
    stored = _stored(department, day)
    people = _people(department, day, stored)
    came = [person for person in people if person.pk in stored and stored[person.pk].came]
    counted = counted_of_people(came, day=day, now=now)
    drawings = {key: _drawing(counted[key], row, day, now) for key, row in stored.items() if key in counted}
    moments = [moment for drawing in drawings.values() for moment in drawing.moments]
    window = window_of(moments, day_window(day, site))
    visible = set(departments_visible_to(user).order_by().values_list("pk", flat=True))
    rows = []
    for person in people:
        row, drawing = stored.get(person.pk), drawings.get(person.pk)
        rows.append(
            SheetRow(
                person=person,
                figures=row.figures if row else None,
                present=row is not None and row.present,
                bar=drawing.bar(window, site) if drawing else None,
                linked=person.department_id in visible,
            )
        )
    ticks = hour_ticks(window, site.zone)
    return DaySheet(department, day, working_day(now, site), site.timezone, ticks, rows)


class _Stored(NamedTuple):
    figures: DayFigures
    present: bool
    expected: tuple[datetime | None, datetime | None]

    @property
    def came(self) -> bool:
        return bool(self.figures.first_in or self.figures.last_out)


def _stored(department: Department, day: date) -> dict[UUID, _Stored]:
    rows = Workday.objects.filter(department=department, day=day).exclude(status=DayStatus.NONE).order_by()
    return {
        row[0]: _Stored(DayFigures._make(row[:-3]), row[-3], row[-2:])
        for row in rows.values_list(*FIELDS, "present", "expected_start", "expected_end")
    }


def _people(department: Department, day: date, stored: Iterable[UUID]) -> list[Person]:
    elsewhere = Exists(Workday.objects.filter(person=OuterRef("pk"), day=day))
    waiting = Q(department=department, active=True) & ~elsewhere
    people = Person.objects.filter(Q(pk__in=list(stored)) | waiting).select_related("department__site")
    return list(people.order_by("name", "employee_number"))


class _Drawing(NamedTuple):
    """What is to be on one bar."""

    stamps: Sequence[Stamp]
    shifts: Sequence[Window]
    open_until: datetime | None

    @property
    def moments(self) -> list[datetime]:
        moments = [stamp.at for stamp in self.stamps] + [moment for shift in self.shifts for moment in shift]
        return [*moments, self.open_until] if self.open_until else moments

    def bar(self, window: Window, site: Site) -> Bar:
        points = [Point(stamp.at, stamp.way, "corrected" if stamp.corrected else "") for stamp in self.stamps]
        return bar_of(
            stamps=self.stamps,
            points=points,
            shifts=self.shifts,
            day_window=window,
            zone=site.zone,
            open_until=self.open_until,
            window=window,
        )


def _drawing(counted: Counted, row: _Stored, day: date, now: datetime) -> _Drawing:
    """What counts; but only what the row itself says where that was made of something else."""
    figures, open_until = row.figures, now if row.present else None
    if counted.marks == (*row.expected, figures.first_in, figures.last_out):
        return _Drawing(counted.stamps, [shift_window(shift, day) for shift in counted.shifts], open_until)
    ways: tuple[tuple[datetime | None, Way], ...] = ((figures.first_in, "in"), (figures.last_out, "out"))
    stamps = [Stamp(way, at, way, figures.zone, day) for at, way in ways if at is not None]
    start, end = row.expected
    return _Drawing(stamps, [(start, end)] if start and end else [], open_until)
