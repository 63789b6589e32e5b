"""Writes the made-up company: sites, departments, shifts, patterns, holidays, leave kinds and managers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from random import Random

import holidays
from django.contrib.auth.hashers import make_password

from faceroster.attendance.demo.leaves import KINDS
from faceroster.attendance.demo.places import (
    PATTERNS,
    SHIFTS,
    SITES,
    DepartmentPlan,
    PatternPlan,
    ShiftPlan,
    SitePlan,
    departments_of,
)
from faceroster.people.models import Department, Site
from faceroster.rosters.models import (
    Assignment,
    Holiday,
    HolidayCalendar,
    HolidaySource,
    LeaveKind,
    Pattern,
    PatternShift,
    Policy,
    Shift,
    ShiftVersion,
)
from faceroster.trust.models import Role, User

#: What every name of a demo's own ends or begins with, so that nobody takes it for real.
PREFIX = "DEMO-"
MANAGER, ADMINISTRATOR = "demo-manager-", "demo-administrator"
#: Departments that one manager has.
_IN_ONE_HAND = 3


def new_id(random: Random) -> uuid.UUID:
    """A key that the seed decides."""
    return uuid.UUID(int=random.getrandbits(128), version=4)


@dataclass
class Place:
    """A site as it was written. ``holidays``: its days off."""

    plan: SitePlan
    site: Site
    holidays: set[date]
    shifts: dict[str, Shift] = field(default_factory=dict)
    patterns: dict[str, Pattern] = field(default_factory=dict)


@dataclass
class Team:
    """A department as it was written, with how many people it is to have."""

    plan: DepartmentPlan
    place: Place
    department: Department
    manager: User
    size: int


@dataclass
class Company:
    """``changed_on``: from when the later versions of shifts are in force."""

    teams: list[Team]
    kinds: dict[str, LeaveKind]
    monday: date
    changed_on: date

    def shift_plan(self, name: str, day: date) -> tuple[time, time, ShiftPlan]:
        """When ``name`` starts and ends on ``day``."""
        plan = SHIFTS[name]
        starts, ends = plan.later if plan.later and day >= self.changed_on else (plan.starts, plan.ends)
        return time.fromisoformat(starts), time.fromisoformat(ends), plan


def company_write(*, people: int, first: date, last: date, random: Random) -> Company:
    """Write everything that is there before anybody comes to work."""
    monday = first - timedelta(days=first.weekday())
    changed_on = first + (last - first) // 2
    plans = departments_of(people)
    kinds = {}
    for name, paid, limited, days in KINDS:
        fresh = {"id": new_id(random), "paid": paid, "limited": limited, "days_per_year": days}
        kinds[name] = LeaveKind.objects.get_or_create(name=name, defaults=fresh)[0]
    _user_write(ADMINISTRATOR, "Demo administrator", Role.ADMINISTRATOR)
    places: dict[int, Place] = {}
    teams, manager = [], None
    for number, (plan, size) in enumerate(plans):
        if plan.site not in places:
            places[plan.site] = _site_write(SITES[plan.site], first, last, monday, random)
        place = places[plan.site]
        if manager is None or number % _IN_ONE_HAND == 0:
            hand = number // _IN_ONE_HAND + 1
            manager = _user_write(f"{MANAGER}{hand:02}", f"Demo manager {hand}", Role.MANAGER)
        teams.append(_team_write(plan, size, place, manager, changed_on, monday, random))
    return Company(teams, kinds, monday, changed_on)


def _site_write(plan: SitePlan, first: date, last: date, monday: date, random: Random) -> Place:
    site = Site.objects.create(id=new_id(random), name=plan.name, timezone=plan.zone)
    HolidayCalendar.objects.create(
        id=new_id(random), site=site, country=plan.country, subdivision=plan.subdivision
    )
    official = holidays.country_holidays(
        plan.country, subdiv=plan.subdivision or None, years=range(first.year, last.year + 2)
    )
    Holiday.objects.bulk_create(
        Holiday(id=new_id(random), site=site, day=day, name=name[:200], source=HolidaySource.LIBRARY)
        for day, name in sorted(official.items())
    )
    Policy.objects.create(
        id=new_id(random),
        site=site,
        number=1,
        effective_from=monday,
        week_starts_on=plan.week_starts_on,
        overtime_weekly_after=plan.weekly_overtime,
    )
    return Place(plan, site, set(official))


def _user_write(username: str, name: str, role: Role) -> User:
    """Somebody who cannot sign in until they are given a password."""
    return User.objects.create(username=username, first_name=name, role=role, password=make_password(None))


def _team_write(
    plan: DepartmentPlan,
    size: int,
    place: Place,
    manager: User,
    changed_on: date,
    monday: date,
    random: Random,
) -> Team:
    department = Department.objects.create(id=new_id(random), name=plan.name, site=place.site)
    department.managers.add(manager)
    for kind in [plan.kind, *(["part_time"] if plan.part_timers else [])]:
        if kind not in place.patterns:
            place.patterns[kind] = _pattern_write(PATTERNS[kind], place, changed_on, monday, random)
    if PATTERNS[plan.kind].crews == 1:
        Assignment.objects.create(
            id=new_id(random), department=department, pattern=place.patterns[plan.kind], starts_on=monday
        )
    return Team(plan, place, department, manager, size)


def _pattern_write(
    plan: PatternPlan, place: Place, changed_on: date, monday: date, random: Random
) -> Pattern:
    pattern = Pattern.objects.create(
        id=new_id(random), site=place.site, name=plan.name, length=len(plan.days)
    )
    for day, names in enumerate(plan.days):
        for name in names:
            if name not in place.shifts:
                place.shifts[name] = _shift_write(SHIFTS[name], place.site, changed_on, monday, random)
            PatternShift.objects.create(pattern=pattern, day=day, shift=place.shifts[name])
    return pattern


def _shift_write(plan: ShiftPlan, site: Site, changed_on: date, monday: date, random: Random) -> Shift:
    shift = Shift.objects.create(id=new_id(random), site=site, name=plan.name, colour=plan.colour)
    versions = [(monday - timedelta(days=1), plan.starts, plan.ends)]
    if plan.later:
        versions.append((changed_on, *plan.later))
    for number, (day, starts, ends) in enumerate(versions, start=1):
        rules = {
            name: time.fromisoformat(value) if name.startswith("core_") else value
            for name, value in plan.rules.items()
        }
        ShiftVersion.objects.create(
            id=new_id(random),
            shift=shift,
            number=number,
            effective_from=day,
            starts=time.fromisoformat(starts),
            ends=time.fromisoformat(ends),
            **rules,
        )
    return shift
