"""The cells of the matrix, as HTML made here: six thousand of them are too many for a template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.template.loader import get_template
from django.urls import reverse
from django.utils import formats
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from faceroster.attendance.models import DayStatus
from faceroster.reports.timesheets import wording
from faceroster.reports.timesheets.sheets import (
    DayFigures,
    DepartmentSheet,
    PersonSheet,
    SheetState,
    Totals,
)

#: absent, missed_out, missed_in, filled, excused, corrected: the flags of a day, which lie side by side.
_FLAGS = slice(DayFigures._fields.index("absent"), DayFigures._fields.index("corrected") + 1)
_EMPTY = '<td class="d"></td>'


@dataclass(frozen=True)
class Sign:
    """How the matrix shows a status or a flaw: never by its colour alone."""

    css: str
    sign: str
    meaning: str


def status_signs() -> dict[str, Sign]:
    """Statuses that have a sign of their own; the others show hours or nothing."""
    return {
        DayStatus.ABSENT: Sign("absent", pgettext("one letter for absent", "A"), _("Absent")),
        DayStatus.LEAVE: Sign("leave", pgettext("one letter for leave", "L"), _("On leave")),
        DayStatus.HOLIDAY: Sign("holiday", pgettext("one letter for holiday", "H"), _("Holiday")),
        DayStatus.REST: Sign("rest", "–", _("Rest day")),
        DayStatus.HALF: Sign("half", "½", _("Half a day")),
        DayStatus.RUNNING: Sign("running", "…", _("Under way")),
    }


def flaw_signs() -> dict[str, Sign]:
    """What is put behind the hours."""
    return {
        "missed": Sign("missed", "?", _("Missed check-in or check-out")),
        "late": Sign("late", "!", _("Late or left early")),
        "corrected": Sign("corrected", "*", _("Corrected")),
    }


def legend() -> list[Sign]:
    return [*status_signs().values(), *flaw_signs().values()]


def _flaws(day: DayFigures) -> tuple[str, ...]:
    found = []
    if day.missed_out or day.missed_in:
        found.append("missed")
    if (day.late or day.early) and not day.excused:
        found.append("late")
    if day.corrected:
        found.append("corrected")
    return tuple(found)


def cell_maker() -> Callable[[DayFigures], str]:
    """A function from a day to its ``<td>``. Equal days share one string, and words are looked up once."""
    statuses, flaws = status_signs(), flaw_signs()
    made: dict[tuple[object, ...], str] = {}

    def make(day: DayFigures) -> str:
        key = (day.status, day.worked, day.late, day.early, *day[_FLAGS])
        if (text := made.get(key)) is None:
            text = made[key] = _cell(day, statuses, flaws)
        return text

    return make


def _cell(day: DayFigures, statuses: dict[str, Sign], flaws: dict[str, Sign]) -> str:
    sign, marks = statuses.get(day.status), _flaws(day)
    css = " ".join(["d", *([sign.css] if sign else []), *marks])
    shown = hours_html(day.worked) if day.worked else ""
    if sign and not (shown and sign.css == "rest"):
        shown = f"<b>{escape(sign.sign)}</b>{shown}"
    if marks:
        shown += f"<i>{escape(''.join(flaws[mark].sign for mark in marks))}</i>"
    words = [wording.status_text(day), *wording.lateness(day), *wording.remarks(day)]
    if not shown:
        return f'<td class="{css}"></td>'
    return f'<td class="{css}" title="{escape(", ".join(words))}">{shown}</td>'


def hours_html(minutes: int) -> str:
    """8:04 with small minutes, so that a month fits on a screen."""
    return f"{minutes // 60}<small>:{minutes % 60:02}</small>"


@dataclass(frozen=True)
class MatrixRow:
    """A person, their cells, and what stands beside them."""

    sheet: PersonSheet
    cells: SafeString
    totals: SafeString
    state: SafeString
    url: str


@dataclass(frozen=True)
class MatrixDay:
    """A column."""

    day: date
    weekend: bool
    today: bool
    letter: str


@dataclass(frozen=True)
class Matrix:
    """What the template needs of a :class:`DepartmentSheet`."""

    days: list[MatrixDay]
    rows: list[MatrixRow]
    totals: SafeString


def _state_badges() -> dict[SheetState, SafeString]:
    template = get_template("reports/timesheets/_state.html")
    return {state: template.render({"state": state}).strip() for state in SheetState}


def matrix_of(sheet: DepartmentSheet, *, today: date) -> Matrix:
    """The whole matrix."""
    make, badges = cell_maker(), _state_badges()
    days = sheet.head.days
    query = f"?department={sheet.head.department_id}"
    rows = []
    for person in sheet.people:
        own = {day.day: day for day in person.days}
        cells = "".join([make(own[day]) if day in own else _EMPTY for day in days])
        url = reverse("reports:timesheet", args=[person.who.id, sheet.head.month]) + query
        # Safe: made above, of escaped words.
        rows.append(
            MatrixRow(person, mark_safe(cells), totals_html(person.totals), badges[person.state], url)  # noqa: S308
        )
    columns = [
        MatrixDay(day, day.weekday() >= 5, day == today, formats.date_format(day, "D")[:2]) for day in days
    ]
    return Matrix(columns, rows, totals_html(sheet.totals))


def totals_html(totals: Totals) -> SafeString:
    """The totals of one row; what is none stays empty, so that the eye finds what is not."""

    def minutes(number: int) -> str:
        return wording.minutes_text(number) if number else ""

    def days(number: Decimal | int) -> str:
        return wording.days_text(number) if number else ""

    return format_html_join(
        "",
        '<td class="t {}" data-label="{}">{}</td>',
        (
            ("", _("Due"), wording.minutes_text(totals.due)),
            ("strong", _("Worked"), wording.minutes_text(totals.worked)),
            ("minus" if totals.balance < 0 else "", _("Balance"), wording.signed_text(totals.balance)),
            ("", _("Overtime"), minutes(totals.overtime)),
            ("", _("Weekly overtime"), minutes(totals.weekly_overtime)),
            ("warn" if totals.late else "", _("Late"), minutes(totals.late)),
            ("bad" if totals.absent else "", _("Absent"), days(totals.absent)),
            ("", _("Leave"), days(totals.leave_days)),
        ),
    )
