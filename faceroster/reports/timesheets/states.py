"""What managers said about each person's period, in the words of the pages."""

from __future__ import annotations

from uuid import UUID

from faceroster.attendance.models import Period, TimesheetEventKind
from faceroster.attendance.periods import TimesheetState, timesheet_states
from faceroster.reports.timesheets.sheets import SheetState


def sheet_states(period: Period) -> dict[UUID, SheetState]:
    """The state of everyone who has days in ``period``."""
    return {person_id: _state(said) for person_id, said in timesheet_states(period).items()}


def _state(said: TimesheetState) -> SheetState:
    if said.outdated:
        return SheetState.OUTDATED
    if said.kind == TimesheetEventKind.APPROVED:
        return SheetState.APPROVED
    return SheetState.SENT_BACK if said.kind == TimesheetEventKind.SENT_BACK else SheetState.OPEN
