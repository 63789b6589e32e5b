"""Reading punches and workdays. Whoever asks gets what they may see, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from faceroster.attendance.inputs import inputs_load
from faceroster.attendance.models import Punch, Workday
from faceroster.attendance.rules.compute import compute
from faceroster.attendance.rules.types import ShiftRules, Stamp
from faceroster.people.models import Person
from faceroster.people.selectors import people_visible_to
from faceroster.trust.models import User


@dataclass(frozen=True, slots=True)
class Counted:
    """What a day follows from by the rosters of now: its shifts, and the stamps that count, in order of time.

    ``marks``: expected start and end, first in and last out; a stored day that was computed by something
    else, before a move or a change of its shift, has others.
    """

    stamps: tuple[Stamp, ...]
    shifts: tuple[ShiftRules, ...]
    marks: tuple[datetime | None, ...]


def punches_visible_to(user: object) -> QuerySet[Punch]:
    """Punches of the people whom ``user`` may see, oldest first."""
    punches = Punch.objects.select_related("person", "site")
    if isinstance(user, User) and user.is_active and user.sees_everyone:
        return punches
    return punches.filter(person__in=people_visible_to(user).values("pk"))


def workdays_visible_to(user: object) -> QuerySet[Workday]:
    """Workdays of the people whom ``user`` may see, by day and name.

    By where people are now: who moved takes their days along.
    """
    workdays = Workday.objects.select_related("person", "department", "site")
    if isinstance(user, User) and user.is_active and user.sees_everyone:
        return workdays
    return workdays.filter(person__in=people_visible_to(user).values("pk"))


def counted_of_people(people: Iterable[Person], *, day: date, now: datetime) -> dict[UUID, Counted]:
    """What counts on ``day`` for each of ``people``, by the same rules as their workdays.

    The number of queries is fixed. ``people`` must have ``department.site`` fetched along.
    """
    found = {}
    for given in inputs_load(people, first=day, last=day, now=now, weeks=False):
        (result,) = compute(given.inputs)
        marks = result.expected_start, result.expected_end, result.first_in, result.last_out
        found[given.person.pk] = Counted(result.stamps, given.days[day].shifts, marks)
    return found
