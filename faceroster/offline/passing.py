"""Whose PIN or badge it was, that a kiosk took while the server was away."""

from __future__ import annotations

from faceroster.attendance.models import PunchSource
from faceroster.core.errors import InvalidInput, NotAllowed
from faceroster.offline import wire
from faceroster.offline.claims import Claim
from faceroster.offline.models import OfflineEntry
from faceroster.offline.payloads import payload_open
from faceroster.passes.badges import badge_person
from faceroster.passes.pins import pass_check
from faceroster.passes.qr import qr_of_jpeg


def by_pin(entry: OfflineEntry) -> Claim:
    """As :data:`faceroster.offline.judging.Reader`. A wrong PIN counts as one at the keypad does."""
    payload = payload_open(entry)
    try:
        person = pass_check(payload["number"], payload["pin"], entry.kiosk_id)
    except InvalidInput as error:
        return Claim(None, PunchSource.PIN, error.code)
    return Claim(person, PunchSource.PIN)


def by_badge(entry: OfflineEntry) -> Claim:
    """The same for the picture of a badge."""
    try:
        code = qr_of_jpeg(wire.picture_of(payload_open(entry)))
        if code is None:
            return Claim(None, PunchSource.BADGE, "badge.no_code")
        return Claim(badge_person(code), PunchSource.BADGE)
    except (InvalidInput, NotAllowed) as error:
        return Claim(None, PunchSource.BADGE, error.code)
