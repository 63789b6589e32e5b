"""Punches by the hundred thousand: straight into the table, past the making of an object for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from faceroster.attendance import copying
from faceroster.attendance.models import Punch


class PunchRow(NamedTuple):
    """A punch by the names of its columns."""

    id: UUID
    created_at: datetime
    person_id: UUID
    site_id: UUID
    at: datetime
    zone: str
    day: date
    direction: str
    source: str
    recorded_by_id: int | None
    note: str


def punches_write(rows: Sequence[PunchRow]) -> None:
    """Insert ``rows``. Same columns and checks as ever, no signals, no ``save``."""
    if not rows:
        return
    if copying.possible():
        copying.rows_copy(Punch, PunchRow._fields, rows)
        return
    table = connection.ops.quote_name(Punch._meta.db_table)
    names = ", ".join(connection.ops.quote_name(name) for name in PunchRow._fields)
    places = ", ".join(["%s"] * len(PunchRow._fields))
    sql = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - our own names
    fields = [next(one for one in Punch._meta.fields if one.column == name) for name in PunchRow._fields]
    with connection.cursor() as cursor:
        cursor.executemany(
            sql,
            [
                [one.get_db_prep_save(value, connection) for one, value in zip(fields, row, strict=True)]
                for row in rows
            ],
        )
