"""Days for the tests of the rules, told in few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from faceroster.attendance.rules.clock import instant
from faceroster.attendance.rules.compute import compute
from faceroster.attendance.rules.types import Change, Day, Inputs, Leave, Result, ShiftRules, Stamp

BERLIN, SYDNEY = "Europe/Berlin", "Australia/Sydney"
MONDAY = date(2026, 11, 16)
ONE = timedelta(days=1)
LONG_AFTER = datetime(2031, 1, 1, tzinfo=UTC)

_ids = count(1)


def shift(hours: str = "09:00-17:30", zone: str = BERLIN, **rules: Any) -> ShiftRules:
    """A shift by its hours; without further rules with 30 minutes of break after 6 hours, 5 of grace."""
    starts, ends = (time.fromisoformat(part) for part in hours.split("-"))
    rules.setdefault("name", hours)
    return ShiftRules(id=hours, starts=starts, ends=ends, zone=zone, **rules)


def a_day(day: date = MONDAY, *shifts: ShiftRules, zone: str = BERLIN, **kwargs: Any) -> Day:
    """A planned day that begins at four in the morning."""
    kwargs.setdefault("planned", True)
    begins, ends = instant(day, time(4), zone), instant(day + ONE, time(4), zone)
    return Day(day=day, begins=begins, ends=ends, zone=zone, shifts=shifts, **kwargs)


def at(day: date, clock: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    """``day`` at ``clock``; hours go on counting after midnight, as in 30:00 for six the next morning."""
    hours, minutes, seconds = [*map(int, clock.split(":")), 0][:3]
    wall = time(hours % 24, minutes, seconds)
    if fold:
        return datetime.combine(day, wall).replace(fold=1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return instant(day + timedelta(days=hours // 24), wall, zone)


def stamp(
    day: date, word: str, clock: str, zone: str = BERLIN, *, site_day: date | None = None, **kwargs: Any
) -> Stamp:
    """``site_day``: None is that of a site whose days begin at four."""
    moment = at(day, clock, zone)
    kwargs.setdefault("id", f"p{next(_ids)}")
    kwargs.setdefault("debounce", 60)
    site_day = site_day or (moment.astimezone(ZoneInfo(zone)) - timedelta(hours=4)).date()
    return Stamp(at=moment, way="in" if word == "in" else "out", zone=zone, day=site_day, **kwargs)


def punches(story: str, day: date = MONDAY, zone: str = BERLIN, **kwargs: Any) -> list[Stamp]:
    """``in 08:58:30, out 12:01``; hours go on counting after midnight."""
    return [
        stamp(day, *entry.split(), zone=zone, **kwargs)  # type: ignore[arg-type]
        for entry in filter(None, story.split(", "))
    ]


def results(
    days: Iterable[Day],
    stamps: Iterable[Stamp] = (),
    changes: Iterable[Change] = (),
    now: datetime = LONG_AFTER,
) -> Mapping[date, Result]:
    """The result of each of ``days``; a free day is put before and after them."""
    inner = sorted(days, key=lambda each: each.day)
    zone = inner[0].zone
    before = a_day(inner[0].day - ONE, zone=zone, planned=False)
    after = a_day(inner[-1].day + ONE, zone=zone, planned=False)
    inputs = Inputs((before, *inner, after), tuple(stamps), tuple(changes), now)
    return {each.day: each for each in compute(inputs)}


def one(
    day: Day, story: str | Iterable[Stamp] = "", changes: Iterable[Change] = (), now: datetime = LONG_AFTER
) -> Result:
    """The result of a single day."""
    stamps = punches(story, day.day, day.zone) if isinstance(story, str) else story
    return results([day], stamps, changes, now)[day.day]


def codes(result: Result) -> set[str]:
    return {note.code for note in result.trace}


def away(part: str = "whole", paid: bool = True, name: str = "") -> Leave:
    return Leave("1", part, paid, name)  # type: ignore[arg-type]
