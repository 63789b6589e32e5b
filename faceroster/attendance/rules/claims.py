"""Whether somebody comes or goes with a new punch, and on which day.

It alternates within the shift: an in that nobody ended never makes the next shift begin with an out. Between
two shifts the one whose start or end is nearer decides. Where no shift takes the punch, it alternates within
the site's day. The punch then belongs to the same day by ``attribution``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from faceroster.attendance.rules.attribution import blocks_by_day, claim, stamps_by_day, taker, takers
from faceroster.attendance.rules.blocks import Block
from faceroster.attendance.rules.clock import minute
from faceroster.attendance.rules.pairing import open_after
from faceroster.attendance.rules.types import Day, Stamp, Way


@dataclass(frozen=True, slots=True)
class Claim:
    """The day that a punch belongs to, and its direction."""

    day: date
    way: Way


def claimed(moment: datetime, days: tuple[Day, ...], punches: Iterable[Stamp]) -> Claim:
    """What a new punch at ``moment`` is: ``punches`` are the person's stamps around it, corrected.

    ``days`` hold the site's day of ``moment`` and the days beside it; where they do not, the site's day is
    taken to be the UTC date. For a site where every punch is an arrival the caller knows the way already.
    """
    blocks = blocks_by_day(days)
    before = sorted(
        (stamp for stamp in punches if stamp.at < moment), key=lambda stamp: (stamp.at, stamp.way, stamp.id)
    )
    by_day = stamps_by_day(before, blocks)
    at = minute(moment)
    site_day = next((day.day for day in days if day.begins <= moment < day.ends), moment.date())
    leaving = claim(moment, "out", blocks)
    nearest = taker(at, None, takers(at, blocks))
    if leaving is not None and nearest is not None and leaving != nearest.day:
        # The first half hour of a shift: whoever is still in from the one before goes home now.
        still = open_after(by_day.get(leaving, []), blocks[leaving])
        if still.is_open and not by_day.get(nearest.day):
            return Claim(leaving, "out")
    day = nearest.day if nearest else site_day
    state = open_after(by_day.get(day, []), blocks.get(day, ()))
    if state.is_open and not _fresh(nearest, state.block):
        return Claim(claim(moment, "out", blocks) or site_day, "out")
    return Claim(claim(moment, "in", blocks) or site_day, "in")


def _fresh(taker: Block | None, open_block: Block | None) -> bool:
    """Whether ``taker`` is another shift than the one that somebody forgot to leave."""
    return taker is not None and (open_block is None or taker.start > open_block.start)
