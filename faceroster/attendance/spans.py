"""From one person's punches of one day to spans of presence. Pure: nothing is read or written.

No shifts and no rounding rules yet: this only pairs what was punched. Times count as they are shown,
to the minute, so that whatever a page prints adds up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from faceroster.attendance.days import working_day
from faceroster.attendance.models import Direction, Punch
from faceroster.people.models import PunchRule

_NONE = timedelta(0)


class SpanState(StrEnum):
    """What is known about a span. Only a closed one counts as worked time."""

    CLOSED = "closed"
    OPEN = "open"  # still in, today
    MISSED_OUT = "missed_out"  # came, and the day ended or another in followed
    MISSED_IN = "missed_in"  # left without having come
    ARRIVAL = "arrival"  # a past day at a site where nobody punches out


class Presence(StrEnum):
    """How a day stands at this moment."""

    IN = "in"
    LEFT = "left"
    NOT_SEEN = "not_seen"


@dataclass(frozen=True)
class Span:
    """From coming to going; one of the two may be missing, and ``state`` says why."""

    start: Punch | None
    end: Punch | None
    state: SpanState

    @property
    def worked(self) -> timedelta:
        if self.start is None or self.end is None:
            return _NONE
        return _minute(self.end.at) - _minute(self.start.at)


@dataclass(frozen=True)
class DayTimes:
    """One person's day: all punches in order, and the spans made of them."""

    day: date
    punches: tuple[Punch, ...] = ()
    spans: tuple[Span, ...] = field(default=())

    @property
    def first_in(self) -> Punch | None:
        return next((punch for punch in self.punches if punch.direction == Direction.IN), None)

    @property
    def last_out(self) -> Punch | None:
        """The punch that ended the day; None while someone is in, or when that check-out was missed."""
        return self.spans[-1].end if self.spans else None

    @property
    def worked(self) -> timedelta:
        return sum((span.worked for span in self.spans), _NONE)

    @property
    def since(self) -> Punch | None:
        """Since when they are in, if they are."""
        return self.spans[-1].start if self.presence is Presence.IN else None

    @property
    def presence(self) -> Presence:
        if not self.spans:
            return Presence.NOT_SEEN
        return Presence.IN if self.spans[-1].state is SpanState.OPEN else Presence.LEFT

    @property
    def missed(self) -> bool:
        return any(span.state in (SpanState.MISSED_IN, SpanState.MISSED_OUT) for span in self.spans)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _arrivals_only(punch: Punch) -> bool:
    return punch.site.punch_rule == PunchRule.IN_ONLY


def _unfinished(start: Punch, now: datetime) -> Span:
    """The last span of a day, which nothing ended."""
    if start.day >= working_day(now, start.site):
        return Span(start, None, SpanState.OPEN)
    return Span(start, None, SpanState.ARRIVAL if _arrivals_only(start) else SpanState.MISSED_OUT)


def spans_of(punches: Iterable[Punch], now: datetime) -> tuple[Span, ...]:
    """Pair the ``punches`` of one person and one day, in order of time, each with its ``site`` at hand.

    An in while one is already in means that a check-out was missed in between, except at a site
    where every punch is an arrival: there the first one stands.
    """
    spans: list[Span] = []
    start: Punch | None = None
    for punch in punches:
        if punch.direction == Direction.OUT:
            state = SpanState.CLOSED if start else SpanState.MISSED_IN
            spans.append(Span(start, punch, state))
            start = None
        elif start is None:
            start = punch
        elif not _arrivals_only(punch):
            spans.append(Span(start, None, SpanState.MISSED_OUT))
            start = punch
    if start is not None:
        spans.append(_unfinished(start, now))
    return tuple(spans)


def day_times(day: date, punches: Iterable[Punch], now: datetime) -> DayTimes:
    """Everything about one day of one person. ``now`` tells a span that is still open from a missed one."""
    ordered = tuple(sorted(punches, key=lambda punch: (punch.at, punch.created_at)))
    return DayTimes(day, ordered, spans_of(ordered, now))
