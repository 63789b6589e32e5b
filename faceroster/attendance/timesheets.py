"""A manager's word on one person's period: approved, or sent back. The last word counts while it fits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from faceroster.attendance import guards, seals, signals
from faceroster.attendance.models import (
    DayStatus,
    Period,
    PeriodStatus,
    TimesheetEvent,
    TimesheetEventKind,
)
from faceroster.core.errors import InvalidInput
from faceroster.people.models import Person
from faceroster.trust.models import User


@dataclass(frozen=True)
class TimesheetState:
    """``kind`` is empty until somebody has said something. ``outdated``: the figures of an approved sheet are
    no longer those that were approved.
    """

    kind: str = ""
    by: User | None = None
    at: datetime | None = None
    note: str = ""
    outdated: bool = False

    @property
    def approved(self) -> bool:
        """Approved as the figures are now."""
        return self.kind == TimesheetEventKind.APPROVED and not self.outdated


def timesheet_approve(*, period: Period, person: Person, user: User, note: str = "") -> TimesheetEvent:
    """Approve the figures of ``person`` in ``period`` as they are now.

    Raises:
        NotAllowed: ``timesheet.not_yours``, ``timesheet.own``.
        Conflict: ``period.closed``.
        InvalidInput: ``timesheet.empty`` for somebody without a day in the period; ``timesheet.note_long``.
    """
    return _say(TimesheetEventKind.APPROVED, period, person, user, note)


def timesheet_send_back(*, period: Period, person: Person, user: User, note: str = "") -> TimesheetEvent:
    """Send it back, with a note on what is wrong. Raises what :func:`timesheet_approve` raises."""
    return _say(TimesheetEventKind.SENT_BACK, period, person, user, note)


@transaction.atomic
def _say(kind: str, period: Period, person: Person, user: User, note: str) -> TimesheetEvent:
    # Closing takes this lock too: no word comes in between its look at the sheets and its end.
    period = Period.objects.select_for_update(of=("self",)).select_related("department").get(pk=period.pk)
    guards.must_decide_in(user, period.department, person, "timesheet")
    note = guards.note_of(note, code="timesheet.note")
    if period.status == PeriodStatus.CLOSED:
        raise guards.closed_error(period)
    digest = seals.timesheet_digest(period, person.pk)
    if not digest:
        raise InvalidInput("timesheet.empty", _("This person has no days in this period."))
    event = TimesheetEvent.objects.create(
        period=period, person=person, kind=kind, note=note, digest=digest, made_by=user
    )
    signals.timesheet_decided.send(sender=TimesheetEvent, event=event)
    return event


def timesheet_states(period: Period) -> dict[UUID, TimesheetState]:
    """The state of the sheet of everybody who has days in ``period``, by person id. Three queries at most."""
    rows = seals.rows_of(period).exclude(status=DayStatus.NONE).order_by()
    states = dict.fromkeys(rows.values_list("person_id", flat=True).distinct(), TimesheetState())
    last: dict[UUID, TimesheetEvent] = {}
    for event in period.sheet_events.select_related("made_by").order_by("created_at", "pk"):
        last[event.person_id] = event
    approved = [key for key, event in last.items() if event.kind == TimesheetEventKind.APPROVED]
    digests = seals.timesheet_digests(period, approved)
    for key, event in last.items():
        outdated = event.kind == TimesheetEventKind.APPROVED and digests.get(key) != event.digest
        states[key] = TimesheetState(event.kind, event.made_by, event.created_at, event.note, outdated)
    return states
