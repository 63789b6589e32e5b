"""Reading timesheets, each with a handful of queries however many people there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from faceroster.attendance.models import DayStatus, Period, PeriodStatus, Workday
from faceroster.attendance.seals import rows_of
from faceroster.people.models import Department, Person
from faceroster.people.selectors import departments_visible_to, people_visible_to
from faceroster.reports.selectors import Month
from faceroster.reports.timesheets.sheets import (
    FIELDS,
    DayFigures,
    DepartmentSheet,
    Head,
    PersonSheet,
    SheetState,
    Totals,
    Who,
    totals_of,
    totals_together,
)
from faceroster.reports.timesheets.states import sheet_state, sheet_states
from faceroster.rosters.models import Policy


def period_found(department: Department, month: Month) -> Period | None:
    """The period if it was ever needed. Looking at a page makes none."""
    return Period.objects.filter(department=department, first=month.first).first()


def _workdays(department: Department, month: Month, period: Period | None) -> QuerySet[Workday]:
    """The rows that are sealed, or would be."""
    if period is not None:
        return rows_of(period)
    return Workday.objects.filter(department=department, day__range=(month.first, month.last))


def _figures(workdays: QuerySet[Workday]) -> list[DayFigures]:
    rows: Iterable[Any] = workdays.order_by("day").values_list(*FIELDS)
    return list(map(DayFigures._make, rows))


def _head(department: Department, month: Month, period: Period | None, days: list[DayFigures]) -> Head:
    closed = period is not None and period.status == PeriodStatus.CLOSED
    return Head(
        department_id=department.pk,
        department=department.name,
        site=department.site.name,
        zone=department.site.timezone,
        first=month.first,
        last=period.last if period else month.last,
        closed=closed,
        digest=period.digest if period and closed else "",
        rules_versions=tuple(sorted({day.rules_version for day in days})),
    )


def week_start(department: Department, month: Month) -> int:
    """On which weekday a week begins at the department's site (0 is Monday), by its policy at the end."""
    policies = Policy.objects.filter(site=department.site_id, effective_from__lte=month.last)
    number = policies.order_by("-effective_from", "-number").values_list("week_starts_on", flat=True).first()
    return number or 0


def _people_of(department: Department, month: Month, seen: Iterable[UUID]) -> list[Who]:
    """Who has days there, and who belongs there now and was employed then."""
    here = Q(department=department) & (Q(left_on__isnull=True) | Q(left_on__gte=month.first))
    here &= Q(joined_on__isnull=True) | Q(joined_on__lte=month.last)
    here &= Q(active=True) | Q(left_on__isnull=False)
    people = Person.objects.filter(here | Q(pk__in=set(seen))).order_by("name", "employee_number")
    return [Who(*row) for row in people.values_list("pk", "name", "employee_number")]


def department_sheet(
    department: Department, month: Month, *, period: Period | None = None
) -> DepartmentSheet:
    """Everyone's period in ``department``. A person who moved has here the days that they spent here."""
    period = period or period_found(department, month)
    days = _figures(_workdays(department, month, period))
    by_person: dict[UUID, list[DayFigures]] = {}
    for day in days:
        by_person.setdefault(day.person_id, []).append(day)
    head = _head(department, month, period, days)
    states = sheet_states(period, days) if period else {}
    starts_on = week_start(department, month)
    people = []
    for who in _people_of(department, month, {day.person_id for day in days if day.status != DayStatus.NONE}):
        own = tuple(by_person.get(who.id, ()))
        state = states.get(who.id, SheetState.OPEN)
        people.append(PersonSheet(head, who, own, totals_of(own), state, starts_on))
    return DepartmentSheet(head, tuple(people), totals_together(person.totals for person in people))


def person_sheet(
    person: Person, department: Department, month: Month, *, period: Period | None = None
) -> PersonSheet:
    """One person's period in ``department``."""
    period = period or period_found(department, month)
    days = _figures(_workdays(department, month, period).filter(person=person))
    head = _head(department, month, period, days)
    state = sheet_state(period, person.pk) if period else SheetState.OPEN
    who = Who(person.pk, person.name, person.employee_number)
    totals = totals_of(days) if days else Totals()
    return PersonSheet(head, who, tuple(days), totals, state, week_start(department, month))


def departments_of_sheet(
    user: object, person_id: UUID, month: Month
) -> tuple[Person | None, list[Department]]:
    """The person, and the departments in which ``user`` may see their timesheet, the present one first.

    A manager whom somebody has left sees what was worked in their own department, and nothing else. None
    and nothing when there is nothing to see.
    """
    person = Person.objects.select_related("department__site").filter(pk=person_id).first()
    if person is None:
        return None, []
    visible = departments_visible_to(user)
    worked = Workday.objects.filter(person=person, day__range=(month.first, month.last)).order_by()
    there = list(visible.filter(pk__in=worked.values("department")).exclude(pk=person.department_id))
    if people_visible_to(user).filter(pk=person_id).exists():
        there.insert(0, person.department)
    return (person if there else None), there


def people_of_period(department: Department, month: Month) -> set[UUID]:
    """Whom the department's sheet of ``month`` lists."""
    period = period_found(department, month)
    seen = (
        _workdays(department, month, period)
        .exclude(status=DayStatus.NONE)
        .order_by()
        .values_list("person_id", flat=True)
        .distinct()
    )
    return {who.id for who in _people_of(department, month, seen)}
