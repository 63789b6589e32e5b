"""When was it? The device's clock may be wrong, may have been set, and may stand still while it sleeps.

Three things are known of an entry: what the device's clock showed; what the server's and the device's showed
when they last met before it, and how long ago that was by a clock that nobody can set; and what both show now
that it is sent. A device that sleeps stops the clock that nobody can set, but its own runs on: then it was as
far off before as it is now. When it is not, it was set in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from faceroster.offline.limits import SKEW


@dataclass(frozen=True, slots=True)
class Anchor:
    """When server and device last met: ``server`` time, what the ``device``'s clock showed, and how long
    before the entry that was, None where the page was loaded anew in between."""

    server: datetime
    device: datetime
    elapsed: timedelta | None


@dataclass(frozen=True, slots=True)
class Reading:
    """``at``: never later than ``received``. ``behind``: how far the device's clock was."""

    at: datetime
    behind: timedelta
    skewed: bool


def read(*, device: datetime, anchor: Anchor | None, sent: datetime, received: datetime) -> Reading:
    """``device``: its clock at the entry; ``sent``: its clock when it sent it, come at ``received``."""
    now_behind = received - sent
    if anchor is None:
        return _bounded(device + now_behind, now_behind, received, skewed=abs(now_behind) > SKEW)
    behind = anchor.server - anchor.device
    steady = abs(now_behind - behind) <= SKEW
    by_clock = device + behind
    by_timer = anchor.server + anchor.elapsed if anchor.elapsed is not None else None
    close = by_timer is not None and abs(by_timer - by_clock) <= SKEW
    at = by_timer if by_timer is not None and (close or not steady) else by_clock
    return _bounded(at, behind, received, skewed=not steady or abs(behind) > SKEW)


def _bounded(at: datetime, behind: timedelta, received: datetime, *, skewed: bool) -> Reading:
    if at <= received:
        return Reading(at, behind, skewed)
    return Reading(received, behind, skewed or at - received > SKEW)
