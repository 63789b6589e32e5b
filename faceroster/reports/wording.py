"""Durations, and where a punch comes from, as people read them."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from faceroster.attendance.models import Punch, PunchSource
from faceroster.kiosks.scores import verdict
from faceroster.trust.models import User


def duration_text(length: timedelta) -> str:
    """8:04 for eight hours and four minutes."""
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02}"


def _who(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else _("someone")


def punch_story(punch: Punch) -> str:
    """Where a punch comes from and, at a kiosk, how sure the recognition was."""
    if punch.source == PunchSource.MANUAL:
        return _("By hand, entered by %(recorded_by)s: “%(note)s”") % {
            "recorded_by": _who(punch.recorded_by),
            "note": punch.note,
        }
    if punch.source == PunchSource.API:
        sent = {"recorded_by": _who(punch.recorded_by), "note": punch.note}
        if punch.note:
            return _("Sent by a program for %(recorded_by)s: “%(note)s”") % sent
        return _("Sent by a program for %(recorded_by)s") % sent
    place = _("Kiosk “%(kiosk)s”") % {"kiosk": punch.kiosk} if punch.kiosk else _("A kiosk")
    decision = punch.decision
    if decision is None or (words := verdict(decision)) is None:
        return place
    return _("%(place)s, recognised with a score of %(words)s") % {"place": place, "words": words}
