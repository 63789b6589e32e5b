"""What the roster page shows: a department's people, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q

from faceroster.people.models import Department, Person
from faceroster.rosters.clock import today_at
from faceroster.rosters.models import LeaveRequest, RosterException
from faceroster.rosters.plans import Plan, plans_of
from faceroster.rosters.shifts import policy_on


@dataclass(frozen=True, slots=True)
class Column:
    day: date
    holiday: str
    today: bool
    weekend: bool
    at_work: int  # how many people


@dataclass(frozen=True, slots=True)
class Cell:
    day: date
    plan: Plan
    exception: bool
    note: str
    today: bool

    @property
    def leave(self) -> Sequence[LeaveRequest]:
        """Leave on days of work and days without a plan: on a rest day it says nothing."""
        return self.plan.leave if self.plan.worked or not self.plan.planned else ()


@dataclass(frozen=True, slots=True)
class Row:
    person: Person
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Grid:
    department: Department
    columns: Sequence[Column]
    rows: Sequence[Row]

    @property
    def first(self) -> date:
        return self.columns[0].day

    @property
    def last(self) -> date:
        return self.columns[-1].day


def week_start(department: Department, day: date) -> date:
    """The first day of the week of ``day`` by the site's policy."""
    policy = policy_on(department.site, day)
    return day - timedelta(days=(day.weekday() - (policy.week_starts_on if policy else 0)) % 7)


def people_on(department: Department, first: date, last: date) -> list[Person]:
    """Whoever works in the department between the two days."""
    people = department.people.filter(Q(joined_on__isnull=True) | Q(joined_on__lte=last))
    people = people.filter(Q(left_on__gte=first) | Q(left_on__isnull=True, active=True))
    return list(people.select_related("department__site"))


def grid_of(
    department: Department, people: Sequence[Person], *, shown: Sequence[Person], first: date, days: int
) -> Grid:
    """The roster of one department. ``people``: all of them, who are counted; ``shown``: who has a row."""
    last = first + timedelta(days=days - 1)
    plans = plans_of(people, first=first, last=last)
    notes = {
        (row[0], row[1]): row[2]
        for row in RosterException.objects.filter(
            person__department=department, day__range=(first, last)
        ).values_list("person_id", "day", "note")
    }
    span = [first + timedelta(days=n) for n in range(days)]
    today = today_at(department.site)
    rows = [
        Row(person, [_cell(person.pk, day, plans[person.pk, day], notes, today) for day in span])
        for person in shown
    ]
    columns = []
    for day in span:
        there = [plans[person.pk, day] for person in people]
        at_work = sum(plan.worked and plan.leave_days < 1 for plan in there)
        holiday = there[0].holiday if there else ""
        columns.append(Column(day, holiday, day == today, day.weekday() >= 5, at_work))
    return Grid(department, columns, rows)


def _cell(person: UUID, day: date, plan: Plan, notes: dict[tuple[UUID, date], str], today: date) -> Cell:
    return Cell(day, plan, (person, day) in notes, notes.get((person, day), ""), day == today)
