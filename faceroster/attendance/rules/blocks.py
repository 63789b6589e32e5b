"""A day's shifts as stretches of time.

A shift whose end is not after its start runs across midnight and belongs to the day on which it starts. A
shift takes punches from ``opens_minutes`` before its start to ``closes_minutes`` after its end, but never
those before 20:00 on the day before or from 20:00 on the day after: so only neighbours ever compete for a
punch, and a day can be computed with nothing but the days beside it.

Shifts of one day that follow each other without a gap, or overlap, are one block: who works both need not
punch in between, and each shift's share is cut at the later one's start. Nor does it matter when they take a
break there: coming late and leaving early is asked of the block as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from faceroster.attendance.rules.clock import DAY, MINUTE, instant, minutes
from faceroster.attendance.rules.types import ShiftRules

_LIMIT = time(20, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """A shift on one day. ``due``: minutes to be worked in it. ``midnight``: what rounding counts from."""

    shift: ShiftRules
    start: datetime
    end: datetime
    due: int
    core_start: datetime | None
    core_end: datetime | None
    midnight: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Shifts without a gap in between, and from when to when a punch belongs to them (both included)."""

    day: date
    instances: tuple[Instance, ...]
    start: datetime
    end: datetime
    opens: datetime
    closes: datetime


@lru_cache(maxsize=16384)
def blocks_of(day: date, shifts: tuple[ShiftRules, ...]) -> tuple[Block, ...]:
    """The blocks of ``day``, in order of time."""
    instances = sorted(
        (_instance(day, shift) for shift in shifts), key=lambda each: (each.start, each.end, each.shift.id)
    )
    groups: list[list[Instance]] = []
    for each in instances:
        if groups and each.start <= max(one.end for one in groups[-1]):
            groups[-1].append(each)
        else:
            groups.append([each])
    return tuple(_block(day, group) for group in groups)


def _block(day: date, group: list[Instance]) -> Block:
    opens = min(
        max(each.start - timedelta(minutes=each.shift.opens_minutes), _limit(day - DAY, each))
        for each in group
    )
    closes = max(
        min(each.end + timedelta(minutes=each.shift.closes_minutes), _limit(day + DAY, each) - MINUTE)
        for each in group
    )
    return Block(day, tuple(group), group[0].start, max(each.end for each in group), opens, closes)


def _limit(day: date, each: Instance) -> datetime:
    return instant(day, _LIMIT, each.shift.zone)


def _instance(day: date, shift: ShiftRules) -> Instance:
    def when(clock: time) -> datetime:
        """Of the shift: what is before its start by the clock is on the next day."""
        return instant(day if clock >= shift.starts else day + DAY, clock, shift.zone)

    start = instant(day, shift.starts, shift.zone)
    end = instant(day if shift.ends > shift.starts else day + DAY, shift.ends, shift.zone)
    length = minutes(end - start)
    if shift.target_minutes is not None:
        due = shift.target_minutes
    else:
        unpaid = 0 if shift.break_paid else automatic_break(shift, length)
        due = length - unpaid
    core = shift.flexible
    return Instance(
        shift=shift,
        start=start,
        end=end,
        due=due,
        core_start=when(shift.core_starts) if core and shift.core_starts is not None else None,
        core_end=when(shift.core_ends) if core and shift.core_ends is not None else None,
        midnight=start - timedelta(hours=shift.starts.hour, minutes=shift.starts.minute),
    )


def automatic_break(shift: ShiftRules, presence: int) -> int:
    """Minutes of break that ``presence`` calls for: never more than what lies beyond ``break_after``."""
    return min(shift.break_minutes, max(0, presence - shift.break_after_minutes))
