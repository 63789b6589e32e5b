"""Pay periods: approved sheet by sheet, closed by a manager, reopened only with a reason."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.attendance import guards, seals, signals
from faceroster.attendance.days import day_start
from faceroster.attendance.due import due_mark
from faceroster.attendance.models import (
    Correction,
    DayStatus,
    Due,
    Period,
    PeriodEvent,
    PeriodEventKind,
    PeriodStatus,
    Workday,
)
from faceroster.attendance.timesheets import (
    TimesheetState,
    timesheet_approve,
    timesheet_send_back,
    timesheet_states,
)
from faceroster.attendance.workdays import people_lock, workdays_compute
from faceroster.core.errors import Conflict, NotAllowed
from faceroster.people.models import Department, Person
from faceroster.rosters.models import LeaveRequest, LeaveStatus
from faceroster.trust.models import User
from faceroster.trust.rights import is_administrator

__all__ = [
    "TimesheetState",
    "period_close",
    "period_of",
    "period_reopen",
    "timesheet_approve",
    "timesheet_send_back",
    "timesheet_states",
]

_DAY = timedelta(days=1)
#: Refusals that depend on what closing computes.
_OF_FIGURES = frozenset({"period.open_days", "period.not_approved"})


def period_of(*, department: Department, day: date) -> Period:
    """The department's period that ``day`` lies in: a calendar month, made if it is not there."""
    there = Period.objects.filter(department=department, first__lte=day, last__gte=day).first()
    if there is not None:
        return there
    last = calendar.monthrange(day.year, day.month)[1]
    period, _made = Period.objects.get_or_create(
        department=department, first=day.replace(day=1), defaults={"last": day.replace(day=last)}
    )
    return period


def period_close(*, period: Period, user: User, despite: bool = False) -> PeriodEvent:
    """Close ``period`` and seal every row of it. Rows that are missing or due to be computed come first, and
    are kept when sheets that they change must be approved again: nobody could see them otherwise.

    Args:
        period: Gets its new status and digest, also the object that is given.
        despite: Close although sheets are not approved. Only administrators may.

    Raises:
        NotAllowed: ``period.not_yours``; ``period.not_despite`` for others than administrators.
        Conflict: ``period.closed``; ``period.not_over`` before its last day has ended at the site;
            ``period.waiting`` while corrections or leave wait; ``period.open_days`` while somebody's last
            shift is still under way; ``period.not_approved`` (not with ``despite``). The last three name
            the people.
    """
    try:
        return _close(period, user, despite)
    except Conflict as refusal:
        if refusal.code in _OF_FIGURES:
            _rest_keep(period)
        raise


@transaction.atomic
def _rest_keep(period: Period) -> None:
    """What closing has computed went with its transaction."""
    locked = _locked(period)
    if locked.status == PeriodStatus.OPEN:
        _compute_rest(locked, _people_locked(locked))


@transaction.atomic
def _close(period: Period, user: User, despite: bool) -> PeriodEvent:
    locked = _locked(period)
    if not guards.decides_for(user, locked.department):
        raise NotAllowed("period.not_yours", _("You do not decide for this department."))
    if despite and not is_administrator(user):
        raise NotAllowed(
            "period.not_despite", _("Only an administrator may close a period with sheets that wait.")
        )
    if locked.status == PeriodStatus.CLOSED:
        raise guards.closed_error(locked)
    if timezone.now() < day_start(locked.last + _DAY, locked.department.site):
        raise Conflict("period.not_over", _("This period is not over yet."))
    ids = _people_locked(locked)
    _refuse_waiting(locked, ids)
    _compute_rest(locked, ids)
    _refuse_running(locked)
    if not despite:
        _refuse_unapproved(locked)
    event = seals.seal(locked, user=user)
    _set(period, locked, PeriodStatus.CLOSED)
    signals.period_closed.send(sender=Period, period=locked, event=event)
    return event


