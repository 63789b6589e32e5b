"""News of rosters, for whoever stands above them. Each is sent with keyword arguments.

All are sent inside the transaction that wrote the rows: what a receiver writes comes and goes with them, and
an error of a receiver (a period that is closed) undoes the whole. Who wants to reach the outside does so in
``transaction.on_commit``.
"""

from __future__ import annotations

from django.dispatch import Signal

#: What somebody is expected to do may have changed on the days from ``first`` to ``last``. ``last`` is None
#: where there is no end: until further notice. ``person_ids``: a list of UUIDs, and then exactly these people
#: are meant. Where it is None, it is everyone of ``department_id``; where that is None too, of ``site_id``.
plan_changed = Signal()

#: ``leave``: a LeaveRequest that waits. Not sent for one that was approved as it was entered.
leave_requested = Signal()

#: ``leave``: a LeaveRequest that was approved or refused just now.
leave_decided = Signal()

#: ``leave``: a LeaveRequest that was withdrawn. ``was``: its status before, requested or approved.
leave_withdrawn = Signal()
