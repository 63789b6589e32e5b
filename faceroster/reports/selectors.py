"""What the pages show: today's board, a department's day, a person's month.

Each one starts from :func:`people_visible_to`; the pages and the exports take the same objects, so they
cannot disagree.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from faceroster.attendance.days import day_window, working_day
from faceroster.attendance.models import Punch
from faceroster.attendance.selectors import (
    day_of_people,
    days_of_person,
    present_day_of_people,
)
from faceroster.attendance.spans import DayTimes, Presence
from faceroster.people.models import Department, Person, Site
from faceroster.people.selectors import people_visible_to
from faceroster.reports.timeline import Tick, Timeline, hour_ticks, timeline

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
class BoardFilter:
    """What the board is narrowed to. ``search`` looks in names and employee numbers."""

    department: Department | None = None
    site: Site | None = None
    search: str = ""


@dataclass(frozen=True)
class Entry:
    """A person and their day."""

    person: Person
    times: DayTimes


@dataclass(frozen=True)
class Board:
    """Everyone's present state. ``zone`` is the zone of every time on it, or empty when they differ."""

    present: list[Entry]
    left: list[Entry]
    unseen: list[Entry]
    zone: str

    @property
    def total(self) -> int:
        return len(self.present) + len(self.left) + len(self.unseen)


@dataclass(frozen=True)
class SheetRow:
    person: Person
    times: DayTimes
    timeline: Timeline


@dataclass(frozen=True)
class DaySheet:
    """A department's day. Times are in ``zone`` unless a punch was made in another one."""

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
        return sum(1 for row in self.rows if row.times.punches)

    @property
    def worked(self) -> timedelta:
        return sum((row.times.worked for row in self.rows), timedelta(0))


@dataclass(frozen=True)
class MonthSheet:
    """A person's month, day by day up to today."""

    person: Person
    month: Month
    this_month: Month
    zone: str
    ticks: list[Tick]
    rows: list[SheetRow]

    @property
    def previous(self) -> Month:
        return Month.of(self.month.first - _DAY)

    @property
    def next(self) -> Month | None:
        return Month.of(self.month.last + _DAY) if self.month < self.this_month else None

    @property
    def worked(self) -> timedelta:
        return sum((row.times.worked for row in self.rows), timedelta(0))

    @property
    def days_seen(self) -> int:
        return sum(1 for row in self.rows if row.times.punches)

    @property
    def missed(self) -> int:
        return sum(1 for row in self.rows if row.times.missed)


def _latest(punch: Punch | None) -> float:
    return -punch.at.timestamp() if punch else 0.0


def board_for(user: object, *, narrow: BoardFilter, now: datetime) -> Board:
    """Who is in, who has left and who was not seen yet today, among the active people ``user`` may see."""
    people = people_visible_to(user).filter(active=True)
    if narrow.department is not None:
        people = people.filter(department=narrow.department)
    if narrow.site is not None:
        people = people.filter(department__site=narrow.site)
    for word in narrow.search.split():
        people = people.filter(Q(name__icontains=word) | Q(employee_number__icontains=word))
    days = present_day_of_people(people, now=now)
    groups: dict[Presence, list[Entry]] = {presence: [] for presence in Presence}
    zones: set[str] = set()
    for person in people:
        site = person.department.site
        times = days.get(person.pk) or DayTimes(working_day(now, site))
        zones.update(punch.zone for punch in times.punches)
        groups[times.presence].append(Entry(person, times))
    groups[Presence.IN].sort(key=lambda entry: _latest(entry.times.since))
    groups[Presence.LEFT].sort(key=lambda entry: _latest(entry.times.punches[-1]))
    return Board(
        present=groups[Presence.IN],
        left=groups[Presence.LEFT],
        unseen=groups[Presence.NOT_SEEN],
        zone=zones.pop() if len(zones) == 1 else "",
    )


def day_sheet_for(user: object, *, department: Department, day: date, now: datetime) -> DaySheet:
    """``department`` on ``day``: its active people, and those who have left but punched that day."""
    site = department.site
    window = day_window(day, site)
    people = people_visible_to(user).filter(department=department)
    days = day_of_people(people, day=day, now=now)
    rows = [
        SheetRow(person, times, timeline(times, window, now))
        for person in people.filter(Q(active=True) | Q(pk__in=days.keys()))
        for times in [days.get(person.pk) or DayTimes(day)]
    ]
    return DaySheet(
        department, day, working_day(now, site), site.timezone, hour_ticks(window, site.zone), rows
    )


def month_sheet_for(person: Person, *, month: Month, now: datetime) -> MonthSheet:
    """``person``'s ``month``. The caller has made sure that this person may be seen."""
    site = person.department.site
    today = working_day(now, site)
    days = days_of_person(person, first=month.first, last=month.last, now=now)
    # A punch at a site further east may already belong to tomorrow.
    last = min(month.last, max([today, *days]))
    rows = []
    for offset in range((last - month.first).days + 1):
        day = month.first + offset * _DAY
        times = days.get(day) or DayTimes(day)
        rows.append(SheetRow(person, times, timeline(times, day_window(day, site), now)))
    ticks = hour_ticks(day_window(month.first, site), site.zone)
    return MonthSheet(person, month, Month.of(today), site.timezone, ticks, rows)
