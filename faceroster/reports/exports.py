"""Sheets as CSV, written while they are sent.

UTF-8 with a byte order mark, without which Excel takes it for something else. Dates are ISO 8601. A cell
that a spreadsheet would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.http import StreamingHttpResponse
from django.utils.text import slugify

from faceroster.attendance.spans import DayTimes
from faceroster.reports.selectors import DaySheet, MonthSheet
from faceroster.reports.wording import clock_text, day_note, duration_text, span_text

_BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")

DAY_HEAD = (
    "date",
    "department",
    "employee_number",
    "name",
    "first_in",
    "last_out",
    "worked",
    "worked_minutes",
    "spans",
    "note",
    "zone",
)
MONTH_HEAD = (
    "date",
    "employee_number",
    "name",
    "first_in",
    "last_out",
    "worked",
    "worked_minutes",
    "spans",
    "note",
    "zone",
)


def safe_cell(value: object) -> str:
    """``value`` as text that no spreadsheet computes: OWASP's advice against CSV injection."""
    text = str(value)
    risky = text.lstrip().startswith(_FORMULA) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if risky else text


class _Echo:
    """The least file that csv.writer can write to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield _BOM
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])


def csv_response(name: str, rows: Iterable[Iterable[object]]) -> StreamingHttpResponse:
    """A download called ``name``.csv, with whatever a file name cannot hold left out."""
    response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(name) or "export"}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _figures(times: DayTimes, zone: str, unseen: str) -> tuple[object, ...]:
    if not times.punches:
        return "", "", "", "", "", unseen, zone
    zones = list(dict.fromkeys(punch.zone for punch in times.punches))
    return (
        clock_text(times.first_in),
        clock_text(times.last_out),
        duration_text(times.worked),
        times.worked // timedelta(minutes=1),
        "; ".join(span_text(span) for span in times.spans),
        day_note(times),
        " ".join(zones),
    )


def day_sheet_rows(sheet: DaySheet) -> Iterator[tuple[object, ...]]:
    yield DAY_HEAD
    for row in sheet.rows:
        person = row.person
        head = (sheet.day.isoformat(), sheet.department.name, person.employee_number, person.name)
        yield (*head, *_figures(row.times, sheet.zone, unseen=day_note(row.times)))


def month_rows(sheet: MonthSheet) -> Iterator[tuple[object, ...]]:
    yield MONTH_HEAD
    person = sheet.person
    for row in sheet.rows:
        head = (row.times.day.isoformat(), person.employee_number, person.name)
        yield (*head, *_figures(row.times, sheet.zone, unseen=""))
