"""From inputs to workdays.

The order of the steps: corrections, attribution to days, pairing to spans, what is expected, worked time
with rounding and breaks, late, early and overtime, and last the weeks. Each is a module and says its rules.

A time counts as it is shown, cut to the minute; durations go by instants, so a night in which the clocks
change is as long as it was. Nothing depends on the order of the inputs, nor on days further away than the
neighbours, but for weekly overtime.

A day that is under way has no absence and no missed check-out before its shifts have ended and closed; what
is certain already, such as lateness, is said at once. Leave for a whole day on which somebody comes anyway
stays leave, and what they work counts besides. Somebody who is not employed on a day has no figures on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from faceroster.attendance.rules.attribution import Blocks, blocks_by_day, claim, stamps_by_day
from faceroster.attendance.rules.blocks import Block
from faceroster.attendance.rules.claims import Claim, claimed
from faceroster.attendance.rules.corrections import Remark, effective
from faceroster.attendance.rules.expecting import Expected, expected
from faceroster.attendance.rules.figures import late_from, overtime, punctual, status
from faceroster.attendance.rules.pairing import Span, debounced, pair
from faceroster.attendance.rules.types import Day, Inputs, Note, Result, Stamp
from faceroster.attendance.rules.weeks import with_weeks
from faceroster.attendance.rules.working import worked_in

__all__ = ["Claim", "claimed", "compute"]

_EXCUSED = {"late": "day.excused_late", "early": "day.excused_early", "absent": "day.excused_absent"}


def compute(inputs: Inputs) -> tuple[Result, ...]:
    """The result of every day of ``inputs`` but the first and the last, in order."""
    days = sorted(inputs.days, key=lambda day: day.day)
    blocks = blocks_by_day(days)
    counting = effective(inputs.punches, inputs.changes, days)
    stamps = stamps_by_day(counting.stamps, blocks)
    remarks = _remarks_by_day(counting.remarks, blocks)
    results = [
        _result(day, blocks[day.day], stamps.get(day.day, []), remarks.get(day.day, []), inputs.now)
        for day in days[1:-1]
    ]
    return with_weeks(results, {day.day: day for day in days})


def _remarks_by_day(remarks: Iterable[Remark], blocks: Blocks) -> dict[date, list[Note]]:
    found: dict[date, list[Note]] = defaultdict(list)
    for remark in remarks:
        stamp = remark.stamp
        day = (claim(stamp.at, stamp.way, blocks) or stamp.day) if stamp else remark.day
        if day is not None and remark.note not in found[day]:
            found[day].append(remark.note)
    return found


def _result(
    day: Day, blocks: tuple[Block, ...], stamps: Sequence[Stamp], remarks: list[Note], now: datetime
) -> Result:
    counted, repeats = debounced(stamps)
    notes = remarks + _repeated(counted, repeats)
    corrected = any(note.code.startswith("punch.") for note in remarks)
    if not day.employed:
        notes.append(Note("day.not_employed_punched" if counted else "day.not_employed"))
        return Result(day.day, "none", tuple(counted), corrected=corrected, trace=tuple(notes))
    spans = pair(counted, blocks, day_ends=day.ends, now=now)
    return _worked_day(day, blocks, expected(day, blocks), spans, counted, notes, corrected, now)


def _repeated(counted: Sequence[Stamp], repeats: dict[str, list[Stamp]]) -> list[Note]:
    return [
        Note(
            "punch.repeated",
            {
                "at": stamp.at.isoformat(),
                "zone": stamp.zone,
                "way": stamp.way,
                "count": len(repeats[stamp.id]),
                "ids": [each.id for each in repeats[stamp.id]],
            },
        )
        for stamp in counted
        if stamp.id in repeats
    ]


def _worked_day(
    day: Day,
    blocks: tuple[Block, ...],
    plan: Expected,
    spans: list[Span],
    counted: list[Stamp],
    notes: list[Note],
    corrected: bool,
    now: datetime,
) -> Result:
    work = worked_in(spans, blocks, plan.duties)
    notes = [*notes, *plan.notes, *work.notes]
    times = punctual(plan.duties, work, blocks, spans, now)
    notes += times.notes
    present = bool(spans) and spans[-1].state == "open"
    limit = sum(each.half_day_minutes for each in day.shifts)
    few = not work.unknown and not plan.half and work.minutes < limit
    word = status(day, plan, spans, present=present, few=few, now=now)
    absent = word == "absent"
    extra, why = overtime(day, blocks, plan, work.minutes)
    notes += [why] if why else []
    notes += _said(word, plan, absent=absent, few=few, limit=limit, attended=bool(spans))
    found = {"late": times.late, "early": times.early, "absent": absent}
    excused = [finding for finding in _EXCUSED if found[finding] and finding in day.excused]
    notes += [Note(_EXCUSED[finding]) for finding in excused]
    first = next((span.start for span in spans if span.start), None)
    last = spans[-1].end if spans else None
    starts, ends = _hours(plan, blocks)
    return Result(
        day=day.day,
        status=word,
        stamps=tuple(counted),
        expected_start=starts,
        expected_end=ends,
        late_from=late_from(plan.duties),
        first_in=first.at if first else None,
        last_out=last.at if last else None,
        present=present,
        due_minutes=plan.due,
        worked_minutes=work.minutes,
        break_minutes=work.breaks,
        overtime_minutes=extra,
        late_minutes=times.late,
        early_minutes=times.early,
        credited_minutes=plan.credited,
        leave_days=plan.leave_days,
        absent=absent,
        missed_out=any(span.state == "missed_out" for span in spans),
        missed_in=any(span.state == "missed_in" for span in spans),
        filled=work.filled,
        excused=bool(excused),
        corrected=corrected,
        trace=tuple(notes),
    )


def _hours(plan: Expected, blocks: Sequence[Block]) -> tuple[datetime | None, datetime | None]:
    if plan.duties:
        return min(each.start for each in plan.duties), max(each.end for each in plan.duties)
    if blocks:
        return blocks[0].start, max(block.end for block in blocks)
    return None, None


def _said(word: str, plan: Expected, *, absent: bool, few: bool, limit: int, attended: bool) -> list[Note]:
    """What the day is, where the notes so far do not tell."""
    if absent:
        return [Note("day.absent", {"minutes": plan.remaining})]
    if word == "half" and few:
        return [Note("day.half", {"limit": limit})]
    if attended and plan.leave_days and not plan.half:
        return [Note("leave.worked")]
    if word in ("ahead", "running"):
        return [Note("day.ahead" if word == "ahead" else "day.running")]
    return []
