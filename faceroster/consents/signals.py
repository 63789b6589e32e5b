"""What other apps may listen to. Both are sent inside the transaction that makes the change."""

from __future__ import annotations

from django.dispatch import Signal

#: ``person``, ``consent`` and ``returning``: whether there was none in force just before.
consent_signed = Signal()
#: ``person`` and ``consent``, which was withdrawn or has expired. Not sent when it is signed anew.
consent_ended = Signal()
