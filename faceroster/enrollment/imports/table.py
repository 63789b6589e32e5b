"""A CSV or XLSX file as rows of text, whatever program wrote it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

import openpyxl
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from faceroster.core.errors import InvalidInput

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 5000
_MAX_COLUMNS = 50
#: A workbook is a ZIP too; this much it may unpack to.
_MAX_UNPACKED = 100 * 1024 * 1024

REQUIRED = ("employee_number", "name", "department")
OPTIONAL = ("site", "email", "active", "consent_signed_on", "consent_text")


@dataclass(frozen=True, slots=True)
class Row:
    """One person's cells by column. ``number`` is the row's in the file, the heading being row 1."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """What was read: the known columns that are there, those that are passed over, and the rows."""

    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    rows: tuple[Row, ...]


def read(data: bytes) -> Table:
    """Read a table of people; CSV or XLSX is told by the content.

    Raises:
        InvalidInput: ``import.empty``, ``import.unreadable``, ``import.too_large``,
            ``import.too_many_rows``, ``import.missing_column`` or ``import.duplicate_column``.
    """
    if len(data) > MAX_BYTES:
        raise too_large()
    if not data.strip():
        raise InvalidInput("import.empty", _("The table is empty."))
    lines = _xlsx(data) if data.startswith(b"PK\x03\x04") else _csv(data)
    return _table(list(islice(lines, MAX_ROWS + 2)))


def too_large() -> InvalidInput:
    return InvalidInput(
        "import.too_large", _("The table is larger than %(size)d MB.") % {"size": MAX_BYTES // 2**20}
    )


def _unreadable(detail: str) -> InvalidInput:
    return InvalidInput(
        "import.unreadable",
        _("%(detail)s Please save the table as CSV or XLSX and try again.") % {"detail": detail},
    )


def _csv(data: bytes) -> Iterable[list[str]]:
    text = _decoded(data)
    heading = text.lstrip("\r\n").splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=heading.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise _unreadable(_("The table is damaged (%(error)s).") % {"error": error}) from error


def _decoded(data: bytes) -> str:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _unreadable(_("This is a workbook in Excel's old format (XLS)."))
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _unreadable(_("This file is not a table."))


def _xlsx(data: bytes) -> Iterable[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > _MAX_UNPACKED:
                raise too_large()
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # A workbook may claim any size, and millions of empty cells with it: read no more than we want.
        sheet.reset_dimensions()
        for cells in sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=_MAX_COLUMNS, values_only=True):
            yield [_text(cell) for cell in cells]
    except InvalidInput:
        raise
    except Exception as error:
        # openpyxl lets whatever its parsers meet in a damaged workbook through: KeyError, ValueError,
        # BadZipFile, ParseError, AttributeError... They all mean the same to the one who sent it.
        raise _unreadable(_("This workbook cannot be opened.")) from error


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # a number typed into a cell is a float: 1001.0
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)


def _table(lines: Sequence[list[str]]) -> Table:
    filled = [(number, line) for number, line in enumerate(lines, start=1) if any(c.strip() for c in line)]
    if not filled:
        raise InvalidInput("import.empty", _("The table is empty."))
    heading = [_column(cell) for cell in filled[0][1]]
    _check_heading(heading)
    if len(filled) < 2:
        raise InvalidInput("import.empty", _("The table has a heading but no people."))
    if len(lines) > MAX_ROWS + 1:
        raise InvalidInput(
            "import.too_many_rows",
            _("The table has more than %(count)d rows, empty ones included. Please split it into parts.")
            % {"count": MAX_ROWS},
        )
    known = [name for name in heading if name in REQUIRED + OPTIONAL]
    rows = []
    for number, line in filled[1:]:
        cells = dict.fromkeys(known, "")
        cells.update((name, cell.strip()) for name, cell in zip(heading, line, strict=False) if name in cells)
        rows.append(Row(number, cells))
    ignored = tuple(name for name in heading if name and name not in known)
    return Table(tuple(known), ignored, tuple(rows))


def _column(heading: str) -> str:
    return re.sub(r"[\s-]+", "_", heading.strip().casefold())


def _check_heading(heading: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in heading]
    if missing:
        found = ", ".join(name for name in heading if name)[:200]
        raise InvalidInput(
            "import.missing_column",
            ngettext(
                "The first row must name the columns, and %(missing)s is not among them. Found: %(found)s.",
                "The first row must name the columns, and %(missing)s are not among them. Found: %(found)s.",
                len(missing),
            )
            % {"missing": _(" and ").join(missing), "found": found},
        )
    double = sorted({name for name in heading if name in REQUIRED + OPTIONAL and heading.count(name) > 1})
    if double:
        raise InvalidInput(
            "import.duplicate_column",
            _("The column %(name)s is there more than once. Please keep one.") % {"name": double[0]},
        )
