"""Times, durations and reasons as people read them; the pages and the exports share them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.attendance.models import Punch, PunchSource
from faceroster.attendance.spans import DayTimes, Presence, Span, SpanState
from faceroster.kiosks.scores import verdict
from faceroster.trust.models import User


def local_time(punch: Punch) -> datetime:
    """When it was by the clock on the wall of the place."""
    return punch.at.astimezone(ZoneInfo(punch.zone))


def days_later(punch: Punch) -> int:
    """1 for a punch after midnight that still belongs to the day before, else 0."""
    return (local_time(punch).date() - punch.day).days


def clock_text(punch: Punch | None) -> str:
    """08:58, or 00:40 +1 when it is past midnight; empty without a punch."""
    if punch is None:
        return ""
    later = days_later(punch)
    return f"{local_time(punch):%H:%M}" + (f" {later:+d}" if later else "")


def duration_text(length: timedelta) -> str:
    """8:04 for eight hours and four minutes."""
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02}"


_SPAN_NOTES = {
    SpanState.CLOSED: "",
    SpanState.OPEN: gettext_lazy("still in"),
    SpanState.MISSED_OUT: gettext_lazy("missed check-out"),
    SpanState.MISSED_IN: gettext_lazy("missed check-in"),
    SpanState.ARRIVAL: gettext_lazy("arrival"),
}


def span_note(span: Span) -> str:
    """Why a span is not a closed one, in two words; empty when it is."""
    return str(_SPAN_NOTES[span.state])


def span_text(span: Span) -> str:
    """08:58-12:01, or with a question mark for the end that nobody punched."""
    if span.state is SpanState.ARRIVAL:
        return clock_text(span.start)
    unknown = "" if span.state is SpanState.OPEN else "?"
    return f"{clock_text(span.start) or unknown}-{clock_text(span.end) or unknown}"


def day_note(times: DayTimes) -> str:
    """What to know about a day besides its figures: still in, missed check-out, not seen."""
    if times.presence is Presence.NOT_SEEN:
        return _("not seen")
    return ", ".join(dict.fromkeys(filter(None, map(span_note, times.spans))))


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
