"""From spans to worked minutes: each shift's share of them, rounded, without what came too early.

Time before a shift's start counts only if the shift says so; time after its end always does. Time outside of
all shifts counts as it was punched, without rounding or breaks. A missed check-out counts nothing, or up to
the end of the shift if the shift says so and nothing came after it in the same shift. Without an in, or
without a known out, nothing is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from faceroster.attendance.rules.blocks import Block, Instance
from faceroster.attendance.rules.breaks import work_of
from faceroster.attendance.rules.clock import minute, minutes
from faceroster.attendance.rules.expecting import Duty
from faceroster.attendance.rules.pairing import Span
from faceroster.attendance.rules.rounding import rounded
from faceroster.attendance.rules.types import Note, Stamp

_ROUNDED = {
    "nearest": "time.rounded_nearest",
    "employee": "time.rounded_employee",
    "employer": "time.rounded_employer",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a span in one shift; None: not known. No seconds, not rounded."""

    start: datetime | None
    end: datetime | None


@dataclass(slots=True)
class Worked:
    """``pieces``: by shift. ``unknown``: blocks in which an in or an out is missing (None: outside)."""

    minutes: int = 0
    breaks: int = 0
    filled: bool = False
    pieces: dict[Instance, list[Piece]] = field(default_factory=dict)
    unknown: set[Block | None] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)


def worked_in(spans: Sequence[Span], blocks: Sequence[Block], duties: Sequence[Duty]) -> Worked:
    """What the ``spans`` of a day come to."""
    result = Worked()
    for span in spans:
        if span.state != "closed":
            result.unknown.add(span.block)
        if span.block is None:
            _outside(span, result)
    for block in blocks:
        mine = [span for span in spans if span.block is block]
        if mine:
            _inside(block, mine, duties, result)
    return result


def _outside(span: Span, result: Worked) -> None:
    if span.state != "closed" or span.start is None or span.end is None:
        result.notes.append(_note(span))
        return
    length = minutes(minute(span.end.at) - minute(span.start.at))
    result.minutes += length
    result.notes.append(Note("span.outside", {**_times(span.start, span.end), "minutes": length}))


def _inside(block: Block, spans: Sequence[Span], duties: Sequence[Duty], result: Worked) -> None:
    filled = _filled(block, spans[-1], duties)
    counted: list[tuple[datetime, datetime]] = []
    for span in spans:
        start, end = _cut(span.start), _cut(span.end)
        if filled is not None and span is spans[-1]:
            end = filled
            values = {**_values(span.start), "end": end.isoformat()}
            result.filled = True
            result.notes.append(Note("span.filled", values))
        elif span.state == "closed" and span.start and span.end and start and end:
            values = {**_times(span.start, span.end), "minutes": minutes(end - start)}
            result.notes.append(Note("span.worked", values))
        else:
            result.notes.append(_note(span))
        if start and end:
            counted.append((start, end))
        if span.state == "closed" or start is None:
            _share(block, start, _cut(span.end), result)
        else:
            _share(block, start, None, result)
    for each, since, until in _bounds(block):
        _work(each, since, until, counted, result)


def _cut(stamp: Stamp | None) -> datetime | None:
    return minute(stamp.at) if stamp else None


def _bounds(block: Block) -> list[tuple[Instance, datetime | None, datetime | None]]:
    """Each shift, from where and up to where time is its own: the first and the last are open."""
    shifts = block.instances
    return [
        (each, each.start if n else None, shifts[n + 1].start if n + 1 < len(shifts) else None)
        for n, each in enumerate(shifts)
    ]


def _share(block: Block, start: datetime | None, end: datetime | None, result: Worked) -> None:
    """Note for each shift that somebody was there. What is not known lies in the shift of what is."""
    for each, since, until in _bounds(block):
        if start is None or end is None:
            known = start or end
            if known is None or (since and known < since) or (until and known >= until):
                continue
            result.pieces.setdefault(each, []).append(Piece(start, end))
            continue
        first = max(start, since) if since else start
        last = min(end, until) if until else end
        if first < last or first == last == start:
            result.pieces.setdefault(each, []).append(Piece(first, last))


def _filled(block: Block, span: Span, duties: Sequence[Duty]) -> datetime | None:
    """Up to when the block's last span counts by rule, if it is one whose out was missed."""
    if span.state != "missed_out" or span.start is None:
        return None
    start = minute(span.start.at)
    each = next(one for one, _, until in _bounds(block) if until is None or start < until)
    if each.shift.missed_out != "shift_end":
        return None
    duty = next((one for one in duties if one.instance is each), None)
    if duty and start < duty.end:
        return duty.end
    return each.end if start < each.end else None


def _work(
    each: Instance,
    since: datetime | None,
    until: datetime | None,
    spans: Sequence[tuple[datetime, datetime]],
    result: Worked,
) -> None:
    """Count what ``spans`` come to in one shift."""
    presence = gaps = early = 0
    before: datetime | None = None
    changed = False
    for start, end in spans:
        if (until and start >= until) or (since and end <= since):
            continue
        first = max(start, since) if since and start < since else rounded(start, "in", each)
        last = until if until and end > until else rounded(end, "out", each)
        changed = changed or (first != start and since is None) or (last != end and until is None)
        if first < each.start and not each.shift.early_counts:
            early += minutes(min(each.start, max(first, last)) - first)
            first = each.start
        if before is not None and first < before:
            first = before
        if last <= first:
            continue
        if before is not None:
            gaps += minutes(first - before)
        presence += minutes(last - first)
        before = last
    if early:
        result.notes.append(Note("time.before_start", {"minutes": early}))
    if changed:
        result.notes.append(Note(_ROUNDED[each.shift.rounding], {"step": each.shift.rounding_minutes}))
    work = work_of(each.shift, presence, gaps)
    result.minutes += work.worked
    result.breaks += work.breaks
    result.notes += work.notes


def _values(stamp: Stamp | None) -> dict[str, Any]:
    return {"start": stamp.at.isoformat(), "zone": stamp.zone} if stamp else {}


def _times(start: Stamp, end: Stamp) -> dict[str, Any]:
    return {**_values(start), "end": end.at.isoformat(), "end_zone": end.zone}


def _note(span: Span) -> Note:
    """Of a span that counts nothing."""
    known = span.start or span.end
    values = {"at": known.at.isoformat(), "zone": known.zone} if known else {}
    if span.state == "missed_out":
        return Note("span.missed_out", values)
    if span.state == "missed_in":
        return Note("span.missed_in", values)
    if span.state == "arrival":
        return Note("span.arrival", values)
    return Note("span.open", values)
