"""Who works what when: patterns, who follows them, and exceptions for single days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from faceroster.core.errors import Conflict, InvalidInput
from faceroster.people.models import Department, Person, Site
from faceroster.rosters import guards
from faceroster.rosters.clock import today_at
from faceroster.rosters.models import (
    Assignment,
    Pattern,
    PatternShift,
    Shift,
    ShiftVersion,
)
from faceroster.rosters.shifts import DAY_MINUTES, InvalidFields, checked, minutes_of, shift_minutes
from faceroster.rosters.signals import plan_changed
from faceroster.trust.models import User

#: Shifts by the pattern's day, 0 first; days left out are rest days.
Days = Mapping[int, Sequence[Shift]]


@transaction.atomic
def pattern_create(*, site: Site, name: str, length: int, days: Days) -> Pattern:
    """A new pattern that repeats after ``length`` days.

    Raises:
        InvalidFields: ``pattern.invalid``. InvalidInput: ``roster.overlap``, ``shift.inactive``.
    """
    pattern = Pattern(site=site, name=name.strip(), length=length)
    _check_pattern(pattern, days)
    pattern.save()
    _write(pattern, days)
    return pattern


@transaction.atomic
def pattern_set(
    *, pattern: Pattern, name: str, length: int, days: Days, retroactive: bool = False
) -> Pattern:
    """Change a pattern for everyone who follows it, from the first day on which they do.

    Raises:
        InvalidFields: ``pattern.invalid``. InvalidInput: ``roster.overlap``, ``shift.inactive``.
        Conflict: ``pattern.in_use``: somebody has followed it in the past, which only ``retroactive``
            changes. ``pattern_replace`` puts another in its place from a day on.
    """
    pattern = Pattern.objects.select_for_update(of=("self",)).select_related("site").get(pk=pattern.pk)
    before = (pattern.length, pattern_days(pattern))
    pattern.name, pattern.length = name.strip(), length
    after = (length, {day: {s.pk for s in shifts} for day, shifts in days.items() if shifts})
    if before == after:
        checked(pattern, "pattern.invalid")
        pattern.save()
        return pattern
    _check_pattern(pattern, days)
    today = today_at(pattern.site)
    if not retroactive and pattern.assignments.filter(starts_on__lt=today).exists():
        raise Conflict(
            "pattern.in_use",
            _("People have worked by this pattern. Make a new one and put it in its place from a day on."),
        )
    pattern.save()
    pattern.shifts.all().delete()
    _write(pattern, days)
    for row in pattern.assignments.all():
        _tell(row, row.starts_on, row.ends_on)
    return pattern


@transaction.atomic
def pattern_replace(*, pattern: Pattern, name: str, length: int, days: Days, starts_on: date) -> Pattern:
    """A new pattern in place of ``pattern`` for all who follow it.

    Each of them changes when the old one would begin anew, on ``starts_on`` or as soon after it as may be.

    Raises:
        As ``pattern_create``. InvalidInput: ``assignment.past``: ``starts_on`` lies in the past.
    """
    if starts_on < today_at(pattern.site):
        raise InvalidInput("assignment.past", _("That day lies in the past. Choose today or later."))
    new = pattern_create(site=pattern.site, name=name, length=length, days=days)
    rows = Assignment.objects.select_for_update(of=("self",)).filter(pattern=pattern)
    for row in rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on)):
        switch = max(row.starts_on, _next_start(row.starts_on, pattern.length, starts_on))
        if row.ends_on is not None and row.ends_on < switch:
            continue
        Assignment.objects.create(
            pattern=new,
            person_id=row.person_id,
            department_id=row.department_id,
            starts_on=switch,
            ends_on=row.ends_on,
        )
        _tell(row, switch, row.ends_on)
        if switch == row.starts_on:
            row.delete()
        else:
            row.ends_on = switch - timedelta(days=1)
            row.save()
    return new


def pattern_days(pattern: Pattern) -> dict[int, set[UUID]]:
    """The keys of a pattern's shifts by day; rest days are left out."""
    found: dict[int, set[UUID]] = {}
    for day, shift in pattern.shifts.values_list("day", "shift_id"):
        found.setdefault(day, set()).add(shift)
    return found


def _next_start(starts_on: date, length: int, day: date) -> date:
    return day + timedelta(days=-(day - starts_on).days % length)


def _check_pattern(pattern: Pattern, days: Days) -> None:
    checked(pattern, "pattern.invalid")
    if any(not 0 <= day < pattern.length for day, shifts in days.items() if shifts):
        raise InvalidFields("pattern.invalid", {"length": _("A shift lies behind the pattern's last day.")})
    shifts = {shift for several in days.values() for shift in several}
    check_active(shifts)
    versions = versions_on(shifts, today_at(pattern.site))
    check_apart([(day, versions[shift.pk]) for day, several in days.items() for shift in several])
    around = [(0, versions[shift.pk]) for shift in days.get(pattern.length - 1, ())]
    check_apart(around + [(1, versions[shift.pk]) for shift in days.get(0, ())])


