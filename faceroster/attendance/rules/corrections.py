"""From punches and approved corrections to the stamps that count.

Corrections count in the order of their approval, and the last word wins: a punch that was voided and then
changed counts again, as changed. One whose punch is not there (any more, or among these inputs) changes
nothing. A punch that was moved counts for the day around its new time, unless a shift takes it. What was done
is said on the day where the stamp counts now, and on the one where it counted before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from faceroster.attendance.rules.clock import DAY
from faceroster.attendance.rules.types import Change, Day, Note, Stamp


@dataclass(frozen=True, slots=True)
class Remark:
    """A note for the day that ``stamp`` belongs to, or for ``day`` where there is no stamp."""

    note: Note
    stamp: Stamp | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Effective:
    stamps: tuple[Stamp, ...]
    remarks: tuple[Remark, ...] = ()


def effective(punches: Iterable[Stamp], changes: Sequence[Change], days: Sequence[Day]) -> Effective:
    """Apply ``changes`` to ``punches``. The result is in order of time, whatever order they came in."""
    original = {stamp.id: stamp for stamp in punches}
    now: dict[str, Stamp] = dict(original)
    gone: dict[str, Stamp] = {}
    missing: list[Remark] = []
    for change in changes:
        if change.kind == "add" and change.stamp is not None:
            gone.pop(change.target, None)
            now[change.target] = replace(change.stamp, id=change.target, corrected=True)
            continue
        stamp = now.pop(change.target, None) or gone.get(change.target)
        if stamp is None:
            missing.append(_without_punch(change))
        elif change.kind == "void":
            gone[change.target] = stamp
        else:
            gone.pop(change.target, None)
            now[change.target] = _changed(stamp, change, days)
    stamps = tuple(sorted(now.values(), key=lambda stamp: (stamp.at, stamp.way, stamp.id)))
    if not changes:
        return Effective(stamps)
    return Effective(stamps, (*_remarks(original, now, gone), *missing))


def _changed(stamp: Stamp, change: Change, days: Sequence[Day]) -> Stamp:
    at = change.at or stamp.at
    day = _day_around(at, days) if at != stamp.at else stamp.day
    return replace(stamp, at=at, way=change.way or stamp.way, day=day, corrected=True)


def _day_around(moment: datetime, days: Sequence[Day]) -> date:
    """The day at the person's site; before and after all ``days``, one that is not among them."""
    if moment < days[0].begins:
        return days[0].day - DAY
    return next((day.day for day in days if day.begins <= moment < day.ends), days[-1].day + DAY)


def _without_punch(change: Change) -> Remark:
    values = {"id": change.target, "kind": change.kind}
    return Remark(Note("correction.without_punch", values), day=change.day)


def _remarks(original: dict[str, Stamp], now: dict[str, Stamp], gone: dict[str, Stamp]) -> Iterable[Remark]:
    for key, stamp in sorted(now.items(), key=lambda item: (item[1].at, item[0])):
        before = original.get(key)
        if before is None:
            yield Remark(Note("punch.added", _values(stamp)), stamp)
        elif before != stamp:
            was = {"was_at": before.at.isoformat(), "was_way": before.way}
            note = Note("punch.changed", {**_values(stamp), **was})
            yield Remark(note, stamp)
            yield Remark(note, before)
    for key, last in sorted(gone.items()):
        if (before := original.get(key)) is not None:
            yield Remark(Note("punch.voided", _values(before)), before)
        else:
            yield Remark(Note("punch.voided", _values(last)), last)


def _values(stamp: Stamp) -> dict[str, str]:
    return {"id": stamp.id, "at": stamp.at.isoformat(), "zone": stamp.zone, "way": stamp.way}
