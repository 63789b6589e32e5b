"""A hash of what was recorded for a day: its punches, decided corrections and resolutions.

Triggers keep these rows from being changed. Should somebody get past them, the hashes that were taken when
the period was closed no longer fit. What came later is left out by its time: a late punch is a finding, not
a change of what was closed.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from faceroster.attendance.models import Correction, Period, Punch, Resolution

_DAY = timedelta(days=1)
Key = tuple[UUID, date]

_PUNCH = (
    "id",
    "site_id",
    "at",
    "zone",
    "direction",
    "source",
    "kiosk_id",
    "decision_id",
    "recorded_by_id",
    "note",
    "created_at",
)
_CORRECTION = (
    "id",
    "kind",
    "punch_id",
    "added_id",
    "site_id",
    "zone",
    "at",
    "direction",
    "reason",
    "requested_by_id",
    "created_at",
    "verdict__id",
    "verdict__approved",
    "verdict__decided_by_id",
    "verdict__note",
    "verdict__created_at",
)
_RESOLUTION = ("id", "finding", "decision_id", "reason", "made_by_id", "created_at")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _hash(rows: list[Any]) -> str:
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def evidence_of(period: Period, person_ids: Collection[UUID], *, until: datetime) -> dict[Key, str]:
    """By person and day, for the days of ``period`` that have any. Three queries.

    The morning after the last day belongs to the last day here: that is where its night shift ends.
    """
    found: dict[Key, list[Any]] = defaultdict(list)
    theirs = {"person__in": person_ids, "day__gte": period.first}
    morning = period.last + _DAY
    punches = Punch.objects.filter(**theirs, day__lte=morning, created_at__lte=until)
    for person_id, day, *values in _by_key(punches, _PUNCH):
        found[person_id, min(day, period.last)].append(("punch", day, *values))
    decided = Correction.objects.filter(**theirs, day__lte=morning, verdict__created_at__lte=until)
    for person_id, day, *values in _by_key(decided, _CORRECTION):
        found[person_id, min(day, period.last)].append(("correction", day, *values))
    settled = Resolution.objects.filter(**theirs, day__lte=period.last, created_at__lte=until)
    for person_id, day, *values in _by_key(settled, _RESOLUTION):
        if person_id is not None:
            found[person_id, day].append(("resolution", day, *values))
    return {key: _hash(lines) for key, lines in found.items()}


def _by_key(rows: QuerySet[Any], names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Person, day and the named columns, of which the first is the key, by that. Put in order here: asked for
    it, PostgreSQL would rather walk the keys of the whole table.
    """
    return sorted(rows.order_by().values_list("person_id", "day", *names), key=lambda row: row[2])
