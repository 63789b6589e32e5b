"""What managers said about each person's period, in the words of the pages."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Max

from faceroster.attendance.models import Period, TimesheetEventKind
from faceroster.attendance.periods import TimesheetState, timesheet_states
from faceroster.reports.timesheets.sheets import DayFigures, SheetState

_KEPT = 64
#: Of the periods looked at last: what the states were made of, and the states. Whether approved figures are
#: still the same takes a hash over each row; it is made once and not again for every look at a page.
_last: OrderedDict[UUID, tuple[object, dict[UUID, SheetState]]] = OrderedDict()


def sheet_states(period: Period, days: Iterable[DayFigures]) -> dict[UUID, SheetState]:
    """The state of everyone who has days in ``period``. ``days``: all of its rows as they are now."""
    said = period.sheet_events.order_by().aggregate(Count("pk"), Max("created_at"))
    made_of = (period.status, period.digest, *said.values(), hash(tuple(days)))
    known = _last.get(period.pk)
    if known is None or known[0] != made_of:
        states = {person_id: _state(word) for person_id, word in timesheet_states(period).items()}
        known = _last[period.pk] = (made_of, states)
        while len(_last) > _KEPT:
            _last.popitem(last=False)
    return known[1]


def sheet_state(period: Period, person_id: UUID) -> SheetState:
    """The state of one person's sheet."""
    said = timesheet_states(period).get(person_id)
    return _state(said) if said else SheetState.OPEN


def _state(said: TimesheetState) -> SheetState:
    if said.outdated:
        return SheetState.OUTDATED
    if said.kind == TimesheetEventKind.APPROVED:
        return SheetState.APPROVED
    return SheetState.SENT_BACK if said.kind == TimesheetEventKind.SENT_BACK else SheetState.OPEN
