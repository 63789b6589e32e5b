"""The cells of the matrix, as HTML made here: six thousand of them are too many for a template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.template.loader import get_template
from django.urls import reverse
from django.utils import formats
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from faceroster.attendance.models import DayStatus
from faceroster.reports.timesheets import wording
from faceroster.reports.timesheets.sheets import (
    DayFigures,
    DepartmentSheet,
    SheetState,
    Totals,
)

#: absent, missed_out, missed_in, filled, excused, corrected: the flags of a day, which lie side by side.
_FLAGS = slice(DayFigures._fields.index("absent"), DayFigures._fields.index("corrected") + 1)
#: As in _state.html.
_STATE_SIGNS = {
    SheetState.OPEN: "○",
    SheetState.APPROVED: "✓",
    SheetState.SENT_BACK: "↩",
    SheetState.OUTDATED: "⚠",
}
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
    states = [Sign(f"state-{state.value}", _STATE_SIGNS[state], str(state.label)) for state in SheetState]
    return [*status_signs().values(), *flaw_signs().values(), *states]


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
        key = (day.status, day.worked, day.late, day.early, *tuple(day)[_FLAGS])
        if (text := made.get(key)) is None:
            text = made[key] = _cell(day, statuses, flaws)
        return text

    return make


def _cell(day: DayFigures, statuses: dict[str, Sign], flaws: dict[str, Sign]) -> str:
    sign, marks = statuses.get(day.status), _flaws(day)
    css = " ".join(["d", *([sign.css] if sign else []), *marks])
    shown = hours_html(day.worked) if day.worked else ""
    behind = "".join(flaws[mark].sign for mark in marks)
    if sign and not shown:
        shown = f"<b>{escape(sign.sign)}</b>"
    elif sign and day.status != DayStatus.REST:  # below the hours, where there is room
        behind = sign.sign + behind
    if behind:
        shown += f"<i>{escape(behind)}</i>"
    words = [wording.status_text(day), *wording.lateness(day), *wording.remarks(day)]
    if not shown:
        return f'<td class="{css}"></td>'
    return f'<td class="{css}" title="{escape(", ".join(words))}">{shown}</td>'


def hours_html(minutes: int) -> str:
    """8:04 with small minutes, so that a month fits on a screen."""
    return f"{minutes // 60}<small>:{minutes % 60:02}</small>"


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
    rows: list[SafeString]
    totals: SafeString


def _state_badges() -> dict[SheetState, str]:
    template = get_template("reports/timesheets/_state.html")
    return {state: template.render({"state": state}).strip() for state in SheetState}


def matrix_of(sheet: DepartmentSheet, *, today: date, selecting: bool, reader: UUID | None = None) -> Matrix:
    """The whole matrix. ``selecting``: with a box to tick before each name, but not before that of
    ``reader``, who may not decide about themselves, and not before those of people without a day.
    """
    make, badges, labels = cell_maker(), _state_badges(), _labels()
    days = sheet.head.days
    # A reverse for each person costs more than their row: made once, with a key that is then replaced.
    nobody = UUID(int=0)
    address = reverse("reports:timesheet", args=[nobody, sheet.head.month])
    address += f"?department={sheet.head.department_id}"
    box = (
        '<input type="checkbox" form="decide" name="people" value="{key}" aria-label="{name}"> '
        if selecting
        else ""
    )
    rows = []
    for person in sheet.people:
        own = {day.day: day for day in person.days}
        key, name = str(person.who.id), escape(person.who.name)
        ticked = box.format(key=key, name=name) if person.days and person.who.id != reader else ""
        text = (
            f'<tr class="{person.state.value}" data-number="{escape(person.who.number)}">'
            f'<th scope="row" class="who"><span>{ticked}'
            f'<a href="{escape(address.replace(str(nobody), key))}">{name}</a></span></th>'
            + "".join([make(own[day]) if day in own else _EMPTY for day in days])
            + _totals(person.totals, labels)
            + f'<td class="s">{badges[person.state]}</td></tr>'
        )
        rows.append(mark_safe(text))  # noqa: S308 - made above, of escaped words
    columns = [
        MatrixDay(day, day.weekday() >= 5, day == today, formats.date_format(day, "D")[:2]) for day in days
    ]
    return Matrix(columns, rows, mark_safe(_totals(sheet.totals, labels)))  # noqa: S308


def _labels() -> list[str]:
    words = (
        _("Due"),
        _("Worked"),
        _("Balance"),
        _("Overtime"),
        _("Weekly overtime"),
        _("Late"),
        _("Absent"),
        _("Leave"),
    )
    return [escape(word) for word in words]


def _totals(totals: Totals, labels: list[str]) -> str:
    """The totals of one row; what is none stays empty, so that the eye finds what is not."""
    minutes = wording.minutes_text
    cells = (
        ("", minutes(totals.due)),
        (" strong", minutes(totals.worked)),
        (" minus" if totals.balance < 0 else "", wording.signed_text(totals.balance)),
        ("", minutes(totals.overtime) if totals.overtime else ""),
        ("", minutes(totals.weekly_overtime) if totals.weekly_overtime else ""),
        (" warn", minutes(totals.late) if totals.late else ""),
        (" bad", wording.days_text(totals.absent) if totals.absent else ""),
        ("", wording.days_text(totals.leave_days) if totals.leave_days else ""),
    )
    return "".join(
        [
            f'<td class="t{css}" data-label="{label}">{text}</td>'
            for label, (css, text) in zip(labels, cells, strict=True)
        ]
    )
