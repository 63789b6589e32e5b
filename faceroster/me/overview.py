"""What a person's first page says: now, this week, this month, the days ahead, and what needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from faceroster.attendance.days import working_day
from faceroster.attendance.models import Correction, DayStatus, Punch, Workday
from faceroster.consents.selectors import people_with_consent
from faceroster.enrollment.models import EnrollmentPhoto, PhotoStatus, Template
from faceroster.kiosks.models import Decision
from faceroster.me.days import Day, Sums, month_end, sums_of
from faceroster.people.models import Person
from faceroster.rosters.models import LeaveKind, LeaveRequest, LeaveStatus
from faceroster.rosters.selectors import Balance, Plan, leave_balances, plans_of
from faceroster.rosters.shifts import shift_minutes

_DAY = timedelta(days=1)
_AHEAD = 14
#: How far back days are pointed out that somebody should say something about.
_ASKED_FOR = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class PlannedDay:
    day: date
    plan: Plan
    today: bool

    @property
    def free(self) -> bool:
        return not self.plan.shifts or bool(self.plan.holiday)


@dataclass(frozen=True, slots=True)
class Overview:
    """``now``: in, out, late, expected, done, off or nothing: in what state the person is."""

    today: Day
    now: str
    week: Sums
    month: Sums
    ahead: list[PlannedDay]
    open_days: list[Day]
    corrections: list[Correction]
    leave: list[LeaveRequest]


def _now(row: Workday | None, moment: datetime) -> str:
    if row is None:
        return "nothing"
    if row.present:
        return "in"
    if row.first_in is not None:
        return "out" if row.status in (DayStatus.RUNNING, DayStatus.AHEAD) else "done"
    if row.status in (DayStatus.AHEAD, DayStatus.RUNNING):
        return "late" if row.late_from is not None and row.late_from <= moment else "expected"
    return "done" if row.status in (DayStatus.PRESENT, DayStatus.HALF, DayStatus.ABSENT) else "off"


def _present_row(rows: dict[date, Workday], today: date) -> Workday | None:
    """Yesterday's while somebody is still in from it: a night shift is the evening's."""
    before, row = rows.get(today - _DAY), rows.get(today)
    return before if before is not None and before.present and not (row and row.first_in) else row


def overview_of(person: Person, *, moment: datetime) -> Overview:
    """A bounded number of queries, however long the person has been here."""
    today = working_day(moment, person.department.site)
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    begin = min(monday, month, today - _ASKED_FOR)
    end = max(monday + 6 * _DAY, month_end(month))
    found = Workday.objects.filter(person=person, day__range=(begin, end)).order_by("day")
    rows = {row.day: row for row in found.defer("trace").select_related("period")}
    row = _present_row(rows, today)
    shown_until = today + (_AHEAD - 1) * _DAY
    plans = {
        day: plan for (_, day), plan in plans_of([person], first=today, last=max(end, shown_until)).items()
    }
    return Overview(
        today=Day(row.day if row else today, row),
        now=_now(row, moment),
        week=_with_plan(rows, plans, monday, monday + 6 * _DAY),
        month=_with_plan(rows, plans, month, month_end(month)),
        ahead=[
            PlannedDay(day, plan, day == today) for day, plan in sorted(plans.items()) if day <= shown_until
        ],
        open_days=[
            Day(day, each)
            for day, each in reversed(rows.items())
            if (each.missed_out or each.missed_in) and each.period_id is None and day <= today
        ],
        corrections=list(corrections_of(person).filter(verdict__isnull=True)),
        leave=list(leave_of(person).filter(status=LeaveStatus.REQUESTED)),
    )


def _with_plan(rows: dict[date, Workday], plans: dict[date, Plan], first: date, last: date) -> Sums:
    """Days that have no row yet are due as they are planned."""
    sums = sums_of(row for day, row in rows.items() if first <= day <= last)
    ahead = sum(_due(plan) for day, plan in plans.items() if first <= day <= last and day not in rows)
    return replace(sums, planned=sums.planned + ahead)


def _due(plan: Plan) -> int:
    if not plan.worked:
        return 0
    minutes = 0
    for version in plan.shifts:
        unpaid = 0 if version.break_paid else version.break_minutes
        length = shift_minutes(version) - unpaid
        minutes += length if version.target_minutes is None else version.target_minutes
    return minutes


def corrections_of(person: Person) -> QuerySet[Correction]:
    """The person's corrections, the newest first, with what they are about."""
    return (
        Correction.objects.filter(person=person)
        .select_related("verdict__decided_by", "punch", "added", "site")
        .order_by("-created_at")
    )


def leave_of(person: Person) -> QuerySet[LeaveRequest]:
    return LeaveRequest.objects.filter(person=person).select_related("kind", "decided_by")


@dataclass(frozen=True, slots=True)
class KindBalance:
    kind: LeaveKind
    balance: Balance

    @property
    def gone(self) -> int:
        """How much is taken or planned, in per cent."""
        entitled = self.balance.entitled
        if not entitled:
            return 0
        return min(100, round(100 * (self.balance.taken + self.balance.planned) / entitled))


def balances_of(person: Person, year: int) -> list[KindBalance]:
    kinds = list(LeaveKind.objects.filter(active=True))
    found = leave_balances([person], kinds, year)
    return [KindBalance(kind, found[person.pk, kind.pk]) for kind in kinds]


@dataclass(frozen=True, slots=True)
class Stored:
    """What is kept about a person, in numbers."""

    photos: int
    photos_used: int
    templates: int
    punches: int
    decisions: int
    workdays: int
    corrections: int
    leave: int
    first_punch: date | None


def stored_about(person: Person) -> Stored:
    photos = EnrollmentPhoto.objects.filter(person=person).aggregate(
        all=Count("pk"),
        used=Count("pk", filter=Q(status=PhotoStatus.ACCEPTED, person__in=people_with_consent())),
    )
    punches = Punch.objects.filter(person=person)
    return Stored(
        photos=photos["all"],
        photos_used=photos["used"],
        templates=Template.objects.filter(person=person).count(),
        punches=punches.count(),
        decisions=Decision.objects.filter(person=person).count(),
        workdays=Workday.objects.filter(person=person).count(),
        corrections=Correction.objects.filter(person=person).count(),
        leave=LeaveRequest.objects.filter(person=person).count(),
        first_punch=punches.order_by("at").values_list("day", flat=True).first(),
    )
