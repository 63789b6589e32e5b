"""Workdays added up in the database: once by day and department, and for one department by person.

Only days that are over count: one that runs has not been worked to its end, and would look like a short one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from faceroster.attendance.models import DayStatus, Workday
from faceroster.people.models import Department, Person
from faceroster.people.selectors import people_visible_to
from faceroster.reports.charts.asked import Asked

_Key = TypeVar("_Key", bound=Hashable)

_NOT_OVER = (DayStatus.AHEAD, DayStatus.RUNNING, DayStatus.NONE)
#: A day on which somebody was to come, or would have been without leave.
_EXPECTED = (Q(due_minutes__gt=0) | Q(leave_days__gt=0)) & ~Q(status=DayStatus.HOLIDAY)


@dataclass(slots=True)
class Totals:
    """Sums over days of people. ``late`` and ``absent`` are what nobody excused; minutes are whole."""

    due: int = 0
    worked: int = 0
    credited: int = 0
    overtime: int = 0
    weekly: int = 0
    expected: int = 0
    late: int = 0
    late_minutes: int = 0
    excused: int = 0
    absent: int = 0
    missed: int = 0
    leave: float = 0

    def add(self, other: Totals) -> None:
        # Thousands of times for one page: a loop over the names takes five times as long.
        self.due += other.due
        self.worked += other.worked
        self.credited += other.credited
        self.overtime += other.overtime
        self.weekly += other.weekly
        self.expected += other.expected
        self.late += other.late
        self.late_minutes += other.late_minutes
        self.excused += other.excused
        self.absent += other.absent
        self.missed += other.missed
        self.leave += other.leave

    def share(self, days: float) -> float | None:
        """``days`` of those on which somebody was expected, in percent; None when nobody was."""
        return 100 * days / self.expected if self.expected else None


@dataclass(frozen=True, slots=True)
class DayTotals:
    """One department's day."""

    day: date
    department: UUID
    totals: Totals


@dataclass(frozen=True, slots=True)
class PersonTotals:
    """``person`` is None for all who worked in the department then and have moved on to another since,
    where the viewer does not see them.
    """

    person: Person | None
    totals: Totals


def _sum(column: str, only: Q | None = None) -> Coalesce:
    return Coalesce(Sum(column, filter=only), 0)


#: On PostgreSQL the index ``workday_reports`` holds every column of these; whoever adds one adds it there.
_SUMS: dict[str, Any] = {
    "due": _sum("due_minutes"),
    "worked": _sum("worked_minutes"),
    "credited": _sum("credited_minutes"),
    "overtime": _sum("overtime_minutes"),
    "weekly": _sum("weekly_overtime_minutes"),
    "expected": Count("day", filter=_EXPECTED),
    "late": Count("day", filter=Q(late_minutes__gt=0, excused=False)),
    "late_minutes_sum": _sum("late_minutes", Q(excused=False)),
    "excused_days": Count("day", filter=Q(excused=True)),
    "absent_days": Count("day", filter=Q(absent=True, excused=False)),
    "missed": Count("day", filter=Q(missed_out=True) | Q(missed_in=True)),
    "leave": Sum("leave_days"),
}
#: Annotations that would have hidden a field of the model, by the name that they go by here.
_RENAMED = {"late_minutes_sum": "late_minutes", "excused_days": "excused", "absent_days": "absent"}


def _totals(row: Mapping[str, Any]) -> Totals:
    named = {_RENAMED.get(name, name): row[name] for name in _SUMS}
    return Totals(**{**named, "leave": float(named["leave"] or 0)})


def _days(question: Asked) -> QuerySet[Workday]:
    days = Workday.objects.filter(day__range=(question.first.first, question.last.last))
    if not question.all_of_them:
        days = days.filter(department__in=[one.pk for one in question.chosen])
    return days.exclude(status__in=_NOT_OVER).order_by()


def totals_by_day(question: Asked) -> list[DayTotals]:
    """One row for each day and department that has any; one query."""
    rows = _days(question).values("day", "department_id").annotate(**_SUMS)
    return [DayTotals(row["day"], row["department_id"], _totals(row)) for row in rows]


def totals_by_person(user: object, question: Asked, department: Department) -> list[PersonTotals]:
    """The people who had days in ``department``, by name; two queries."""
    rows = _days(question).filter(department=department).values("person_id").annotate(**_SUMS)
    by_id = {row["person_id"]: _totals(row) for row in rows}
    people = people_visible_to(user).filter(pk__in=by_id).select_related(None)
    found = [PersonTotals(person, by_id.pop(person.pk)) for person in people]
    if by_id:
        found.append(PersonTotals(None, added(by_id.values())))
    return found


def added(several: Iterable[Totals]) -> Totals:
    """All of them together."""
    result = Totals()
    for one in several:
        result.add(one)
    return result


def grouped(rows: Iterable[DayTotals], key: Callable[[DayTotals], _Key]) -> dict[_Key, Totals]:
    """The rows added up by ``key``, in the order in which each key comes first."""
    result: dict[_Key, Totals] = {}
    for row in rows:
        result.setdefault(key(row), Totals()).add(row.totals)
    return result
