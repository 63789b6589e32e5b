"""Hashes over workdays: of a row, of one person's period, and of a whole period, printed in every export.

All are SHA-256 in hexadecimal, of text that anybody can write down again: compact JSON with sorted keys,
instants in UTC. A figure that is altered changes the row's hash, and that the period's digest, which stands
in the event of closing and on paper.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from faceroster.attendance.evidence import evidence_of
from faceroster.attendance.models import DayStatus, Period, PeriodEvent, PeriodEventKind, Seal, Workday
from faceroster.trust.models import User

#: Stands before everything that is hashed. Never change FIGURES: what was sealed before would no longer fit.
#: A new column gets a second list and a second version, tried where the first does not fit.
_VERSION = "faceroster-seal-1"

#: What a manager approves, and what is paid by.
_AGREED = (
    "day",
    "status",
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
    "leave_days",
    "absent",
    "missed_out",
    "missed_in",
    "filled",
    "excused",
    "corrected",
)
#: Days that nothing was expected on.
_NOTHING = (DayStatus.FREE, DayStatus.NONE)
#: All that a closed row says. Its own key and the time of computing are left out: computing anew from nothing
#: gives the same hash.
FIGURES = (
    *_AGREED,
    "person_id",
    "department_id",
    "site_id",
    "zone",
    "expected_start",
    "expected_end",
    "late_from",
    "present",
    "shift_names",
    "trace",
    "rules_version",
    "inputs_hash",
)
_ROWS_AT_ONCE = 1000

Key = tuple[UUID, date]


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return f"{value:.1f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _json(value: object) -> bytes:
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
    ).encode()


def _canonical(values: Mapping[str, Any]) -> bytes:
    return _json([_VERSION, {**values, "leave_days": Decimal(values["leave_days"])}])


def row_bytes(workday: Workday) -> bytes:
    """What is hashed of a stored row."""
    return _canonical({name: getattr(workday, name) for name in FIGURES})


def row_hash(workday: Workday) -> str:
    return hashlib.sha256(row_bytes(workday)).hexdigest()


def row_hashes(rows: QuerySet[Workday]) -> dict[Key, str]:
    """The hash of each of ``rows`` as it lies in the database. One query."""
    found = {}
    for values in rows.order_by().values_list(*FIGURES).iterator(_ROWS_AT_ONCE):
        figures = dict(zip(FIGURES, values, strict=True))
        key = figures["person_id"], figures["day"]
        found[key] = hashlib.sha256(_canonical(figures)).hexdigest()
    return found


def period_digest(period: Period, hashes: Iterable[str]) -> str:
    """Of the department, the days, and the hashes of all rows, in whichever order they come."""
    head = f"{_VERSION} {period.department_id} {period.first.isoformat()} {period.last.isoformat()}"
    return hashlib.sha256("\n".join([head, *sorted(hashes)]).encode()).hexdigest()


def rows_of(period: Period) -> QuerySet[Workday]:
    """The rows that belong to ``period``: while it is open, those of its department on its days."""
    if period.digest:
        return Workday.objects.filter(period=period)
    return Workday.objects.filter(
        department=period.department_id, day__range=(period.first, period.last), period__isnull=True
    )


def timesheet_digests(period: Period, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """Of each person's figures in the period, as a manager approves them. One query.

    Only figures: a shift that is merely called something else leaves an approval as it was, and so does a day
    without anything, whether it has a row or gets one when the period is closed.
    """
    if not person_ids:
        return {}
    sheets: dict[UUID, list[list[Any]]] = defaultdict(list)
    rows = rows_of(period).filter(person__in=person_ids).order_by("person", "day")
    for person_id, *values in rows.values_list("person_id", *_AGREED):
        lines = sheets[person_id]
        _day, status, *rest = values
        if status not in _NOTHING or any(rest):
            lines.append(values)
    # One text for a whole sheet: a page asks for those of a department at once.
    return {
        key: hashlib.sha256(_json([_VERSION, _AGREED, lines])).hexdigest() for key, lines in sheets.items()
    }


def timesheet_digest(period: Period, person_id: UUID) -> str:
    """The same of one person; empty for somebody without rows."""
    return timesheet_digests(period, [person_id]).get(person_id, "")


def seal(period: Period, *, user: User) -> PeriodEvent:
    """Bind every row of an open ``period`` to it, in the present transaction, and write down what they were.

    The caller has locked the period and its people. ``period`` gets its digest; it is not saved.
    """
    keys = list(rows_of(period).select_for_update().order_by("pk").values_list("pk", flat=True))
    hashes = row_hashes(rows_of(period))
    if len(keys) != len(hashes):
        raise RuntimeError("rows have come while the period was locked")
    period.digest = period_digest(period, hashes.values())
    event = PeriodEvent.objects.create(
        period=period,
        kind=PeriodEventKind.CLOSED,
        digest=period.digest,
        rows=len(hashes),
        made_by=user,
    )
    evidence = evidence_of(period, {person_id for person_id, _ in hashes}, until=event.created_at)
    Seal.objects.bulk_create(
        (
            Seal(
                event=event, person_id=key[0], day=key[1], row_hash=text, evidence_hash=evidence.get(key, "")
            )
            for key, text in hashes.items()
        ),
        batch_size=_ROWS_AT_ONCE,
    )
    mine = Seal.objects.filter(event=event, person=OuterRef("person"), day=OuterRef("day"))
    rows = Workday.objects.filter(
        department=period.department_id, day__range=(period.first, period.last), period__isnull=True
    )
    rows.update(row_hash=Subquery(mine.values("row_hash")[:1]), period=period)
    return event


def unseal(period: Period) -> int:
    """Let the rows of ``period`` go. Returns how many."""
    period.digest = ""
    return Workday.objects.filter(period=period).update(period=None, row_hash="")
