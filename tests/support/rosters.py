"""Shifts, rosters and workdays for tests, made with as few words as possible."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from faceroster.attendance.models import DayStatus, Direction, Punch, PunchSource, Workday
from faceroster.attendance.rules.types import RULES_VERSION
from faceroster.people.models import Department, Person, Site
from faceroster.rosters.models import Assignment, Pattern, PatternShift, Shift, ShiftVersion

LONG_AGO = date(2020, 1, 6)  # a Monday


def make_shift(
    site: Site, name: str = "Day", starts: str = "09:00", ends: str = "17:30", **rules: Any
) -> Shift:
    """A shift whose first version is in force since long ago."""
    shift = Shift.objects.create(site=site, name=name)
    ShiftVersion.objects.create(
        shift=shift,
        number=1,
        effective_from=rules.pop("effective_from", LONG_AGO),
        starts=time.fromisoformat(starts),
        ends=time.fromisoformat(ends),
        **rules,
    )
    return shift


def assign(
    who: Person | Department, *shifts: Shift, weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
) -> Assignment:
    """``who`` works all ``shifts`` on each of ``weekdays`` (0 is Monday), since long ago."""
    site = who.site if isinstance(who, Department) else who.department.site
    pattern = Pattern.objects.create(site=site, name=f"Pattern {Pattern.objects.count() + 1}", length=7)
    for day in weekdays:
        for shift in shifts:
            PatternShift.objects.create(pattern=pattern, day=day, shift=shift)
    whose = {"department": who} if isinstance(who, Department) else {"person": who}
    return Assignment.objects.create(pattern=pattern, starts_on=LONG_AGO, **whose)


def make_punch(person: Person, at: datetime, direction: str = Direction.IN, **kwargs: Any) -> Punch:
    """A punch as it lies in the database, past every service; ``at`` is aware."""
    site = kwargs.pop("site", person.department.site)
    kwargs.setdefault("day", at.astimezone(site.zone).date())
    kwargs.setdefault("source", PunchSource.KIOSK)
    return Punch.objects.create(
        person=person, site=site, at=at, zone=site.timezone, direction=direction, **kwargs
    )


def make_workday(person: Person, day: date, **figures: Any) -> Workday:
    """A row as the rules would have written it; without ``figures`` a full and quiet day."""
    site = person.department.site
    figures.setdefault("status", DayStatus.PRESENT)
    return Workday.objects.create(
        person=person,
        day=day,
        department=person.department,
        site=site,
        zone=site.timezone,
        rules_version=RULES_VERSION,
        inputs_hash="",
        computed_at=datetime.now(UTC),
        **figures,
    )
