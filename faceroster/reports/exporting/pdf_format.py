"""PDF: a department's totals, then one page per person with lines to sign on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.utils import formats
from django.utils.translation import gettext as _

from faceroster.reports.exporting.document import Document
from faceroster.reports.exporting.pdf_page import ACCENT, INK, SOFT, Paper
from faceroster.reports.timesheets.sheets import DayFigures, PersonSheet, Totals
from faceroster.reports.timesheets.wording import (
    clock_text,
    days_text,
    minutes_text,
    remarks,
    signed_text,
    status_text,
)

_ROW = 4.7


class _Col(NamedTuple):
    heading: str
    width: float
    align: str = "end"


def _day_columns() -> list[_Col]:
    return [
        _Col(_("Day"), 21, "start"),
        _Col(_("Shift"), 24, "start"),
        _Col(_("In"), 17),
        _Col(_("Out"), 17),
        _Col(_("Worked"), 14.5),
        _Col(_("Break"), 13),
        _Col(_("Overtime"), 16),
        _Col(_("Late"), 12),
        _Col(_("Early"), 12),
        _Col(_("Status"), 39.5, "start"),
    ]


def _total_columns() -> list[_Col]:
    return [
        _Col(_("Number"), 17, "start"),
        _Col(_("Name"), 40, "start"),
        _Col(_("Due"), 15),
        _Col(_("Worked"), 15),
        _Col(_("Balance"), 16),
        _Col(_("Overtime"), 16),
        _Col(_("Weekly"), 14),
        _Col(_("Late"), 12),
        _Col(_("Absent"), 12.5),
        _Col(_("Leave"), 11),
        _Col(_("State"), 17.5, "start"),
    ]


def _row(paper: Paper, columns: Sequence[_Col], texts: Sequence[str], *, bold: bool = False) -> None:
    x, y = 0.0, paper.get_y()
    for column, text in zip(columns, texts, strict=True):
        paper.write_at(x, y, column.width, text, size=7, bold=bold, align=column.align, height=_ROW)
        x += column.width
    paper.rule(y + _ROW)
    paper.set_y(y + _ROW)


def _headings(paper: Paper, columns: Sequence[_Col]) -> None:
    x, y = 0.0, paper.get_y()
    for column in columns:
        paper.write_at(x, y, column.width, column.heading, size=6.5, align=column.align, colour=SOFT)
        x += column.width
    paper.rule(y + _ROW, strong=True)
    paper.set_y(y + _ROW)


def _title(paper: Paper, title: str, facts: Sequence[tuple[str, str]]) -> None:
    y = paper.get_y()
    paper.write_at(0, y, paper.inner, title, size=14, bold=True, colour=ACCENT, height=8)
    y += 9.5
    width = paper.inner / 3
    for number, (label, value) in enumerate(facts):
        x, line = (number % 3) * width, y + (number // 3) * 8.2
        paper.write_at(x, line, width, label, size=6.5, colour=SOFT, height=3.4)
        paper.write_at(x, line + 3.2, width, value, size=8.5, height=4.4)
    paper.set_y(y + -(-len(facts) // 3) * 8.2 + 2)


def _day_texts(day: DayFigures) -> list[str]:
    def some(minutes: int) -> str:
        return minutes_text(minutes) if minutes else ""

    return [
        formats.date_format(day.day, "D j"),
        day.shift_names,
        clock_text(day.first_in, day),
        clock_text(day.last_out, day),
        some(day.worked),
        some(day.pause),
        some(day.overtime + day.weekly_overtime),
        some(day.late),
        some(day.early),
        ", ".join([status_text(day), *remarks(day)]),
    ]


def _sum_texts(label: str, totals: Totals) -> list[str]:
    return [
        label,
        "",
        "",
        "",
        minutes_text(totals.worked),
        minutes_text(totals.pause),
        minutes_text(totals.overtime + totals.weekly_overtime),
        minutes_text(totals.late),
        minutes_text(totals.early),
        "",
    ]


def _figures(paper: Paper, totals: Totals) -> None:
    """The totals once more, large: what is signed."""
    shown = [
        (_("Due"), minutes_text(totals.due)),
        (_("Worked"), minutes_text(totals.worked)),
        (_("Credited"), minutes_text(totals.credited)),
        (_("Balance"), signed_text(totals.balance)),
        (_("Overtime"), minutes_text(totals.overtime)),
        (_("Weekly overtime"), minutes_text(totals.weekly_overtime)),
        (_("Absent"), days_text(totals.absent)),
        (_("Leave"), days_text(totals.leave_days)),
    ]
    y, width = paper.get_y() + 3, paper.inner / len(shown)
    paper.shade(y, 10.5)
    for number, (label, value) in enumerate(shown):
        paper.write_at(number * width, y + 1, width, label, size=6.5, colour=SOFT, height=3.4)
        paper.write_at(number * width, y + 4.4, width, value, size=10, bold=True, height=5)
    paper.set_y(y + 11)


def _signatures(paper: Paper, person: PersonSheet) -> None:
    if paper.get_y() > paper.h - 46:
        paper.add_page()
    y, width = max(paper.get_y() + 14, paper.h - 38), paper.inner / 2 - 6
    for x, whose in ((0.0, person.who.name), (width + 12, _("Manager"))):
        paper.rule(y, x=x, width=width, strong=True)
        paper.write_at(x, y + 0.8, width, whose, size=8, colour=INK)
        paper.write_at(x, y + 4.8, width, _("Date and signature"), size=6.5, colour=SOFT)


def _person_page(paper: Paper, person: PersonSheet) -> None:
    paper.add_page()
    head = person.head
    facts = [
        (_("Person"), f"{person.who.name} ({person.who.number})"),
        (_("Department"), head.department),
        (_("Site"), head.site),
        (_("Period"), f"{head.first.isoformat()} – {head.last.isoformat()}"),
        (_("State"), str(person.state.label)),
        (_("Time zone"), head.zone),
    ]
    _title(paper, _("Timesheet"), facts)
    columns = _day_columns()
    _headings(paper, columns)
    for week in person.weeks:
        for day in week.days:
            if day.day.weekday() >= 5:
                paper.shade(paper.get_y(), _ROW)
            _row(paper, columns, _day_texts(day))
        _row(paper, columns, _sum_texts(_("Week"), week.totals), bold=True)
    if not person.days:
        paper.write_at(0, paper.get_y() + 2, paper.inner, _("No day is computed yet."), colour=SOFT)
        paper.set_y(paper.get_y() + 8)
    _figures(paper, person.totals)
    if person.totals.unfinished:
        note = _("Totals leave out days that are not over.")
        paper.write_at(0, paper.get_y() + 0.5, paper.inner, note, size=6.5, colour=SOFT)
    _signatures(paper, person)


def _summary(paper: Paper, document: Document) -> None:
    paper.add_page()
    facts = [(fact.label, fact.value) for fact in document.facts() if fact.key in ("site", "period", "zone")]
    _title(paper, document.title, facts)
    columns = _total_columns()
    _headings(paper, columns)
    for person in document.people:
        if paper.get_y() > paper.h - 28:
            paper.add_page()
            _headings(paper, columns)
        _row(
            paper,
            columns,
            _total_texts(person.who.number, person.who.name, person.totals, str(person.state.label)),
        )
    _row(paper, columns, _total_texts("", _("Together"), document.totals, ""), bold=True)


def _total_texts(number: str, name: str, totals: Totals, state: str) -> list[str]:
    return [
        number,
        name,
        minutes_text(totals.due),
        minutes_text(totals.worked),
        signed_text(totals.balance),
        minutes_text(totals.overtime),
        minutes_text(totals.weekly_overtime),
        minutes_text(totals.late),
        days_text(totals.absent),
        days_text(totals.leave_days),
        state,
    ]


def paper_of(document: Document, written: Callable[[int], None] = lambda _rows: None) -> Paper:
    """Every page, not yet put into a file."""
    paper = Paper(document)
    if not document.single:
        _summary(paper, document)
    done = 0
    for person in document.people:
        _person_page(paper, person)
        done += len(person.days)
        written(done)
    return paper


def write(document: Document, written: Callable[[int], None] = lambda _rows: None) -> bytes:
    """The document. ``written`` is told after each person how many days are in it."""
    return bytes(paper_of(document, written).output())
