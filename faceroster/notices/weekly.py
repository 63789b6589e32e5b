"""The summary of last week: figures per department, nobody by name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum

from faceroster.attendance.models import Finding, Resolution, Workday
from faceroster.notices.choices import managers_for
from faceroster.notices.models import Event, Notice
from faceroster.notices.services import notice_tell
from faceroster.notices.telling import of_department
from faceroster.people.models import Department
from faceroster.trust.models import User

#: By the clock of the department's site. Told until Tuesday is over, should nothing have run on Monday.
_FROM = time(6, 0)
_UNTIL_WEEKDAY = 2
_OPEN_FINDINGS = (
    (Finding.MISSED_OUT, Q(missed_out=True)),
    (Finding.MISSED_IN, Q(missed_in=True)),
    (Finding.LATE, Q(late_minutes__gt=0, excused=False)),
    (Finding.EARLY, Q(early_minutes__gt=0, excused=False)),
    (Finding.ABSENT, Q(absent=True, excused=False)),
)


def _week_for(department: Department, now: datetime) -> tuple[date, date] | None:
    """Monday and Sunday of the week to tell of; None when it is not the time."""
    local = now.astimezone(department.site.zone)
    if local.weekday() >= _UNTIL_WEEKDAY or (local.weekday() == 0 and local.time() < _FROM):
        return None
    monday = local.date() - timedelta(days=local.weekday() + 7)
    return monday, monday + timedelta(days=6)


def _open(departments: Iterable[UUID], first: date, last: date) -> dict[UUID, int]:
    """How many findings nobody settled yet, by department. A query per kind and one for what was settled."""
    settled = set(
        Resolution.objects.filter(person__isnull=False, day__range=(first, last)).values_list(
            "finding", "person_id", "day"
        )
    )
    counts: dict[UUID, int] = {}
    for finding, found in _OPEN_FINDINGS:
        rows = Workday.objects.filter(found, department__in=departments, day__range=(first, last))
        for department_id, person_id, day in rows.values_list("department_id", "person_id", "day"):
            if (finding.value, person_id, day) not in settled:
                counts[department_id] = counts.get(department_id, 0) + 1
    return counts


def figures(departments: list[Department], first: date, last: date) -> dict[UUID, dict[str, Any]]:
    """What each department did from ``first`` to ``last``, by its id."""
    ids = [department.pk for department in departments]
    sums: dict[UUID, dict[str, int]] = {
        row["department"]: {
            name: int(row[name]) for name in ("worked_minutes", "daily", "beyond", "late", "absent")
        }
        for row in Workday.objects.filter(department__in=ids, day__range=(first, last))
        .order_by()
        .values("department")
        .annotate(
            worked_minutes=Sum("worked_minutes", default=0),
            daily=Sum("overtime_minutes", default=0),
            beyond=Sum("weekly_overtime_minutes", default=0),
            late=Count("pk", filter=Q(late_minutes__gt=0, excused=False)),
            absent=Count("pk", filter=Q(absent=True)),
        )
    }
    still_open = _open(ids, first, last)
    found = {}
    for department in departments:
        row = sums.get(department.pk, {})
        found[department.pk] = {
            **of_department(department),
            "worked_minutes": row.get("worked_minutes", 0),
            "overtime_minutes": row.get("daily", 0) + row.get("beyond", 0),
            "late": row.get("late", 0),
            "absent": row.get("absent", 0),
            "open": still_open.get(department.pk, 0),
        }
    return found


def weekly_tell(*, now: datetime) -> int:
    """Tell managers of last week, one mail each, and webhooks of each department. Told once per week."""
    weeks: dict[tuple[date, date], list[Department]] = {}
    for department in Department.objects.select_related("site"):
        if (week := _week_for(department, now)) is not None:
            weeks.setdefault(week, []).append(department)
    return sum(_week_tell(departments, *week) for week, departments in weeks.items())


def _week_tell(departments: list[Department], first: date, last: date) -> int:
    keys = {f"{Event.WEEKLY}:{department.pk}:{first}": department for department in departments}
    told = set(Notice.objects.filter(key__in=keys).values_list("key", flat=True))
    fresh = [department for key, department in keys.items() if key not in told]
    if not fresh:
        return 0
    rows, span = figures(fresh, first, last), {"first": first.isoformat(), "last": last.isoformat()}
    by_user: dict[int, tuple[User, list[dict[str, Any]]]] = {}
    for department in fresh:
        for user in managers_for(Event.WEEKLY, department):
            by_user.setdefault(user.pk, (user, []))[1].append(rows[department.pk])
    made = [_user_tell(user, mine, first, span) for user, mine in by_user.values()]
    made += [_department_tell(department, rows[department.pk], first, span) for department in fresh]
    return sum(notice is not None for notice in made)


def _user_tell(user: User, mine: list[dict[str, Any]], first: date, span: dict[str, str]) -> Notice | None:
    return notice_tell(
        event=Event.WEEKLY,
        # By its departments too: those of another zone have their Monday later.
        key=f"{Event.WEEKLY}:user:{user.pk}:{first}:{min(row['id'] for row in mine)}",
        payload={**span, "departments": mine},
        users=[user],
        hooks=False,
    )


def _department_tell(
    department: Department, row: dict[str, Any], first: date, span: dict[str, str]
) -> Notice | None:
    return notice_tell(
        event=Event.WEEKLY,
        key=f"{Event.WEEKLY}:{department.pk}:{first}",
        payload={**span, "department": of_department(department), "figures": row},
        department=department,
    )