def check_active(shifts: Iterable[Shift]) -> None:
    for shift in shifts:
        if not shift.active:
            raise InvalidInput(
                "shift.inactive", _("The shift “%(shift)s” is not in use any more.") % {"shift": shift.name}
            )


def versions_on(shifts: Iterable[Shift], day: date) -> dict[UUID, ShiftVersion]:
    """The version in force on ``day``, else the first, of each."""
    found: dict[UUID, ShiftVersion] = {}
    rows = ShiftVersion.objects.filter(shift__in=list(shifts)).select_related("shift")
    for row in rows.order_by("effective_from", "number"):
        if row.effective_from <= day or row.shift_id not in found:
            found[row.shift_id] = row
    return found


def check_apart(placed: Iterable[tuple[int, ShiftVersion]]) -> None:
    """Raises InvalidInput ``roster.overlap`` when a shift begins before the one before it has ended."""
    spans = [(day * DAY_MINUTES + minutes_of(version.starts), version) for day, version in placed]
    spans.sort(key=lambda span: span[0])
    for (begin, one), (next_begin, other) in pairwise(spans):
        if next_begin < begin + shift_minutes(one):
            raise InvalidInput(
                "roster.overlap",
                _("“%(one)s” and “%(other)s” overlap.") % {"one": one.shift.name, "other": other.shift.name},
            )


def _write(pattern: Pattern, days: Days) -> None:
    PatternShift.objects.bulk_create(
        PatternShift(pattern=pattern, day=day, shift=shift)
        for day, shifts in sorted(days.items())
        for shift in dict.fromkeys(shifts)
    )


@transaction.atomic
def assignment_create(
    *,
    pattern: Pattern,
    starts_on: date,
    person: Person | None = None,
    department: Department | None = None,
    ends_on: date | None = None,
    user: User | None = None,
) -> Assignment:
    """``person`` or ``department`` follows ``pattern``, whose first day is ``starts_on``.

    What they followed until then ends the day before.

    Raises:
        InvalidFields: ``assignment.invalid``. NotAllowed: ``assignment.own``.
        Conflict: ``assignment.overlap``: another one starts on that day or later and is not over before it,
            or what they follow now would have to go on after ``ends_on``.
    """
    guards.refuse_own(person, user, "assignment")
    row = Assignment(
        pattern=pattern, person=person, department=department, starts_on=starts_on, ends_on=ends_on
    )
    checked(row, "assignment.invalid")
    target = Assignment.objects.select_for_update(of=("self",)).filter(person=person, department=department)
    others = target.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on))
    if ends_on is not None:
        others = others.filter(starts_on__lte=ends_on)
    for other in others:
        if other.starts_on >= starts_on or (ends_on and (other.ends_on is None or other.ends_on > ends_on)):
            raise Conflict(
                "assignment.overlap",
                _("“%(pattern)s” is assigned for days in this time. End it first, or choose other days.")
                % {"pattern": other.pattern},
            )
    for other in others:
        other.ends_on = starts_on - timedelta(days=1)
        other.save()
    row.save()
    _tell(row, starts_on, ends_on)
    return row


@transaction.atomic
def assignment_end(*, assignment: Assignment, ends_on: date, user: User | None = None) -> Assignment:
    """The last day on which it holds; an earlier or a later one than before.

    Raises:
        InvalidFields: ``assignment.invalid``: it would end before it begins. NotAllowed: ``assignment.own``.
        Conflict: ``assignment.overlap``: by then they follow another one.
    """
    row = Assignment.objects.select_for_update(of=("self",)).select_related("person").get(pk=assignment.pk)
    guards.refuse_own(row.person, user, "assignment")
    before, row.ends_on = row.ends_on, ends_on
    checked(row, "assignment.invalid")
    if before == ends_on:
        return row
    same = Assignment.objects.filter(person=row.person_id, department=row.department_id).exclude(pk=row.pk)
    if before is not None and same.filter(starts_on__gt=before, starts_on__lte=ends_on).exists():
        raise Conflict("assignment.overlap", _("Another pattern is assigned for days in this time."))
    row.save()
    edges = sorted(day for day in (before, ends_on) if day is not None)
    _tell(row, edges[0] + timedelta(days=1), edges[1] if len(edges) == 2 else None)
    return row


@transaction.atomic
def assignment_remove(*, assignment: Assignment, user: User | None = None) -> None:
    """Take back one that has not begun.

    Raises:
        Conflict: ``assignment.begun``. NotAllowed: ``assignment.own``.
    """
    row = Assignment.objects.select_for_update(of=("self",)).select_related("person").get(pk=assignment.pk)
    guards.refuse_own(row.person, user, "assignment")
    if row.starts_on <= today_at(row.pattern.site):
        raise Conflict("assignment.begun", _("It has begun. Say on which day it ends instead."))
    _tell(row, row.starts_on, row.ends_on)
    row.delete()


def _tell(row: Assignment, first: date, last: date | None) -> None:
    plan_changed.send(
        Assignment,
        person_ids=[row.person_id] if row.person_id else None,
        site_id=None,
        department_id=row.department_id,
        first=first,
        last=last,
    )
