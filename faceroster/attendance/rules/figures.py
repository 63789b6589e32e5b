"""Late, early, absent, overtime, and what a day is in one word.

Late. By the shift's start, or by the core time where hours are flexible (without core time nobody is late);
with leave in the morning by where the leave ends. Within the grace nobody is late, beyond it the minutes
count from the start. Early likewise, at the end, once the end has come. Where an in or an out is missing,
nobody knows, and nothing is counted.

A shift that was left out altogether, by somebody who came to another one or at another time, counts with the
hours due as late if they came after it, else as left early.

Absent is who did not come at all, once the last shift has ended.

Overtime of the day is what was worked beyond the largest limit of the day's shifts, else beyond the policy's,
else beyond the hours to be worked (with half a day of leave that is half of them). On a rest day or holiday
all work is, if the policy says so. A day without a shift of somebody whom no roster knows is no rest day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from faceroster.attendance.rules.blocks import Block
from faceroster.attendance.rules.clock import MINUTE, minute, minutes
from faceroster.attendance.rules.expecting import Duty, Expected
from faceroster.attendance.rules.pairing import Span
from faceroster.attendance.rules.types import Day, Note
from faceroster.attendance.rules.working import Piece, Worked


@dataclass(slots=True)
class Punctual:
    late: int = 0
    early: int = 0
    notes: list[Note] = field(default_factory=list)


def reference(duty: Duty) -> tuple[datetime | None, datetime | None]:
    """By what coming late and leaving early is measured; None: by nothing."""
    if not duty.instance.shift.flexible:
        return duty.start, duty.end
    start, end = duty.instance.core_start, duty.instance.core_end
    if start is not None and (start >= duty.end or (end is not None and end <= duty.start)):
        start = None
    if end is not None and (end <= duty.start or (duty.instance.core_start or duty.start) >= duty.end):
        end = None
    return (max(start, duty.start) if start else None, min(end, duty.end) if end else None)


def late_from(duties: Sequence[Duty]) -> datetime | None:
    """The first instant at which somebody who has not come is late."""
    for duty in duties:
        start, _ = reference(duty)
        if start is not None:
            return start + timedelta(minutes=duty.instance.shift.grace_in_minutes) + MINUTE
    return None


def punctual(
    duties: Sequence[Duty], worked: Worked, blocks: Sequence[Block], spans: Sequence[Span], now: datetime
) -> Punctual:
    """Late and early minutes; none where nobody came at all."""
    result = Punctual()
    block_of = {each: block for block in blocks for each in block.instances}
    came: dict[Block, tuple[Duty, Piece]] = {}
    went: dict[Block, tuple[Duty, Piece]] = {}
    for duty in duties:
        block = block_of[duty.instance]
        there = [piece for piece in worked.pieces.get(duty.instance, []) if _there(piece, duty)]
        if there:
            came.setdefault(block, (duty, there[0]))
            went[block] = duty, there[-1]
        elif spans and now >= duty.end and not worked.unknown & {block, None}:
            _left_out(duty, spans, result)
    for block in came:
        _late(*came[block], result)
        if not worked.unknown & {block, None}:
            _early(*went[block], now, result)
    return result


def _there(piece: Piece, duty: Duty) -> bool:
    """Whether ``piece`` is, or may be, in the time to be worked."""
    before_end = piece.start is None or piece.start < duty.end
    after_start = piece.end is None or piece.end > duty.start
    return before_end and after_start


def _late(duty: Duty, piece: Piece, result: Punctual) -> None:
    start, _ = reference(duty)
    if start is None or piece.start is None or piece.start <= start:
        return
    late = minutes(piece.start - start)
    grace = duty.instance.shift.grace_in_minutes
    values = {
        "minutes": late,
        "grace": grace,
        "start": start.isoformat(),
        "at": piece.start.isoformat(),
        "zone": duty.instance.shift.zone,
    }
    if late <= grace:
        result.notes.append(Note("late.grace", values))
    else:
        result.late += late
        result.notes.append(Note("late.counted", values))


def _early(duty: Duty, piece: Piece, now: datetime, result: Punctual) -> None:
    _, end = reference(duty)
    if end is None or piece.end is None or piece.end >= end or now < end:
        return
    early = minutes(end - piece.end)
    grace = duty.instance.shift.grace_out_minutes
    values = {
        "minutes": early,
        "grace": grace,
        "end": end.isoformat(),
        "at": piece.end.isoformat(),
        "zone": duty.instance.shift.zone,
    }
    if early <= grace:
        result.notes.append(Note("early.grace", values))
    else:
        result.early += early
        result.notes.append(Note("early.counted", values))


def _left_out(duty: Duty, spans: Sequence[Span], result: Punctual) -> None:
    came = [span.start.at for span in spans if span.start]
    values = {"name": duty.instance.shift.name, "minutes": duty.due}
    if any(minute(at) < duty.start for at in came):
        result.early += duty.due
        result.notes.append(Note("early.left_out", values))
    else:
        result.late += duty.due
        result.notes.append(Note("late.left_out", values))


def overtime(day: Day, blocks: Sequence[Block], plan: Expected, worked: int) -> tuple[int, Note | None]:
    """Daily overtime, and why."""
    if not worked:
        return 0, None
    rests = bool(day.holiday) or (day.planned and not blocks)
    if rests and day.policy.rest_day_is_overtime:
        return worked, Note("overtime.rest", {"minutes": worked})
    limit = _limit(day, plan)
    if limit is None or worked <= limit:
        return 0, None
    return worked - limit, Note("overtime.daily", {"minutes": worked - limit, "after": limit})


def _limit(day: Day, plan: Expected) -> int | None:
    own = [each.overtime_after_minutes for each in day.shifts if each.overtime_after_minutes is not None]
    if own:
        return max(own)
    if day.policy.overtime_daily_after is not None:
        return day.policy.overtime_daily_after
    if not day.shifts:
        return None
    return plan.remaining if plan.half else plan.gross


def status(
    day: Day, plan: Expected, spans: Sequence[Span], *, present: bool, few: bool, now: datetime
) -> str:
    """What the day is. ``few``: less was worked than half a day needs."""
    if not plan.duties:
        return _free_status(day, plan, attended=bool(spans), present=present)
    over = now >= max(duty.end for duty in plan.duties)
    if not spans:
        if over:
            return "absent"
        return "running" if now >= plan.duties[0].start else "ahead"
    if present or not over:
        return "running"
    return "half" if plan.half or few else "present"


def _free_status(day: Day, plan: Expected, *, attended: bool, present: bool) -> str:
    if present:
        return "running"
    if plan.leave_days:
        return "leave"
    if attended:
        return "present"
    if day.holiday:
        return "holiday"
    if day.planned:
        return "rest"
    return "leave" if day.leave else "free"
