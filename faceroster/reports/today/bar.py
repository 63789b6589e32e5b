"""A person's day as a drawn bar: what was expected behind, presence before it, and a mark for each punch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from faceroster.attendance.rules.types import ShiftRules, Stamp

_AROUND = timedelta(hours=1)
_LEAST = timedelta(hours=8)
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
    """``kind``: ``shift``, or of a span ``closed``, ``open`` or ``missed``; ``title`` says it in words."""

    x: str
    width: str
    kind: str
    title: str


@dataclass(frozen=True)
class BarMark:
    """``kind``: in or out, and ``corrected``, ``waiting`` or ``void`` where it is not as it was punched."""

    x: str
    direction: str
    kind: str
    label: str


@dataclass(frozen=True)
class Bar:
    ticks: list[Tick]
    shifts: list[Stretch]
    spans: list[Stretch]
    marks: list[BarMark]


@dataclass(frozen=True)
class Point:
    """A mark to draw."""

    at: datetime
    direction: str
    kind: str


def shift_window(shift: ShiftRules, day: date) -> Window:
    """When a shift of ``day`` starts and ends, in UTC."""
    zone = ZoneInfo(shift.zone)
    last = day if shift.ends > shift.starts else day + timedelta(days=1)
    start = datetime.combine(day, shift.starts, zone).astimezone(UTC)
    return start, datetime.combine(last, shift.ends, zone).astimezone(UTC)


def _share(moment: datetime, window: Window) -> float:
    start, end = window
    return max(0.0, min(100.0, 100 * ((moment - start) / (end - start))))


def _x(moment: datetime, window: Window) -> str:
    return f"{_share(moment, window):.2f}%"


def _stretch(start: datetime, end: datetime, window: Window, kind: str, zone: ZoneInfo) -> Stretch:
    width = max(_share(end, window) - _share(start, window), 0.4)
    title = f"{start.astimezone(zone):%H:%M}–{end.astimezone(zone):%H:%M}"
    return Stretch(_x(start, window), f"{width:.2f}%", kind, title)


def _full_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def hour_ticks(window: Window, zone: ZoneInfo) -> list[Tick]:
    """Every third full hour by the local clock, both ends of the bar left free.

    Places go by instants, so a day of 23 or 25 hours is drawn right as well.
    """
    ticks, moment = [], window[0] + _STEP
    while moment < window[1]:
        local = moment.astimezone(zone)
        if local.minute == 0 and local.hour % 3 == 0 and 2 < _share(moment, window) < 98:
            ticks.append(Tick(_x(moment, window), f"{local:%H}", local.hour % 6 == 0))
        moment += _STEP
    return ticks


def window_of(moments: Sequence[datetime], day_window: Window) -> Window:
    """Around all that happened and was expected, to full hours; the whole day where that is nothing."""
    if not moments:
        return day_window
    start, end = min(moments) - _AROUND, max(moments) + _AROUND
    if end - start < _LEAST:
        spare = (_LEAST - (end - start)) / 2
        start, end = start - spare, end + spare
    return _full_hour(start), _full_hour(end + timedelta(minutes=59))


def _pairs(stamps: Iterable[Stamp]) -> list[tuple[datetime, datetime | None]]:
    """From each coming to the going after it; None where there is none."""
    pairs: list[tuple[datetime, datetime | None]] = []
    start: datetime | None = None
    for stamp in stamps:
        if stamp.way == "in":
            if start is not None and not stamp.arrivals_only:
                pairs.append((start, None))
            elif start is not None:
                continue
            start = stamp.at
        elif start is not None:
            pairs.append((start, stamp.at))
            start = None
    return [*pairs, (start, None)] if start is not None else pairs


def bar_of(
    *,
    stamps: Sequence[Stamp],
    points: Sequence[Point],
    shifts: Sequence[Window],
    day_window: Window,
    zone: ZoneInfo,
    open_until: datetime | None,
    window: Window | None = None,
) -> Bar:
    """``stamps``: that count, in order. ``points``: all marks. ``open_until``: now, for who is still in.

    ``window``: from when to when the bar goes, where several are to go alike; else around all that is on it.
    """
    pairs = _pairs(stamps)
    if window is None:
        moments = [point.at for point in points] + [moment for shift in shifts for moment in shift]
        window = window_of([*moments, open_until] if open_until else moments, day_window)
    spans = []
    for n, (start, end) in enumerate(pairs):
        if end is not None:
            spans.append(_stretch(start, end, window, "closed", zone))
        elif open_until is not None and n == len(pairs) - 1:
            spans.append(_stretch(start, max(open_until, start), window, "open", zone))
    return Bar(
        ticks=hour_ticks(window, zone),
        shifts=[_stretch(*shift, window, "shift", zone) for shift in shifts],
        spans=spans,
        marks=[
            BarMark(_x(point.at, window), point.direction, point.kind, f"{point.at.astimezone(zone):%H:%M}")
            for point in points
        ],
    )
