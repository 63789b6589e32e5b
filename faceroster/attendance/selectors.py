"""Reading punches and workdays. Whoever asks gets what they may see, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from faceroster.attendance.days import working_day
from faceroster.attendance.models import Punch, Workday
from faceroster.attendance.spans import DayTimes, day_times
from faceroster.people.models import Person, Site
from faceroster.people.selectors import people_visible_to
from faceroster.trust.models import User


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


def _by_person(punches: Iterable[Punch], now: datetime) -> dict[UUID, DayTimes]:
    found: dict[UUID, list[Punch]] = defaultdict(list)
    for punch in punches:
        found[punch.person_id].append(punch)
    return {person_id: day_times(mine[0].day, mine, now) for person_id, mine in found.items()}


def day_of_people(people: QuerySet[Person], *, day: date, now: datetime) -> dict[UUID, DayTimes]:
    """The day of each of ``people`` who has a punch on it, by person id. One query."""
    punches = Punch.objects.filter(person__in=people.order_by().values("pk"), day=day)
    return _by_person(punches.select_related("site"), now)


def present_day_of_people(people: QuerySet[Person], *, now: datetime) -> dict[UUID, DayTimes]:
    """The same for the day that it is now, at each site by its own calendar. Two queries."""
    sites_by_day: dict[date, list[Site]] = defaultdict(list)
    for site in Site.objects.all():
        sites_by_day[working_day(now, site)].append(site)
    today = Q(pk__in=[])
    for day, sites in sites_by_day.items():
        today |= Q(day=day, site__in=sites)
    punches = Punch.objects.filter(today, person__in=people.order_by().values("pk"))
    return _by_person(punches.select_related("site"), now)


def days_of_person(person: Person, *, first: date, last: date, now: datetime) -> dict[date, DayTimes]:
    """The days from ``first`` to ``last`` on which ``person`` punched, with what explains each punch."""
    punches = Punch.objects.filter(person=person, day__range=(first, last))
    found: dict[date, list[Punch]] = defaultdict(list)
    for punch in punches.select_related("site", "kiosk", "decision", "recorded_by"):
        found[punch.day].append(punch)
    return {day: day_times(day, mine, now) for day, mine in found.items()}
