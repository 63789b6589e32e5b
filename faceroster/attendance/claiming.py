"""Which working day a new punch belongs to, and whether it is a coming or a going."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from faceroster.attendance.days import day_window, working_day
from faceroster.attendance.histories import histories_of
from faceroster.attendance.inputs import shift_rules
from faceroster.attendance.models import Direction
from faceroster.attendance.rules.attribution import blocks_by_day, claim
from faceroster.attendance.rules.claims import claimed
from faceroster.attendance.rules.corrections import effective
from faceroster.attendance.rules.types import Day, Way
from faceroster.people.models import Person, PunchRule, Site
from faceroster.rosters.selectors import plans_of

_DAY = timedelta(days=1)
#: A day and its neighbours begin and end within this of any of its moments.
_AROUND = timedelta(days=3)


def punch_claim(
    *, person: Person, site: Site, moment: datetime, direction: str | None
) -> tuple[date, Direction]:
    """By the shift that takes punches at ``moment``, else by the site's working day and rule.

    ``direction``: of someone who knows better; then only the day is asked for.
    """
    today = working_day(moment, site)
    days = _days(person, site, today)
    if direction is None and site.punch_rule == PunchRule.IN_ONLY:
        direction = Direction.IN
    if direction is not None:
        way: Way = "in" if direction == Direction.IN else "out"
        return claim(moment, way, blocks_by_day(days)) or today, Direction(direction)
    history = histories_of([person.pk], since=moment - _AROUND, until=moment).get(person.pk)
    stamps = effective(history.punches, history.changes, days).stamps if history else ()
    found = claimed(moment, days, stamps)
    return found.day, Direction(found.way)


def _days(person: Person, site: Site, today: date) -> tuple[Day, ...]:
    """The site's day and those beside it, with the person's shifts."""
    plans = plans_of([person], first=today - _DAY, last=today + _DAY)
    found = []
    for day in (today - _DAY, today, today + _DAY):
        plan = plans[person.pk, day]
        begins, ends = day_window(day, site)
        shifts = tuple(shift_rules(version) for version in plan.shifts)
        found.append(Day(day, begins, ends, site.timezone, shifts, employed=plan.employed))
    return tuple(found)
