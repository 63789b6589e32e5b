"""XLSX: totals, days, and a sheet about the export. Dates are dates and durations durations, so that a
spreadsheet can go on counting; text is text, whatever it begins with.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from faceroster.reports.exporting.document import Document
from faceroster.reports.exporting.tables import (
    DAY_COLUMNS,
    TOTAL_COLUMNS,
    Cell,
    Column,
    day_cells,
    person_total_cells,
    total_cells,
)
from faceroster.reports.exports import safe_cell

_BOLD = Font(bold=True)
_HEAD_FILL = PatternFill("solid", fgColor="E0F1ED")
_FORMATS: tuple[tuple[type, str], ...] = (
    (timedelta, "[h]:mm"),
    (datetime, "yyyy-mm-dd hh:mm"),
    (date, "yyyy-mm-dd"),
)


def _text(value: object) -> str:
    return safe_cell(ILLEGAL_CHARACTERS_RE.sub("", str(value)))


def _cell(sheet: Any, value: Cell, *, bold: bool = False) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, _text(value))
        cell.data_type = "s"  # never a formula, also if the apostrophe should be lost
    else:
        cell = WriteOnlyCell(sheet, value)
        for kind, written in _FORMATS:
            if isinstance(value, kind):
                cell.number_format = written
                break
        else:
            cell.number_format = (
                "0.00" if isinstance(value, Decimal) and value.as_tuple().exponent == -2 else "General"
            )
    if bold:
        cell.font = _BOLD
    return cell


def _table(book: Workbook, title: str, columns: Iterable[Column], document: Document) -> Any:
    """An empty table: what it is and whether it is sealed in the first row, the headings in the second."""
    sheet = book.create_sheet(title)
    sheet.sheet_view.rightToLeft = get_language_bidi()
    sheet.freeze_panes = "C3"
    sheet.print_title_rows = "1:2"
    sheet.page_setup.orientation = "landscape"
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    about = " · ".join(fact.value for fact in document.facts())
    sheet.append([_cell(sheet, about, bold=True)])
    heads = []
    for column in columns:
        head = _cell(sheet, str(column.heading), bold=True)
        head.fill = _HEAD_FILL
        head.alignment = Alignment(vertical="center")
        heads.append(head)
    sheet.append(heads)
    return sheet


def _about(book: Workbook, document: Document) -> None:
    sheet = book.create_sheet(_("About"))
    sheet.sheet_view.rightToLeft = get_language_bidi()
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 26, 80
    sheet.append([_cell(sheet, document.title, bold=True)])
    for fact in document.facts():
        sheet.append([_cell(sheet, fact.label, bold=True), _cell(sheet, fact.value)])
    sheet.append([])
    sheet.append([_cell(sheet, _("Totals leave out days that are not over."))])


def write(document: Document, written: Callable[[int], None] = lambda _rows: None) -> bytes:
    """The workbook. ``written`` is told now and then how many days are in it."""
    book = Workbook(write_only=True)
    totals = _table(book, _("Totals"), TOTAL_COLUMNS, document)
    for person in document.people:
        totals.append([_cell(totals, value) for value in person_total_cells(person)])
    if not document.single:
        together = total_cells("", _("Together"), "", document.totals)
        totals.append([_cell(totals, value, bold=True) for value in together])
    days = _table(book, _("Days"), DAY_COLUMNS, document)
    done = 0
    for person in document.people:
        for day in person.days:
            days.append([_cell(days, value) for value in day_cells(person, day)])
        done += len(person.days)
        written(done)
    _about(book, document)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
