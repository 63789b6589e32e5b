"""Where a day's spans and punches lie on a bar from the day's start to its end, in percent for SVG.

The bar is the site's working day and not the calendar's: an out at half past midnight still lies on it.
Places go by instants, so a day of 23 or 25 hours is drawn right as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from faceroster.attendance.models import Punch
from faceroster.attendance.spans import DayTimes, Span, SpanState
from faceroster.reports.wording import clock_text

_STEP = timedelta(minutes=30)

Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Tick:
    """A full hour on the bar. ``major`` ones stay when there is little room."""

    x: str
    label: str
    major: bool


@dataclass(frozen=True)
class Stretch:
    """A span; ``state`` is closed or open."""

    x: str
    width: str
    state: str


@dataclass(frozen=True)
class Mark:
    """A punch; ``title`` says it in words."""

    x: str
    direction: str
    title: str


@dataclass(frozen=True)
class Timeline:
    stretches: list[Stretch]
    marks: list[Mark]


def _share(moment: datetime, window: Window) -> float:
    """0 at the start of ``window``, 100 at its end; what lies outside is put at the edge."""
    start, end = window
    return max(0.0, min(100.0, 100 * ((moment - start) / (end - start))))


def hour_ticks(window: Window, zone: ZoneInfo) -> list[Tick]:
    """Every third full hour by the local clock, both ends of the bar left free."""
    ticks, moment = [], window[0] + _STEP
    while moment < window[1]:
        local = moment.astimezone(zone)
        if local.minute == 0 and local.hour % 3 == 0 and 2 < _share(moment, window) < 98:
            ticks.append(Tick(f"{_share(moment, window):.2f}%", f"{local:%H}", local.hour % 6 == 0))
        moment += _STEP
    return ticks


def _stretch(span: Span, window: Window, now: datetime) -> Stretch | None:
    if span.start is None or span.state not in (SpanState.CLOSED, SpanState.OPEN):
        return None
    left = _share(span.start.at, window)
    right = _share(span.end.at if span.end else now, window)
    return Stretch(f"{left:.2f}%", f"{max(right - left, 0.4):.2f}%", span.state)


def _mark(punch: Punch, window: Window) -> Mark:
    x = f"{_share(punch.at.astimezone(UTC), window):.2f}%"
    return Mark(x, punch.direction, f"{punch.get_direction_display()} {clock_text(punch)}")


def timeline(times: DayTimes, window: Window, now: datetime) -> Timeline:
    """The bar of one day. An open span reaches up to ``now``."""
    stretches = [_stretch(span, window, now) for span in times.spans]
    return Timeline(
        [stretch for stretch in stretches if stretch],
        [_mark(punch, window) for punch in times.punches],
    )
