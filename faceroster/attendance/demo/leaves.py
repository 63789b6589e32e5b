"""When somebody is away: holidays with their seasons, days off, sickness in winter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

ANNUAL, SICK, TRAINING, UNPAID = "Annual leave", "Sick leave", "Training", "Unpaid leave"
#: Name, paid, limited, days a year.
KINDS = (
    (ANNUAL, True, True, 28),
    (SICK, True, False, 0),
    (TRAINING, True, False, 0),
    (UNPAID, False, False, 0),
)

#: How likely a long holiday begins in each month on the northern half of the world.
_HOLIDAY_MONTHS = (1, 2, 2, 4, 4, 7, 14, 14, 6, 4, 1, 6)
_SICK_MONTHS = (15, 16, 12, 8, 6, 4, 4, 4, 6, 9, 12, 13)


@dataclass(frozen=True, slots=True)
class Away:
    """Leave from ``first`` to ``last``, as it was asked for."""

    first: date
    last: date
    kind: str
    part: str = "whole"
    status: str = "approved"


def _moved(weights: tuple[int, ...], southern: bool) -> tuple[int, ...]:
    return weights[6:] + weights[:6] if southern else weights


def _days(first: date, last: date, month: int) -> list[date]:
    """The days of ``month`` that lie from ``first`` to ``last``."""
    count = (last - first).days + 1
    return [day for day in (first + timedelta(days=offset) for offset in range(count)) if day.month == month]


def aways(random: Random, first: date, last: date, today: date, *, southern: bool) -> list[Away]:
    """Everything from ``first`` to ``last``, none over another; what lies after ``today`` is planned."""
    found: list[Away] = []
    taken: set[date] = set()
    for one in _wishes(random, first, last, today, southern):
        days = {one.first + timedelta(days=offset) for offset in range((one.last - one.first).days + 1)}
        if not days & taken:
            taken |= days
            found.append(one)
    return sorted(found, key=lambda one: one.first)


def _wishes(random: Random, first: date, last: date, today: date, southern: bool) -> Iterator[Away]:
    years = ((last - first).days + 1) / 365
    for length in _lengths(random, years, (14, 9, 7, 5)):
        yield from _one(random, first, last, _moved(_HOLIDAY_MONTHS, southern), length, ANNUAL, today)
    for _ in range(round(years * random.uniform(1, 5))):
        part = random.choice(("whole", "whole", "whole", "morning", "afternoon"))
        kind = random.choice((ANNUAL, ANNUAL, ANNUAL, ANNUAL, TRAINING, UNPAID))
        yield from _one(random, first, last, (1,) * 12, 1, kind, today, part)
    for length in _lengths(random, years, (1, 2, 3)):
        longer = length if random.random() < 0.93 else length * 6
        if random.random() < 0.8:
            yield from _one(random, first, today, _moved(_SICK_MONTHS, southern), longer, SICK, today)


def _lengths(random: Random, years: float, usual: tuple[int, ...]) -> list[int]:
    """Some of ``usual``: as many of them as the time is long."""
    exact = len(usual) * years
    count = int(exact) + (random.random() < exact - int(exact))
    return [random.choice(usual) for _ in range(count)]


def _one(
    random: Random,
    first: date,
    last: date,
    months: tuple[int, ...],
    length: int,
    kind: str,
    today: date,
    part: str = "whole",
) -> Iterator[Away]:
    if last < first:
        return
    [month] = random.choices(range(1, 13), months)
    days = _days(first, last, month)
    if not days:
        return
    begins = random.choice(days)
    if length > 4:
        begins -= timedelta(days=begins.weekday())
    ends = begins + timedelta(days=length - 1)
    status = "approved"
    if begins > today and random.random() < 0.35:
        status = "requested"
    elif kind == ANNUAL and random.random() < 0.03:
        status = random.choice(("refused", "withdrawn"))
    if begins >= first:
        yield Away(begins, ends, kind, part, status)
