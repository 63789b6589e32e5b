"""Sheets as CSV, written while they are sent.

UTF-8 with a byte order mark, without which Excel takes it for something else. Dates are ISO 8601. A cell
that a spreadsheet would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.http import StreamingHttpResponse
from django.utils.text import slugify

from faceroster.reports.selectors import DaySheet
from faceroster.reports.timesheets.wording import minutes_text

_BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")

DAY_HEAD = (
    "date",
    "department",
    "employee_number",
    "name",
    "status",
    "shift",
    "first_in",
    "last_out",
    "worked",
    "worked_minutes",
    "break_minutes",
    "overtime_minutes",
    "late_minutes",
    "early_minutes",
    "note",
    "zone",
)


def safe_cell(value: object) -> str:
    """``value`` as text that no spreadsheet computes: OWASP's advice against CSV injection."""
    text = str(value)
    if isinstance(value, int | float | Decimal):
        return text  # -450 is a number and not a formula
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


def day_sheet_rows(sheet: DaySheet) -> Iterator[tuple[object, ...]]:
    """What the page shows, by the same words; who has not been computed has no figures."""
    yield DAY_HEAD
    for row in sheet.rows:
        head = (sheet.day.isoformat(), sheet.department.name, row.person.employee_number, row.person.name)
        day = row.figures
        if day is None:
            yield (*head, row.status, *[""] * 10, sheet.zone)
            continue
        yield (
            *head,
            row.status,
            day.shift_names,
            row.first_in,
            row.last_out,
            minutes_text(day.worked),
            day.worked,
            day.pause,
            row.overtime,
            day.late,
            day.early,
            ", ".join(row.notes),
            day.zone,
        )
