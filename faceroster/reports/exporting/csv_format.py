"""CSV: lines about the export, an empty one, and then the table, written while it is sent.

UTF-8 with a byte order mark. The table's first column says what a row is: ``day``, or ``total`` of a person
over the days that are over. Names of columns never change and are in no language, numbers are plain, and
text that a spreadsheet would compute has an apostrophe in front.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime

from faceroster.reports.exporting.document import Document
from faceroster.reports.exports import safe_cell
from faceroster.reports.timesheets.sheets import DayFigures, PersonSheet
from faceroster.reports.timesheets.wording import local

_BOM = "\ufeff"

HEAD = (
    "row",
    "employee_number",
    "name",
    "date",
    "status",
    "shift",
    "first_in",
    "last_out",
    "due_minutes",
    "worked_minutes",
    "break_minutes",
    "overtime_minutes",
    "weekly_overtime_minutes",
    "late_minutes",
    "early_minutes",
    "credited_minutes",
    "balance_minutes",
    "absent_days",
    "leave_days",
    "missed_days",
    "flags",
    "state",
    "zone",
)
_FLAGS = ("missed_out", "missed_in", "filled", "excused", "corrected")


class _Echo:
    """The least file that csv.writer can write to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _instant(moment: datetime | None, zone: str) -> str:
    there = local(moment, zone)
    return there.isoformat(timespec="seconds") if there else ""


def _day_row(person: PersonSheet, day: DayFigures) -> tuple[object, ...]:
    return (
        "day",
        person.who.number,
        person.who.name,
        day.day.isoformat(),
        day.status,
        day.shift_names,
        _instant(day.first_in, day.zone),
        _instant(day.last_out, day.zone),
        day.due,
        day.worked,
        day.pause,
        day.overtime,
        day.weekly_overtime,
        day.late,
        day.early,
        day.credited,
        "",
        int(day.absent),
        day.leave_days,
        int(day.missed_out or day.missed_in),
        " ".join(flag for flag in _FLAGS if getattr(day, flag)),
        "",
        day.zone,
    )


def _total_row(person: PersonSheet) -> tuple[object, ...]:
    totals = person.totals
    return (
        "total",
        person.who.number,
        person.who.name,
        *("",) * 5,
        totals.due,
        totals.worked,
        totals.pause,
        totals.overtime,
        totals.weekly_overtime,
        totals.late,
        totals.early,
        totals.credited,
        totals.balance,
        totals.absent,
        totals.leave_days,
        totals.missed,
        "",
        person.state.value,
        "",
    )


def _rows(document: Document) -> Iterator[Iterable[object]]:
    for fact in document.facts():
        yield fact.key, fact.value
    yield ()
    yield HEAD
    for person in document.people:
        for day in person.days:
            yield _day_row(person, day)
        yield _total_row(person)


def lines(document: Document) -> Iterator[str]:
    """The file, line by line."""
    writer = csv.writer(_Echo())
    yield _BOM
    for row in _rows(document):
        # Only text can be a formula: a minus sign in front of a number is just that.
        yield writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
