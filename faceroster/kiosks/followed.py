"""Kiosks in the audit log: their names and places. Pairing and revoking record themselves (``pairing``)."""

from __future__ import annotations

from faceroster.audit.actions import Action
from faceroster.audit.following import follow
from faceroster.kiosks.models import Kiosk

# Whoever opens the kiosk's page makes a row that waits, and the clock deletes it: nobody's deed.
follow(Kiosk, created=None, changed=Action.KIOSK_CHANGED, deleted=None, fields=("name", "site"))
