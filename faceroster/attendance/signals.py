"""News of attendance for whoever is above: sent after the commit, so that what they tell of is stored."""

from __future__ import annotations

from django.dispatch import Signal

#: A day's row is new or other than it was. ``workday``, and ``before``: the row as it was, None for a new one.
#: Sent for every such row, of any day: who writes to people must look at how old the day is.
workday_stored = Signal()

#: ``correction``: somebody asks for it.
correction_requested = Signal()

#: ``correction`` and ``verdict``: it was approved or refused.
correction_decided = Signal()
