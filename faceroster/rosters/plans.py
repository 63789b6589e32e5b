"""Who is expected to do what on which day: patterns, exceptions, holidays and leave put together."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.db.models import Q

from faceroster.people.models import Department, Person
from faceroster.people.selectors import Stays, stays_of
from faceroster.rosters.models import (
    Assignment,
    DayPart,
    Holiday,
    LeaveRequest,
    LeaveStatus,
    PatternShift,
    RosterException,
    ShiftVersion,
)

_Key = TypeVar("_Key")
_Row = TypeVar("_Row")

#: Beyond so many people, rows are fetched by department: shorter statements, few rows too many.
_BY_NAME = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """One person's day as planned.

    ``shifts``: in order of their start, with ``shift.site`` at hand; also on holidays and leave, which do
    not take them away. ``planned``: whether anything is rostered at all then, so that none is a rest day.
    ``holiday``: its name at the person's site, or empty. ``leave``: only what is approved.
    """

    shifts: tuple[ShiftVersion, ...] = ()
    planned: bool = False
    holiday: str = ""
    leave: tuple[LeaveRequest, ...] = ()
    employed: bool = True

    @property
    def worked(self) -> bool:
        """Whether it would be a day of work, were there no leave. These days count against a balance."""
        return bool(self.shifts) and self.employed and not self.holiday

    @property
    def leave_days(self) -> Decimal:
        """How much of the day approved leave takes: 0, 0.5 or 1; nothing of a day without work."""
        if not self.worked:
            return Decimal(0)
        return min(Decimal(1), sum((part_days(leave.part) for leave in self.leave), Decimal(0)))


def part_days(part: str) -> Decimal:
    """How much of one day leave of this part takes."""
    return Decimal(1) if part == DayPart.WHOLE else Decimal("0.5")


def plans_of(
    people: Iterable[Person], *, first: date, last: date, stays: Stays | None = None
) -> dict[tuple[UUID, date], Plan]:
    """The plan of each of ``people`` for every day from ``first`` to ``last``, by person's key and day.

    A day before somebody moved is planned by the department that they were in then. At most eight queries,
    however many people and days. ``people`` need nothing fetched along; ``stays``, if at hand, must
    reach back to ``first``.
    """
    people = list(people)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if not people or not days:
        return {}
    book = _Book.read(people, first, last, stays or stays_of(people, first=first))
    plans: dict[tuple[UUID, date], Plan] = {}
    for person in people:
        for day in days:
            plans[person.pk, day] = book.plan(person, day)
    return plans


@dataclass(slots=True)
class _Book:
    """Everything that plans are made of, fetched, in the order in which it is looked up."""

    stays: Stays
    holidays: Mapping[tuple[UUID, date], str]
    exceptions: Mapping[tuple[UUID, date], Sequence[UUID]]  # shifts; none is a day off
    assignments: Mapping[UUID | None, Sequence[Assignment]]  # of people and departments, last one first
    patterns: Mapping[tuple[UUID, int], Sequence[UUID]]
    versions: Mapping[UUID, Sequence[ShiftVersion]]
    leave: Mapping[UUID, Sequence[LeaveRequest]]
    _made: dict[tuple[UUID, date], tuple[ShiftVersion, ...]] = field(default_factory=dict)
    _common: dict[tuple[UUID, date], Plan] = field(default_factory=dict)

    @classmethod
    def read(cls, people: Sequence[Person], first: date, last: date, stays: Stays) -> _Book:
        ids = [person.pk for person in people]
        departments = stays.departments
        whose = Q(person__in=ids) if len(ids) <= _BY_NAME else Q(person__department__in=departments)
        exceptions = _grouped(
            ((row[0], row[1]), row[2])
            for row in RosterException.objects.filter(whose, day__range=(first, last))
            .order_by()
            .values_list("person_id", "day", "shift_id")
        )
        assignments = _grouped(
            (row.person_id or row.department_id, row)
            for row in Assignment.objects.filter(whose | Q(department__in=departments), starts_on__lte=last)
            .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first))
            .select_related("pattern")
            .order_by("-starts_on", "-created_at", "-pk")
        )
        patterns = _grouped(
            ((row[0], row[1]), row[2])
            for row in PatternShift.objects.filter(
                pattern__in={row.pattern_id for rows in assignments.values() for row in rows}
            )
            .order_by()
            .values_list("pattern_id", "day", "shift_id")
        )
        shifts = {shift for rows in (*exceptions.values(), *patterns.values()) for shift in rows if shift}
        versions = _grouped(
            (row.shift_id, row)
            for row in ShiftVersion.objects.filter(shift__in=shifts, effective_from__lte=last)
            .select_related("shift__site")
            .order_by("effective_from", "number")
        )
        sites = {department.site_id for department in departments.values()}
        rests = Holiday.objects.filter(site__in=sites, day__range=(first, last), dropped=False)
        leave = _grouped(
            (row.person_id, row)
            for row in LeaveRequest.objects.filter(
                whose, status=LeaveStatus.APPROVED, first__lte=last, last__gte=first
            )
            .select_related("kind")
            .order_by("first", "created_at")
        )
        return cls(
            stays=stays,
            holidays={(row[0], row[1]): row[2] for row in rests.values_list("site_id", "day", "name")},
            exceptions={key: [shift for shift in rows if shift] for key, rows in exceptions.items()},
            assignments=assignments,
            patterns=patterns,
            versions=versions,
            leave=leave,
        )

    def plan(self, person: Person, day: date) -> Plan:
        employed = (person.joined_on is None or person.joined_on <= day) and (
            person.left_on is None or day <= person.left_on
        )
        own = person.pk in self.assignments or (person.pk, day) in self.exceptions
        department = self.stays.department(person, day)
        if employed and not own and person.pk not in self.leave:
            return self._plan_of(department, day)
        shifts, planned = self._shifts(person, department, day)
        return Plan(
            shifts=shifts,
            planned=planned,
            holiday=self.holidays.get((department.site_id, day), ""),
            leave=tuple(row for row in self.leave.get(person.pk, ()) if row.first <= day <= row.last),
            employed=employed,
        )

    def _plan_of(self, department: Department, day: date) -> Plan:
        """What everyone of a department does who has nothing of their own: made once."""
        plan = self._common.get((department.pk, day))
        if plan is None:
            assignment = self._in_force(department.pk, day)
            plan = self._common[department.pk, day] = Plan(
                shifts=self._by_pattern(assignment, day) if assignment else (),
                planned=assignment is not None,
                holiday=self.holidays.get((department.site_id, day), ""),
            )
        return plan

    def _shifts(
        self, person: Person, department: Department, day: date
    ) -> tuple[tuple[ShiftVersion, ...], bool]:
        exception = self.exceptions.get((person.pk, day))
        if exception is not None:
            return self._in_order(exception, day), True
        assignment = self._in_force(person.pk, day) or self._in_force(department.pk, day)
        return (self._by_pattern(assignment, day), True) if assignment else ((), False)

    def _in_force(self, whose: UUID, day: date) -> Assignment | None:
        for row in self.assignments.get(whose, ()):
            if row.starts_on <= day and (row.ends_on is None or day <= row.ends_on):
                return row
        return None

    def _by_pattern(self, assignment: Assignment, day: date) -> tuple[ShiftVersion, ...]:
        made = self._made.get((assignment.pk, day))
        if made is None:
            place = (day - assignment.starts_on).days % assignment.pattern.length
            shifts = self.patterns.get((assignment.pattern_id, place), ())
            made = self._made[assignment.pk, day] = self._in_order(shifts, day)
        return made

    def _in_order(self, shifts: Iterable[UUID], day: date) -> tuple[ShiftVersion, ...]:
        found = [version for shift in shifts if (version := self._version(shift, day))]
        return tuple(sorted(found, key=lambda version: (version.starts, version.shift.name)))

    def _version(self, shift: UUID, day: date) -> ShiftVersion | None:
        versions = self.versions.get(shift, ())
        place = bisect_right(versions, day, key=lambda version: version.effective_from)
        return versions[place - 1] if place else None


def _grouped(pairs: Iterable[tuple[_Key, _Row]]) -> dict[_Key, list[_Row]]:
    rows: defaultdict[_Key, list[_Row]] = defaultdict(list)
    for key, row in pairs:
        rows[key].append(row)
    return dict(rows)
