"""News of attendance, for whoever stands above it. Each is sent with keyword arguments.

``correction_requested``, ``correction_decided``, ``period_closed``, ``finding_resolved`` and
``timesheet_decided`` are sent inside the transaction that wrote the row, so that what a receiver writes comes
and goes with it; who wants to reach the outside (mail, webhooks) does so in ``transaction.on_commit``. An
error of a receiver undoes the whole. ``workday_stored`` is sent after the commit, once the rows are there to
stay, and an error of a receiver is logged.
"""

from __future__ import annotations

from django.dispatch import Signal

#: ``correction``: a Correction that waits for a verdict. Not sent for one that was decided as it was made.
correction_requested = Signal()

#: ``correction``, ``verdict``.
correction_decided = Signal()

#: ``workday``: as it is stored now. ``before``: the row as it was, None if there was none. Sent for every row
#: that is new or other than it was, also of days long ago: whoever writes to people looks at the day first.
workday_stored = Signal()

#: ``period``, ``event``: the PeriodEvent of closing. ``period.status`` is closed and ``period.digest`` set.
period_closed = Signal()

#: ``resolution``.
finding_resolved = Signal()

#: ``event``: a TimesheetEvent, of approving or of sending back.
timesheet_decided = Signal()
