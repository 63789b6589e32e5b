"""What is told of each event, and to whom. Every function may run twice: a key is told once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from faceroster.attendance.models import Correction, DayStatus, PeriodEvent, Verdict, Workday
from faceroster.notices.choices import managers_for, person_for
from faceroster.notices.models import Event, Notice
from faceroster.notices.services import notice_tell, notice_withdraw
from faceroster.people.models import Department, Person
from faceroster.rosters.models import LeaveRequest, LeaveStatus

#: Older days are computed anew now and then; nobody wants to read of them.
RECENT = timedelta(days=3)
#: Who has not come for as long as this after they were late is absent, and told of by the day itself.
LATE_FOR = timedelta(hours=6)
#: So many at a time; the next minute brings the rest.
_AT_A_TIME = 500


def of_person(person: Person) -> dict[str, Any]:
    return {"id": str(person.pk), "number": person.employee_number, "name": person.name}


def of_department(department: Department) -> dict[str, Any]:
    return {"id": str(department.pk), "name": department.name, "site": department.site.name}


def _about(person: Person, department: Department | None = None) -> dict[str, Any]:
    return {"person": of_person(person), "department": of_department(department or person.department)}


def _untold(workdays: QuerySet[Workday], event: str) -> Iterable[Workday]:
    """The first of ``workdays`` that nobody was told of yet. Two queries, and a row each for those left."""
    rows = workdays.select_related("person__user", "department__site").order_by("day", "pk")
    found = {f"{event}:{row.person_id}:{row.day}": row for row in rows[: 4 * _AT_A_TIME]}
    told = set(Notice.objects.filter(key__in=found).values_list("key", flat=True))
    return [row for key, row in found.items() if key not in told][:_AT_A_TIME]


def late_tell(*, now: datetime) -> int:
    """Tell of everybody who is expected and has not come by the time from which that is late."""
    rows = Workday.objects.filter(
        day__range=((now - timedelta(days=2)).date(), (now + timedelta(days=1)).date()),
        status__in=(DayStatus.AHEAD, DayStatus.RUNNING),
        first_in__isnull=True,
        late_from__range=(now - LATE_FOR, now),
        excused=False,
        person__active=True,
    )
    return sum(_late(row) is not None for row in _untold(rows, Event.LATE))


def _late(row: Workday) -> Notice | None:
    expected = row.expected_start or row.late_from
    local = expected.astimezone(ZoneInfo(row.zone)) if expected else None
    return notice_tell(
        event=Event.LATE,
        key=f"{Event.LATE}:{row.person_id}:{row.day}",
        payload={
            **_about(row.person, row.department),
            "day": row.day.isoformat(),
            "expected": f"{local:%H:%M}" if local else "",
        },
        users=managers_for(Event.LATE, row.department, person=row.person),
        department=row.department,
        person=row.person,
    )


def missed_tell(*, now: datetime) -> int:
    """Tell of every missed check-out of the last days that is still missed."""
    rows = Workday.objects.filter(
        day__range=((now - RECENT).date(), (now + timedelta(days=1)).date()),
        missed_out=True,
        person__active=True,
    )
    return sum(missed_out_tell(row) is not None for row in _untold(rows, Event.MISSED_OUT))


def missed_out_tell(row: Workday) -> Notice | None:
    """Tell the person, who can say when they left, and their managers."""
    return notice_tell(
        event=Event.MISSED_OUT,
        key=f"{Event.MISSED_OUT}:{row.person_id}:{row.day}",
        payload={**_about(row.person, row.department), "day": row.day.isoformat()},
        users=[
            *person_for(Event.MISSED_OUT, row.person),
            *managers_for(Event.MISSED_OUT, row.department, person=row.person),
        ],
        department=row.department,
        person=row.person,
    )


def correction_waiting_tell(correction: Correction) -> Notice | None:
    person = correction.person
    return notice_tell(
        event=Event.CORRECTION_WAITING,
        key=f"{Event.CORRECTION_WAITING}:{correction.pk}",
        payload={
            **_about(person),
            "correction": str(correction.pk),
            "kind": correction.kind,
            "day": correction.day.isoformat(),
            "reason": correction.reason,
        },
        users=managers_for(
            Event.CORRECTION_WAITING, person.department, person=person, actor=correction.requested_by
        ),
        department=person.department,
        person=person,
    )


def correction_decided_tell(correction: Correction, verdict: Verdict) -> Notice | None:
    """Tell the person; who was to decide need not be told any more that it waits."""
    person = correction.person
    notice_withdraw(key=f"{Event.CORRECTION_WAITING}:{correction.pk}")
    return notice_tell(
        event=Event.CORRECTION_DECIDED,
        key=f"{Event.CORRECTION_DECIDED}:{correction.pk}",
        payload={
            **_about(person),
            "correction": str(correction.pk),
            "day": correction.day.isoformat(),
            "approved": verdict.approved,
            "reason": correction.reason,
            "answer": verdict.note,
        },
        users=person_for(Event.CORRECTION_DECIDED, person, actor=verdict.decided_by),
        department=person.department,
        person=person,
    )


def leave_tell(leave: LeaveRequest) -> Notice | None:
    """Tell of leave as it stands: that it waits, or how it was decided. Withdrawn leave is told to nobody."""
    waiting = f"{Event.LEAVE_WAITING}:{leave.pk}"
    if leave.status != LeaveStatus.REQUESTED:
        notice_withdraw(key=waiting)
    if leave.status == LeaveStatus.WITHDRAWN:
        return None
    person, asks = leave.person, leave.status == LeaveStatus.REQUESTED
    event = Event.LEAVE_WAITING if asks else Event.LEAVE_DECIDED
    payload = {
        **_about(person),
        "leave": str(leave.pk),
        "what": leave.kind.name,
        "part": leave.part,
        "first": leave.first.isoformat(),
        "last": leave.last.isoformat(),
    }
    if asks:
        payload["reason"] = leave.reason
        users = managers_for(event, person.department, person=person, actor=leave.requested_by)
    else:
        payload |= {"approved": leave.status == LeaveStatus.APPROVED, "answer": leave.answer}
        users = person_for(event, person, actor=leave.decided_by)
    return notice_tell(
        event=event,
        key=waiting if asks else f"{event}:{leave.pk}:{leave.status}",
        payload=payload,
        users=users,
        department=person.department,
        person=person,
    )


def period_closed_tell(happened: PeriodEvent) -> Notice | None:
    period, by = happened.period, happened.made_by
    return notice_tell(
        event=Event.PERIOD_CLOSED,
        key=f"{Event.PERIOD_CLOSED}:{happened.pk}",
        payload={
            "department": of_department(period.department),
            "period": str(period.pk),
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "rows": happened.rows,
            "digest": happened.digest,
            "by": (by.get_full_name() or by.get_username()) if by else "",
        },
        users=managers_for(Event.PERIOD_CLOSED, period.department, actor=by),
        department=period.department,
    )


def is_recent(day: date, now: datetime) -> bool:
    return day >= (now - RECENT).date()
