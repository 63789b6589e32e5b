"""The lines of one person's timesheet as its page prints them: days, and after each week its sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from faceroster.reports.timesheets import wording
from faceroster.reports.timesheets.sheets import DayFigures, PersonSheet, Totals, Week


@dataclass(frozen=True)
class Line:
    """A day or, without ``day``, a week that began on ``first``. What is none is empty, but not of weeks."""

    first: date
    worked: str
    pause: str
    overtime: str
    late: str
    early: str
    due: str = ""
    day: DayFigures | None = None
    first_in: str = ""
    last_out: str = ""
    status: str = ""
    remarks: tuple[str, ...] = ()
    weekend: bool = False
    url: str = ""


@dataclass(frozen=True)
class Figure:
    """One of the totals above the days."""

    key: str
    label: str
    text: str
    css: str = ""


def _some(minutes: int) -> str:
    return wording.minutes_text(minutes) if minutes else ""


def _day(day: DayFigures, url: str) -> Line:
    return Line(
        first=day.day,
        worked=_some(day.worked),
        pause=_some(day.pause),
        overtime=_some(day.overtime + day.weekly_overtime),
        late=_some(day.late),
        early=_some(day.early),
        day=day,
        first_in=wording.clock_text(day.first_in, day),
        last_out=wording.clock_text(day.last_out, day),
        status=wording.status_text(day),
        remarks=tuple(wording.remarks(day)),
        weekend=day.day.weekday() >= 5,
        url=url,
    )


def _week(week: Week) -> Line:
    totals = week.totals
    return Line(
        first=week.first,
        worked=wording.minutes_text(totals.worked),
        pause=_some(totals.pause),
        overtime=_some(totals.overtime + totals.weekly_overtime),
        late=_some(totals.late),
        early=_some(totals.early),
        due=wording.minutes_text(totals.due),
    )


def lines_of(sheet: PersonSheet, links: Mapping[date, str]) -> list[Line]:
    """Every line, in order. ``links``: where a day is shown in full."""
    found = []
    for week in sheet.weeks:
        found += [_day(day, links.get(day.day, "")) for day in week.days]
        found.append(_week(week))
    return found


def figures_of(totals: Totals) -> list[Figure]:
    """The totals, as the stats above the days."""
    minutes, days = wording.minutes_text, wording.days_text
    balance = "bad" if totals.balance < 0 else "good" if totals.balance > 0 else ""
    return [
        Figure("due", _("Due"), minutes(totals.due)),
        Figure("worked", _("Worked"), minutes(totals.worked)),
        Figure("credited", _("Credited"), minutes(totals.credited)),
        Figure("balance", _("Balance"), wording.signed_text(totals.balance), balance),
        Figure("overtime", _("Overtime"), minutes(totals.overtime)),
        Figure("weekly_overtime", _("Weekly overtime"), minutes(totals.weekly_overtime)),
        Figure("late", _("Late"), minutes(totals.late), "warn" if totals.late else ""),
        Figure("absent", _("Days absent"), days(totals.absent), "bad" if totals.absent else ""),
        Figure("leave", _("Leave days"), days(totals.leave_days)),
    ]
