"""From a day's stamps to spans of presence.

The same direction again within the site's debounce time after the one before counts once, and so do any
number of stamps at the same instant in the same direction.

An in while one is already in means that the check-out in between was missed; but at a site where every punch
is an arrival the first one stands. An out without an in means a missed check-in. A span never runs from one
shift into another: there both are missed. An out ends what is open, unless that is a shift that takes no more
punches while another one does. An in belongs to the shift that is running, else to the next one, else to the
last; outside of all shifts to none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from faceroster.attendance.rules.blocks import Block
from faceroster.attendance.rules.clock import MINUTE, minute
from faceroster.attendance.rules.types import Stamp

State = Literal["closed", "open", "missed_out", "missed_in", "arrival"]


@dataclass(frozen=True, slots=True)
class Span:
    """From an in to an out, one of which may be missing. ``block`` None: outside of all shifts."""

    start: Stamp | None
    end: Stamp | None
    block: Block | None
    state: State


@dataclass(frozen=True, slots=True)
class Open:
    """Whether somebody is in after some stamps, and in which block they came."""

    is_open: bool
    block: Block | None


def debounced(stamps: Sequence[Stamp]) -> tuple[list[Stamp], dict[str, list[Stamp]]]:
    """The stamps that count, and by the id of each the ones that only repeat it. In order of time."""
    counted: list[Stamp] = []
    repeats: dict[str, list[Stamp]] = {}
    before: Stamp | None = None
    for stamp in stamps:
        again = before is not None and stamp.way == before.way and _near(before, stamp)
        before = stamp
        if again:
            repeats.setdefault(counted[-1].id, []).append(stamp)
        else:
            counted.append(stamp)
    return counted, repeats


def _near(before: Stamp, stamp: Stamp) -> bool:
    return stamp.at == before.at or stamp.at - before.at < timedelta(seconds=stamp.debounce)


def open_after(stamps: Sequence[Stamp], blocks: Sequence[Block]) -> Open:
    """How a day stands after ``stamps``, all of that day and in order of time."""
    last: Span | None = None
    for span in _spans(debounced(stamps)[0], blocks):
        last = span
    if last is None or last.state != "open":
        return Open(False, None)
    return Open(True, last.block)


def pair(
    stamps: Sequence[Stamp], blocks: Sequence[Block], *, day_ends: datetime, now: datetime
) -> list[Span]:
    """The spans of a day's debounced ``stamps``.

    The last in is open while its shift takes punches, or until the day ends at the site where it is outside
    of all shifts; then its check-out was missed, unless the site knows arrivals only.
    """
    spans = list(_spans(stamps, blocks))
    if spans and spans[-1].state == "open":
        last = spans[-1]
        over = now >= (last.block.closes + MINUTE if last.block else day_ends)
        if over and last.start is not None:
            spans[-1] = Span(last.start, None, last.block, _unended(last.start))
    return spans


def _unended(start: Stamp) -> State:
    return "arrival" if start.arrivals_only else "missed_out"


def _spans(stamps: Sequence[Stamp], blocks: Sequence[Block]) -> Iterator[Span]:
    start: Stamp | None = None
    block: Block | None = None
    for stamp in stamps:
        own = _block_of(stamp, blocks, block, start is not None)
        if stamp.way == "out":
            if start is not None and own is not block and block is not None:
                yield Span(start, None, block, _unended(start))
                start = None
            yield Span(start, stamp, own, "missed_in" if start is None else "closed")
            start = block = None
        elif start is None:
            start, block = stamp, own
        elif not stamp.arrivals_only or own is not block:
            yield Span(start, None, block, _unended(start))
            start, block = stamp, own
    if start is not None:
        yield Span(start, None, block, "open")


def _block_of(stamp: Stamp, blocks: Sequence[Block], open_block: Block | None, is_open: bool) -> Block | None:
    """The block that ``stamp`` belongs to. ``open_block``: where the last in was, if it has no out yet."""
    if not blocks:
        return None
    at = minute(stamp.at)
    takers = [block for block in blocks if block.opens <= at <= block.closes]
    if stamp.way == "out":
        if is_open and open_block is not None and (open_block in takers or not takers):
            return open_block
        begun = [block for block in takers if block.start <= at]
        return begun[-1] if begun else takers[0] if takers else None
    running = [block for block in takers if block.start <= at < block.end]
    if running:
        return running[-1]
    return next((block for block in takers if at < block.start), takers[-1] if takers else None)
