"""How somebody comes and goes on one day: a few minutes early as a rule, late now and then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from faceroster.attendance.demo.places import ShiftPlan

#: A moment by the clock on the wall, and which way.
Wall = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Habits:
    """What somebody is like. Minutes against the start or the end; chances for one day."""

    early_by: float
    spread: float
    late: float
    stays: float
    breaks: float
    likes_start: float

    @classmethod
    def drawn(cls, random: Random) -> Habits:
        return cls(
            early_by=random.gauss(6, 3),
            spread=random.uniform(1.5, 6),
            late=min(0.25, random.expovariate(28)),
            stays=min(0.5, random.expovariate(9)),
            breaks=random.choice((0.0, 0.0, 0.05, 0.4)),
            likes_start=random.gauss(75, 40),
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One shift on one day, by the clock on the wall. Half a day of leave has shortened it already."""

    starts: datetime
    ends: datetime
    shift: ShiftPlan


@dataclass(frozen=True, slots=True)
class Came:
    """A turn as it was worked. ``late``: minutes after its start, for shifts that have one."""

    punches: list[Wall]
    late: float


def _minutes(number: float) -> timedelta:
    return timedelta(seconds=round(number * 60))


def worked(random: Random, habits: Habits, turn: Turn, *, winter: bool) -> Came:
    """The punches of one turn, in order, and how late it began."""
    if turn.shift.rules.get("flexible"):
        return _worked_flexibly(random, habits, turn)
    late = random.random() < habits.late * (1.6 if winter else 1.0)
    offset = 6 + random.expovariate(1 / 11) if late else -abs(random.gauss(habits.early_by, habits.spread))
    came = turn.starts + _minutes(min(offset, 150))
    went = turn.ends + _minutes(abs(random.gauss(4, 3)))
    chance = random.random()
    if chance < habits.stays:
        went += _minutes(random.choice((20, 30, 45, 60, 60, 90, 120)) * random.uniform(0.7, 1.2))
    elif chance > 0.985:
        went -= _minutes(random.uniform(20, 110))
    pause = turn.shift.rules.get("break_mode") == "punched" or random.random() < habits.breaks
    return Came(_with_break(random, came, went, pause), max(offset, 0))


def _worked_flexibly(random: Random, habits: Habits, turn: Turn) -> Came:
    span = (turn.ends - turn.starts).total_seconds() / 60
    full = span >= 600
    came = turn.starts + _minutes(min(max(random.gauss(habits.likes_start, 22), -15), 215) if full else 5)
    stays = 510 if full else span - 20
    longer = random.gauss(12 if random.random() < habits.stays else 0, 22)
    went = came + _minutes(max(stays + longer, 30))
    pause = full and random.random() < habits.breaks
    return Came(_with_break(random, came, went, pause), 0)


def _with_break(random: Random, came: datetime, went: datetime, pause: bool) -> list[Wall]:
    if not pause or went - came < timedelta(hours=5):
        return [(came, "in"), (went, "out")]
    out = came + (went - came) * random.uniform(0.42, 0.55)
    back = out + _minutes(max(random.gauss(34, 6), 12))
    return [(came, "in"), (out, "out"), (back, "in"), (went, "out")]
