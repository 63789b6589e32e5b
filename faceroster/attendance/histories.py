"""People's punches and approved corrections, as the rules take them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from faceroster.attendance.models import Correction, CorrectionKind, Punch
from faceroster.attendance.rules.types import Change, Stamp, Way
from faceroster.people.models import PunchRule


@dataclass(frozen=True, slots=True)
class History:
    """One person's punches in order of time, and the approved corrections in order of their verdicts."""

    punches: tuple[Stamp, ...] = ()
    changes: tuple[Change, ...] = ()

    def within(self, since: datetime, until: datetime) -> tuple[tuple[Stamp, ...], tuple[Change, ...]]:
        """Those of moments between the two; with each all corrections of it, wherever they move it."""
        if not self.changes:
            return tuple(stamp for stamp in self.punches if since <= stamp.at <= until), ()
        moments: dict[str, list[datetime]] = defaultdict(list)
        for stamp in self.punches:
            moments[stamp.id].append(stamp.at)
        for change in self.changes:
            at = change.stamp.at if change.stamp else change.at
            if at is not None:
                moments[change.target].append(at)
        near = {key for key, found in moments.items() if any(since <= at <= until for at in found)}
        return (
            tuple(stamp for stamp in self.punches if stamp.id in near),
            tuple(change for change in self.changes if change.target in near),
        )


def histories_of(person_ids: Sequence[UUID], *, since: datetime, until: datetime) -> dict[UUID, History]:
    """The history of each person between two moments, by two queries.

    Corrections are all there, of any time, and with them the punches that they move.
    """
    changes: dict[UUID, list[Change]] = defaultdict(list)
    moved: set[UUID] = set()
    approved = Correction.objects.filter(person__in=person_ids, verdict__approved=True)
    for row in approved.select_related("site").order_by("verdict__created_at", "verdict__pk"):
        changes[row.person_id].append(_change(row))
        if row.punch_id is not None and row.at is not None:
            moved.add(row.punch_id)
    stamps = _stamps(Q(person__in=person_ids) & (Q(at__range=(since, until)) | Q(pk__in=moved)))
    return {
        person_id: History(tuple(stamps.get(person_id, ())), tuple(changes.get(person_id, ())))
        for person_id in stamps.keys() | changes.keys()
    }


def _stamps(which: Q) -> dict[UUID, list[Stamp]]:
    found: dict[UUID, list[Stamp]] = defaultdict(list)
    rows = Punch.objects.filter(which).order_by("at", "created_at", "pk")
    for person_id, key, at, way, zone, day, rule, debounce in rows.values_list(
        "person_id", "pk", "at", "direction", "zone", "day", "site__punch_rule", "site__debounce_seconds"
    ):
        arrivals_only = rule == PunchRule.IN_ONLY
        found[person_id].append(
            Stamp(str(key), at, _way(way), zone, day, arrivals_only=arrivals_only, debounce=debounce)
        )
    return found


def _change(row: Correction) -> Change:
    if row.kind == CorrectionKind.ADD:
        assert row.at is not None  # by the table's constraint, and so is the site
        assert row.site is not None
        stamp = Stamp(
            str(row.pk),
            row.at,
            _way(row.direction),
            row.zone,
            row.day,
            corrected=True,
            arrivals_only=row.site.punch_rule == PunchRule.IN_ONLY,
            debounce=row.site.debounce_seconds,
        )
        return Change("add", stamp.id, stamp=stamp, day=row.day)
    target = str(row.punch_id or row.added_id)
    if row.kind == CorrectionKind.VOID:
        return Change("void", target, day=row.day)
    way = _way(row.direction) if row.direction else None
    return Change("change", target, at=row.at, way=way, day=row.day if row.at else None)


def _way(direction: str) -> Way:
    return "out" if direction == "out" else "in"
