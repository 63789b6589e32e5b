"""Times as people type them, by the clock on the wall of a place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, available_timezones

from django.http import Http404
from django.utils.translation import gettext as _

from faceroster.core.errors import InvalidInput

#: Dates outside of these years are slips of the pen.
_YEARS = range(1990, 2200)


def day_of(text: str) -> date:
    """A day in an address, like 2026-11-18. Raises Http404 for what is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404("No such day") from None
    if day.year not in _YEARS or day.isoformat() != text:
        raise Http404("No such day")
    return day


def instant_of(text: str, zone: str) -> datetime:
    """``text`` like 2026-11-18T08:58, by the clock of ``zone``, in UTC.

    Of an hour that comes twice, it is the first one.

    Raises:
        InvalidInput: ``time.invalid``, or ``time.skipped`` for one that the clocks jump over.
    """
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is not None or wall.year not in _YEARS:
        raise InvalidInput("time.invalid", _("Please give a day and a time."))
    if zone not in available_timezones():
        raise InvalidInput("time.zone_unknown", _("There is no such time zone."))
    moment = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:
        raise InvalidInput("time.skipped", _("The clocks jump over that time on this day."))
    return moment


def wall_text(moment: datetime | None, zone: str) -> str:
    """``moment`` as a field for a day and a time takes it; empty for None."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" if moment else ""
