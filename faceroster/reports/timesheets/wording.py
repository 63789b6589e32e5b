"""What a day and a duration are called, on pages and in exports alike."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from faceroster.attendance.models import DayStatus
from faceroster.reports.timesheets.sheets import DayFigures

_STATUS = dict(DayStatus.choices)


def minutes_text(minutes: int) -> str:
    """8:04 for 484 minutes; less than none has a minus sign in front."""
    sign = "\u2212" if minutes < 0 else ""
    return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02}"


def signed_text(minutes: int) -> str:
    """As :func:`minutes_text`, with a plus sign for more than none."""
    return f"+{minutes_text(minutes)}" if minutes > 0 else minutes_text(minutes)


def days_text(days: Decimal | int) -> str:
    """1, or 0.5 as the language writes it."""
    number = Decimal(days)
    whole = number == number.to_integral_value()
    return formats.number_format(number, 0 if whole else 1)


def status_text(day: DayFigures) -> str:
    return str(_STATUS.get(day.status, day.status))


def local(moment: datetime | None, zone: str) -> datetime | None:
    """By the clock on the wall of the place."""
    return moment.astimezone(ZoneInfo(zone)) if moment else None


def clock_text(moment: datetime | None, day: DayFigures) -> str:
    """08:58, or 06:02 +1 on the morning after; empty without a moment."""
    there = local(moment, day.zone)
    if there is None:
        return ""
    later = (there.date() - day.day).days
    return f"{there:%H:%M} {later:+d}" if later else f"{there:%H:%M}"


def remarks(day: DayFigures) -> list[str]:
    """What to know about a day besides its figures, each a few words."""
    found = []
    if day.missed_out:
        found.append(_("Missed check-out, filled in by rule") if day.filled else _("Missed check-out"))
    if day.missed_in:
        found.append(_("Missed check-in"))
    if day.absent and day.status != DayStatus.ABSENT:
        found.append(_("Absent"))
    if day.corrected:
        found.append(_("Corrected"))
    if day.excused:
        found.append(_("Excused"))
    return found


def lateness(day: DayFigures) -> list[str]:
    """Late and early, in words."""
    found = []
    if day.late:
        found.append(ngettext("%(n)d minute late", "%(n)d minutes late", day.late) % {"n": day.late})
    if day.early:
        found.append(
            ngettext("Left %(n)d minute early", "Left %(n)d minutes early", day.early) % {"n": day.early}
        )
    return found


def month_text(first: date) -> str:
    """November 2026."""
    return formats.date_format(first, "YEAR_MONTH_FORMAT")
