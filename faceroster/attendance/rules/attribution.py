"""Which day and which shift a punch belongs to, and whether somebody comes or goes with it.

The day. A punch belongs to the day of the shift that takes punches at its time. Where two days' shifts do:

- to the one that is running, of two the one that began later. But an out in its first half hour belongs to
  the earlier shift, and an in in the last half hour of a shift to the later one;
- else to the one whose start or end is nearest, of two equally near the later one.

Where no shift takes it, it belongs to the day that its site recorded it for. Nothing of this depends on any
other punch, so neither order nor what is missing can move a punch to another day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from faceroster.attendance.rules.blocks import Block, blocks_of
from faceroster.attendance.rules.clock import DAY, minute
from faceroster.attendance.rules.types import Day, Stamp, Way

_EDGE = timedelta(minutes=30)
#: A block lies within two days of its own by any zone's calendar; see ``blocks``.
_AROUND = (-2 * DAY, -DAY, 0 * DAY, DAY, 2 * DAY)

Blocks = Mapping[date, tuple[Block, ...]]


def blocks_by_day(days: Iterable[Day]) -> dict[date, tuple[Block, ...]]:
    """Who is not employed on a day has no shift on it, whatever a roster says."""
    return {each.day: blocks_of(each.day, each.shifts) if each.employed else () for each in days}


def claim(at: datetime, way: Way | None, blocks: Blocks) -> date | None:
    """The day whose shift takes a punch at ``at``; None if none does. ``way`` None: not known yet."""
    moment = minute(at)
    block = taker(moment, way, takers(moment, blocks))
    return block.day if block else None


def takers(at: datetime, blocks: Blocks) -> list[Block]:
    """The blocks of any day that take a punch at ``at``, which has no seconds."""
    today = at.astimezone(UTC).date()
    return [
        block
        for apart in _AROUND
        for block in blocks.get(today + apart, ())
        if block.opens <= at <= block.closes
    ]


def taker(at: datetime, way: Way | None, found: Sequence[Block]) -> Block | None:
    """The one of the blocks ``found`` whose day the punch belongs to; see above."""
    if len(found) < 2:
        return found[0] if found else None
    running = [block for block in found if block.start <= at < block.end]
    if not running:
        return min(found, key=lambda block: (_apart(at, block), -block.start.timestamp()))
    block = max(running, key=lambda each: each.start)
    if way == "out" and at - block.start <= _EDGE:
        earlier = [each for each in found if each.start < block.start]
        return max(earlier, key=lambda each: each.end, default=block)
    if way == "in" and block.end - at <= _EDGE:
        later = [each for each in found if each.start > block.start]
        return min(later, key=lambda each: each.start, default=block)
    return block


def _apart(at: datetime, block: Block) -> timedelta:
    return min(abs(at - block.start), abs(at - block.end))


def stamps_by_day(stamps: Iterable[Stamp], blocks: Blocks) -> dict[date, list[Stamp]]:
    """Every stamp on exactly one day, in the order given."""
    found: dict[date, list[Stamp]] = defaultdict(list)
    for stamp in stamps:
        found[claim(stamp.at, stamp.way, blocks) or stamp.day].append(stamp)
    return found
