"""Entries as CSV: names of columns and codes never change and are in no language."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC

from django.db.models import QuerySet

from faceroster.audit.models import Entry

HEAD = (
    "number", "time", "action", "actor_kind", "actor_id", "actor_name", "subject_kind", "subject_id",
    "subject_name", "details", "address", "request_id", "entry", "hash",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")  # noqa: RUF001


class _Echo:
    """The least file that csv.writer can write to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _cell(value: object) -> str:
    """Text that no spreadsheet computes."""
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def lines(entries: QuerySet[Entry], *, addresses: bool) -> Iterator[str]:
    """``addresses``: whether the reader may see from where people came."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow(HEAD)
    for entry in entries.iterator(chunk_size=1000):
        link = getattr(entry, "link", None)
        row = (
            link.number if link else "",
            entry.at.astimezone(UTC).isoformat(),
            entry.action,
            entry.actor_kind,
            entry.actor_id,
            entry.actor_name,
            entry.subject_kind,
            entry.subject_id,
            entry.subject_name,
            json.dumps(entry.details, ensure_ascii=False) if entry.details else "",
            entry.address if addresses else "",
            entry.request_id,
            entry.pk,
            link.hash if link else "",
        )
        yield writer.writerow([_cell(cell) for cell in row])
