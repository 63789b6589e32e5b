"""Asking for leave, and deciding about it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.people.models import Person
from faceroster.rosters.balances import days_taken, leave_balance
from faceroster.rosters.clock import today_at
from faceroster.rosters.guards import is_own
from faceroster.rosters.models import DayPart, LeaveKind, LeaveRequest, LeaveStatus
from faceroster.rosters.shifts import checked
from faceroster.rosters.signals import leave_decided, leave_requested, leave_withdrawn, plan_changed
from faceroster.trust.models import User

#: How far back people may ask for themselves: sickness is told of afterwards.
OWN_DAYS_BACK = 31
_LONGEST = 366


@transaction.atomic
def leave_request(
    *,
    person: Person,
    kind: LeaveKind,
    first: date,
    last: date,
    user: User | None,
    part: str = DayPart.WHOLE,
    reason: str = "",
) -> LeaveRequest:
    """Ask for leave; it counts once it is approved.

    Raises:
        InvalidInput: ``leave.order``, ``leave.part`` (half of several days), ``leave.kind`` (not in use),
            ``leave.too_long``, ``leave.nothing`` (no day of work lies within), ``leave.past`` (too long ago
            for the person themselves), InvalidFields ``leave.invalid``.
        Conflict: ``leave.overlap``, ``leave.balance``.
    """
    leave = _stored(person, kind, first, last, user, part, reason)
    leave_requested.send(LeaveRequest, leave=leave)
    return leave


@transaction.atomic
def leave_enter(
    *,
    person: Person,
    kind: LeaveKind,
    first: date,
    last: date,
    user: User,
    part: str = DayPart.WHOLE,
    reason: str = "",
    answer: str = "",
) -> LeaveRequest:
    """Ask for somebody else's leave and approve it in one step, for those who decide.

    Raises:
        As ``leave_request`` and ``leave_decide``.
    """
    _refuse_own(person, user)
    return _decided(_stored(person, kind, first, last, user, part, reason), user, True, answer)


@transaction.atomic
def leave_decide(*, leave: LeaveRequest, user: User, approved: bool, answer: str = "") -> LeaveRequest:
    """Say yes or no to a request that waits. Whether ``user`` decides about the person's department at all,
    the caller knows.

    Raises:
        NotAllowed: ``leave.own``. Conflict: ``leave.decided``, ``leave.balance``.
        InvalidFields: ``leave.invalid``.
    """
    leave = _locked(leave)
    _refuse_own(leave.person, user)
    if leave.status != LeaveStatus.REQUESTED:
        raise Conflict("leave.decided", _("This request does not wait for an answer any more."))
    if approved:
        _check_balance(leave)
    return _decided(leave, user, approved, answer)


@transaction.atomic
def leave_withdraw(*, leave: LeaveRequest, user: User) -> LeaveRequest:
    """Take back a request, or leave that was approved: the person themselves before it begins, others always.

    Raises:
        Conflict: ``leave.begun``, ``leave.over`` (refused or withdrawn already).
    """
    leave = _locked(leave)
    was = leave.status
    if was not in (LeaveStatus.REQUESTED, LeaveStatus.APPROVED):
        raise Conflict("leave.over", _("This leave was refused or withdrawn already."))
    begun = leave.first <= today_at(leave.person.department.site)
    if was == LeaveStatus.APPROVED and begun and is_own(leave.person, user):
        raise Conflict("leave.begun", _("This leave has begun. Ask whoever decides about it."))
    leave.status = LeaveStatus.WITHDRAWN
    leave.save(update_fields=["status"])
    if was == LeaveStatus.APPROVED:
        _tell(leave)
    leave_withdrawn.send(LeaveRequest, leave=leave, was=was)
    return leave


def _stored(
    person: Person, kind: LeaveKind, first: date, last: date, user: User | None, part: str, reason: str
) -> LeaveRequest:
    if last < first:
        raise InvalidInput("leave.order", _("The last day is before the first."))
    if part != DayPart.WHOLE and first != last:
        raise InvalidInput("leave.part", _("Half of a day is asked for one day at a time."))
    if not kind.active:
        raise InvalidInput("leave.kind", _("This kind of leave is not in use any more."))
    if (last - first).days >= _LONGEST:
        raise InvalidInput("leave.too_long", _("Ask for a year at most at a time."))
    # One after the other, so that two requests cannot both take the last day.
    rows = Person.objects.select_for_update(no_key=True, of=("self",))
    person = rows.select_related("department__site").get(pk=person.pk)
    earliest = today_at(person.department.site) - timedelta(days=OWN_DAYS_BACK)
    if first < earliest and is_own(person, user):
        raise InvalidInput("leave.past", _("That is too long ago. Ask whoever decides about your leave."))
    leave = LeaveRequest(
        person=person, kind=kind, first=first, last=last, part=part, reason=reason.strip(), requested_by=user
    )
    checked(leave, "leave.invalid")
    _check_overlap(leave)
    if not days_taken([leave])[leave.pk]:
        raise InvalidInput("leave.nothing", _("No day of work lies within these days."))
    _check_balance(leave)
    leave.save()
    return leave


def _check_overlap(leave: LeaveRequest) -> None:
    others = LeaveRequest.objects.filter(
        person=leave.person,
        status__in=(LeaveStatus.REQUESTED, LeaveStatus.APPROVED),
        first__lte=leave.last,
        last__gte=leave.first,
    )
    halves = {DayPart.MORNING, DayPart.AFTERNOON}
    if any({leave.part, other.part} != halves for other in others):
        raise Conflict("leave.overlap", _("There is leave on some of these days already."))


def _check_balance(leave: LeaveRequest) -> None:
    if not leave.kind.limited:
        return
    wanted: dict[int, Decimal] = {}
    for day, share in days_taken([leave])[leave.pk].items():
        wanted[day.year] = wanted.get(day.year, Decimal(0)) + share
    for year, days in wanted.items():
        left = leave_balance(leave.person, leave.kind, year, without=leave.pk).left
        if left is not None and days > left:
            raise Conflict(
                "leave.balance",
                _("Not enough days are left in %(year)s: %(wanted)s asked for, %(left)s left.")
                % {"year": year, "wanted": days_text(days), "left": days_text(max(left, Decimal(0)))},
            )


def days_text(days: Decimal) -> str:
    """A number of days as people write it: 2 or 2.5."""
    return str(number_format(days.normalize() if days % 1 else int(days)))


def _decided(leave: LeaveRequest, user: User, approved: bool, answer: str) -> LeaveRequest:
    leave.status = LeaveStatus.APPROVED if approved else LeaveStatus.REFUSED
    leave.decided_by, leave.decided_at, leave.answer = user, timezone.now(), answer.strip()
    checked(leave, "leave.invalid")
    leave.save(update_fields=["status", "decided_by", "decided_at", "answer"])
    if approved:
        _tell(leave)
    leave_decided.send(LeaveRequest, leave=leave)
    return leave


def _locked(leave: LeaveRequest) -> LeaveRequest:
    """The row as it is now. The person first, as everywhere: whoever asks meanwhile waits."""
    Person.objects.select_for_update(no_key=True, of=("self",)).get(pk=leave.person_id)
    rows = LeaveRequest.objects.select_for_update(of=("self",))
    return rows.select_related("person__department__site", "kind").get(pk=leave.pk)


def _refuse_own(person: Person, user: User) -> None:
    if is_own(person, user):
        raise NotAllowed("leave.own", _("Nobody decides about their own leave."))


def _tell(leave: LeaveRequest) -> None:
    plan_changed.send(
        LeaveRequest,
        person_ids=[leave.person_id],
        site_id=None,
        department_id=None,
        first=leave.first,
        last=leave.last,
    )
