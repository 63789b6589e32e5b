"""Rows by the thousand into PostgreSQL: its COPY, past the building and the parsing of a long INSERT."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

#: How no value is written; an empty text is something else.
_NULL = r"\N"


def possible() -> bool:
    """Whether the present database knows COPY."""
    return connection.vendor == "postgresql"


def rows_copy(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert ``rows``, values in the order of ``columns``. The table's checks hold as ever; no signals.

    JSON must come as text. A row that is there already is an error and undoes the statement.
    """
    text = io.StringIO()
    csv.writer(text).writerows([_NULL if value is None else value for value in row] for row in rows)
    if not text.tell():
        return
    text.seek(0)
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN WITH (FORMAT csv, NULL '{_NULL}')", text
        )