@transaction.atomic
def period_reopen(*, period: Period, user: User, reason: str) -> PeriodEvent:
    """Open a closed period again. What has come since then counts from now on.

    Approvals stay, and are outdated where figures change.

    Raises:
        NotAllowed: ``period.not_yours``.
        Conflict: ``period.not_closed``.
        InvalidInput: ``period.reason_missing``, ``period.reason_long``.
    """
    locked = _locked(period)
    if not guards.decides_for(user, locked.department):
        raise NotAllowed("period.not_yours", _("You do not decide for this department."))
    if locked.status != PeriodStatus.CLOSED:
        raise Conflict("period.not_closed", _("This period is not closed."))
    reason = guards.text_of(reason, code="period.reason", missing=_("Please say why the period is reopened."))
    ids = set(Workday.objects.filter(period=locked).order_by().values_list("person_id", flat=True))
    digest = locked.digest
    event = PeriodEvent.objects.create(
        period=locked,
        kind=PeriodEventKind.REOPENED,
        reason=reason,
        digest=digest,
        rows=seals.unseal(locked),
        made_by=user,
    )
    _set(period, locked, PeriodStatus.OPEN)
    due_mark(person_ids=ids, first=locked.first, last=locked.last)
    return event


def _locked(period: Period) -> Period:
    rows = Period.objects.select_for_update(of=("self",)).select_related("department__site")
    return rows.get(pk=period.pk)


def _set(given: Period, locked: Period, status: str) -> None:
    locked.status = status
    locked.save(update_fields=["status", "digest"])
    given.status, given.digest = locked.status, locked.digest


def _people_locked(period: Period) -> set[UUID]:
    """Everybody whose days the period may hold; nobody punches, corrects or computes for them meanwhile."""
    with_rows = Workday.objects.filter(department=period.department, day__range=(period.first, period.last))
    employed = Q(joined_on__isnull=True) | Q(joined_on__lte=period.last)
    employed &= Q(left_on__gte=period.first) | Q(left_on__isnull=True, active=True)
    theirs = Q(pk__in=with_rows.order_by().values("person")) | Q(department=period.department) & employed
    ids = set(Person.objects.filter(theirs).order_by().values_list("pk", flat=True))
    people_lock(ids)
    # In one order, so that two who close wait for each other in one direction only.
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    return ids


def _refuse_waiting(period: Period, ids: Collection[UUID]) -> None:
    """What waits could never be decided about afterwards."""
    corrections = Correction.objects.filter(
        person__in=ids, day__range=(period.first, period.last), verdict__isnull=True
    )
    waiting = list(corrections.order_by().values_list("person__name", flat=True))
    leave = LeaveRequest.objects.filter(
        person__in=ids, status=LeaveStatus.REQUESTED, first__lte=period.last, last__gte=period.first
    )
    waiting += leave.order_by().values_list("person__name", flat=True)
    if waiting:
        sentence = _("Corrections or leave are still to be decided about: %(names)s.")
        raise Conflict("period.waiting", sentence % {"names": guards.names(waiting)})


def _compute_rest(period: Period, ids: Collection[UUID]) -> None:
    """Compute the days of those who lack a row or have one that is due: the latest is what is sealed."""
    days = period.first, period.last
    length = (period.last - period.first).days + 1
    counted = Workday.objects.filter(person__in=ids, day__range=days).order_by().values("person")
    complete = set(counted.annotate(rows=Count("pk")).filter(rows=length).values_list("person_id", flat=True))
    # A night that is due may end or begin beside it, and a week with weekly overtime begin before it.
    around = (period.first - 7 * _DAY, period.last + _DAY)
    due = set(Due.objects.filter(person__in=ids, day__range=around).values_list("person_id", flat=True))
    rest = (set(ids) - complete) | due | set(_running(period).values_list("person_id", flat=True))
    if rest:
        workdays_compute(person_ids=rest, first=period.first, last=period.last, now=timezone.now())


def _running(period: Period) -> QuerySet[Workday]:
    """Days that were not over when they were computed."""
    running = Q(status__in=(DayStatus.AHEAD, DayStatus.RUNNING)) | Q(present=True)
    return seals.rows_of(period).filter(running).order_by()


def _refuse_running(period: Period) -> None:
    people = list(_running(period).values_list("person__name", flat=True))
    if people:
        sentence = _("A day of this period is still under way for: %(names)s.")
        raise Conflict("period.open_days", sentence % {"names": guards.names(people)})


def _refuse_unapproved(period: Period) -> None:
    with_days = set(
        seals.rows_of(period).exclude(status=DayStatus.NONE).order_by().values_list("person_id", flat=True)
    )
    states = timesheet_states(period)
    open_sheets = [key for key in with_days if not states[key].approved]
    if open_sheets:
        people = Person.objects.filter(pk__in=open_sheets).order_by().values_list("name", flat=True)
        sentence = _("These timesheets are not approved, or have changed since: %(names)s.")
        raise Conflict("period.not_approved", sentence % {"names": guards.names(people)})
