"""Settling findings, one or many at once: each in its own transaction, so that one refusal stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.attendance.corrections import correction_decide, correction_make
from faceroster.attendance.days import working_day
from faceroster.attendance.models import Correction, CorrectionKind, Direction, Due, Finding, Punch, Workday
from faceroster.attendance.resolutions import finding_resolve
from faceroster.core.errors import Conflict, FaceRosterError, InvalidInput
from faceroster.kiosks.models import Decision
from faceroster.people.models import Person
from faceroster.reports.exceptions.faces import visit_of
from faceroster.reports.exceptions.findings import IS_SO, Tab
from faceroster.reports.today.moments import instant_of
from faceroster.trust.models import User

_DAY = timedelta(days=1)


class Action(TextChoices):
    """What can be done about a finding."""

    SHIFT_END = "shift_end", gettext_lazy("Check-out at the end of the shift")
    SHIFT_START = "shift_start", gettext_lazy("Check-in at the start of the shift")
    AT = "at", gettext_lazy("At this time")
    EXCUSE = "excuse", gettext_lazy("Excuse")
    DISMISS = "dismiss", gettext_lazy("Leave as it is")
    ASSIGN = "assign", gettext_lazy("It was this person")
    APPROVE = "approve", gettext_lazy("Approve")
    REFUSE = "refuse", gettext_lazy("Refuse")


#: What the page offers for each tab, the usual one first.
ACTIONS: dict[Tab, tuple[Action, ...]] = {
    Tab.MISSED_OUT: (Action.SHIFT_END, Action.AT, Action.DISMISS),
    Tab.MISSED_IN: (Action.SHIFT_START, Action.AT, Action.DISMISS),
    Tab.LATE: (Action.EXCUSE,),
    Tab.EARLY: (Action.EXCUSE,),
    Tab.ABSENT: (Action.EXCUSE,),
    Tab.UNKNOWN_FACE: (Action.DISMISS, Action.ASSIGN),
    Tab.AMBIGUOUS: (Action.DISMISS, Action.ASSIGN),
    Tab.CORRECTION: (Action.APPROVE, Action.REFUSE),
    Tab.CLOSED_PUNCH: (Action.DISMISS,),
}


@dataclass(frozen=True)
class Answer:
    """What somebody said. ``clock``: like 17:30. ``person`` and ``direction``: whose punch a face was."""

    action: Action
    reason: str
    clock: str = ""
    person: Person | None = None
    direction: str = ""


@dataclass(frozen=True)
class Solved:
    """What came of one row. ``code`` and ``message`` say why it stays, empty when it is settled."""

    key: UUID
    label: str
    day: date
    code: str = ""
    message: str = ""


def answer_check(tab: Tab, answer: Answer) -> None:
    """Refuse what no row could be settled by.

    Raises:
        InvalidInput: ``exception.action_unknown``, ``exception.reason_missing``, ``exception.time_missing``,
            ``exception.person_missing`` or ``exception.direction_missing``.
    """
    if answer.action not in ACTIONS[tab]:
        raise InvalidInput("exception.action_unknown", _("Please choose what is to be done."))
    if not answer.reason.strip() and answer.action is not Action.APPROVE:
        raise InvalidInput("exception.reason_missing", _("Please give a reason."))
    if answer.action is Action.AT and _time(answer.clock) is None:
        raise InvalidInput("exception.time_missing", _("Please give the time."))
    if answer.action is Action.ASSIGN and answer.person is None:
        raise InvalidInput("exception.person_missing", _("Please choose one of your people."))
    if answer.action is Action.ASSIGN and answer.direction not in Direction.values:
        raise InvalidInput("exception.direction_missing", _("Please say whether it was in or out."))


def _time(clock: str) -> time | None:
    try:
        return time.fromisoformat(clock)
    except ValueError:
        return None


def exceptions_solve(*, tab: Tab, rows: Iterable[Any], answer: Answer, user: User) -> list[Solved]:
    """Settle ``rows`` of ``tab``: workdays, first decisions of visits, corrections or punches.

    Each that cannot be settled says why; the others are. Raises what :func:`answer_check` raises.
    """
    answer_check(tab, answer)
    solve = _SOLVERS.get(tab, _solve_day)
    solved = []
    for row in rows:
        try:
            with transaction.atomic():
                solve(tab, row, answer, user)
        except FaceRosterError as error:
            solved.append(Solved(row.pk, _label(row), _day(row), error.code, error.message))
        else:
            solved.append(Solved(row.pk, _label(row), _day(row)))
    return solved


def _label(row: Workday | Decision | Correction | Punch) -> str:
    return str(row.kiosk or row.site) if isinstance(row, Decision) else row.person.name


def _day(row: Workday | Decision | Correction | Punch) -> date:
    return working_day(row.created_at, row.site) if isinstance(row, Decision) else row.day


def _gone() -> Conflict:
    return Conflict("exception.gone", _("Somebody has settled this already."))


def _solve_day(tab: Tab, row: Workday, answer: Answer, user: User) -> None:
    # Whoever comes second waits here, and then finds the day settled or marked to be computed anew.
    Person.objects.select_for_update(no_key=True).get(pk=row.person_id)
    still = Workday.objects.filter(IS_SO[tab], pk=row.pk).exists()
    if not still:
        raise _gone()
    if Due.objects.filter(person=row.person_id, day=row.day).exists():
        raise Conflict("exception.pending", _("This day is being computed anew. Please look again soon."))
    if answer.action in (Action.DISMISS, Action.EXCUSE):
        finding_resolve(finding=tab.value, day=row.day, reason=answer.reason, user=user, person=row.person)
        return
    out = tab is Tab.MISSED_OUT
    correction_make(
        person=row.person,
        kind=CorrectionKind.ADD,
        day=row.day,
        user=user,
        reason=answer.reason,
        at=_missed_at(row, answer, out=out),
        direction=Direction.OUT if out else Direction.IN,
        site=row.site,
    )


def _missed_at(row: Workday, answer: Answer, *, out: bool) -> datetime:
    """When the missing punch was: at the shift's own time, or at the clock's on the day that fits."""
    expected = row.expected_end if out else row.expected_start
    other = row.first_in if out else row.last_out
    if answer.action is Action.AT:
        return _clock_at(row, answer.clock, expected, other, out=out)
    if expected is None:
        raise InvalidInput("exception.no_shift", _("This day has no shift. Please give the time."))
    if (row.last_out if out else row.first_in) is not None:
        raise InvalidInput(
            "exception.several_spans",
            _("There are other punches on this day. Please open it, or give the time."),
        )
    if not _fits(expected, other, out=out):
        raise _crossed()
    return expected


def _crossed() -> InvalidInput:
    sentence = _("That would be before coming or after leaving. Please give the time.")
    return InvalidInput("exception.time_crossed", sentence)


def _fits(moment: datetime, other: datetime | None, *, out: bool) -> bool:
    return other is None or (moment > other if out else moment < other)


def _clock_at(
    row: Workday, clock: str, expected: datetime | None, other: datetime | None, *, out: bool
) -> datetime:
    """A night's punch may be of the next date: of the two that fit, the one nearest to the shift's own."""
    both = [instant_of(f"{(row.day + n * _DAY).isoformat()}T{clock}", row.zone) for n in range(2)]
    fitting = [moment for moment in both if _fits(moment, other, out=out)]
    if not fitting:
        raise _crossed()
    moments = [moment for moment in fitting if moment <= timezone.now()] or fitting
    return min(moments, key=lambda moment: abs(moment - expected)) if expected else moments[0]


def _solve_face(tab: Tab, head: Decision, answer: Answer, user: User) -> None:
    Decision.objects.select_for_update(no_key=True, of=("self",)).get(pk=head.pk)
    visit, day = visit_of(head), working_day(head.created_at, head.site)
    if not visit or visit[0].pk != head.pk:
        raise _gone()
    if answer.action is Action.ASSIGN:
        assert answer.person is not None  # by answer_check
        correction_make(
            person=answer.person,
            kind=CorrectionKind.ADD,
            day=day,
            user=user,
            reason=answer.reason,
            at=head.created_at,
            direction=answer.direction,
            site=head.site,
        )
    for decision in visit:
        finding_resolve(finding=tab.value, day=day, reason=answer.reason, user=user, decision=decision)


def _solve_correction(tab: Tab, row: Correction, answer: Answer, user: User) -> None:
    approved = answer.action is Action.APPROVE
    correction_decide(correction=row, user=user, approved=approved, note=answer.reason)


def _solve_punch(tab: Tab, row: Punch, answer: Answer, user: User) -> None:
    finding_resolve(
        finding=Finding.CLOSED_PUNCH, day=row.day, reason=answer.reason, user=user, person=row.person
    )


_SOLVERS: dict[Tab, Callable[[Tab, Any, Answer, User], None]] = {
    Tab.UNKNOWN_FACE: _solve_face,
    Tab.AMBIGUOUS: _solve_face,
    Tab.CORRECTION: _solve_correction,
    Tab.CLOSED_PUNCH: _solve_punch,
}
