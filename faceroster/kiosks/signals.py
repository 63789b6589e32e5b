"""News of kiosks, for whoever stands above them. Each is sent with keyword arguments."""

from __future__ import annotations

from django.dispatch import Signal

#: ``kiosk``: one from before there were keys, whose first key was taken on trust. Sent inside the transaction
#: that stored it.
key_trusted = Signal()
