"""Making shifts, versions of their rules, and a site's policy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from faceroster.core.errors import Conflict, InvalidInput
from faceroster.people.models import Person, Site
from faceroster.rosters.clock import today_at
from faceroster.rosters.models import Assignment, PatternShift, Policy, RosterException, Shift, ShiftVersion
from faceroster.rosters.signals import plan_changed
from faceroster.trust.models import User

DAY_MINUTES = 24 * 60
#: From the first punch that may belong to a shift to the last: beyond it, shifts of two days mix.
_LONGEST_WINDOW = 36 * 60
_NOT_RULES = {"id", "created_at", "shift", "site", "number", "effective_from", "made_by"}
RULES = tuple(f.name for f in ShiftVersion._meta.concrete_fields if f.name not in _NOT_RULES)
POLICY_RULES = tuple(f.name for f in Policy._meta.concrete_fields if f.name not in _NOT_RULES)
#: Set by services, not by whoever fills in a form, and empty where a program acts.
_BY_WHOM = {"made_by", "requested_by", "decided_by"}
_colour = RegexValidator(r"^#[0-9a-fA-F]{6}\Z")


class InvalidFields(InvalidInput):
    """What was given cannot be used. ``fields``: what is wrong with which, empty key for the whole."""

    def __init__(self, code: str, fields: Mapping[str, str]) -> None:
        self.fields = dict(fields)
        super().__init__(code, " ".join(fields.values()))


def minutes_of(at: time) -> int:
    return at.hour * 60 + at.minute


def shift_minutes(version: ShiftVersion) -> int:
    """From start to end by the clock on the wall; the same time twice is a whole day."""
    return (minutes_of(version.ends) - minutes_of(version.starts)) % DAY_MINUTES or DAY_MINUTES


def shift_rules_errors(version: ShiftVersion) -> dict[str, str]:
    """What is wrong with a version's rules taken together, by field. Each field alone is right already."""
    errors: dict[str, str] = {}
    length = shift_minutes(version)
    if version.break_minutes >= length:
        errors["break_minutes"] = _("The break must be shorter than the shift.")
    if version.target_minutes is not None and version.target_minutes > length:
        errors["target_minutes"] = _("More hours are due than the shift is long.")
    if version.half_day_minutes > length:
        errors["half_day_minutes"] = _("The half-day limit is longer than the shift.")
    for name in ("grace_in_minutes", "grace_out_minutes"):
        if getattr(version, name) >= length:
            errors[name] = _("The grace must be shorter than the shift.")
    if version.opens_minutes + length + version.closes_minutes > _LONGEST_WINDOW:
        errors["closes_minutes"] = _("From opening to closing may be 36 hours at most, or days mix.")
    return errors | _core_errors(version, length)


def _core_errors(version: ShiftVersion, length: int) -> dict[str, str]:
    core_starts, core_ends = version.core_starts, version.core_ends
    if core_starts is None and core_ends is None:
        return {}
    if not version.flexible:
        return {"core_starts": _("Only flexible hours have a core time.")}
    if core_starts is None or core_ends is None:
        missing = "core_starts" if core_starts is None else "core_ends"
        return {missing: _("The core time needs a start and an end.")}
    begins = minutes_of(version.starts)
    first = (minutes_of(core_starts) - begins) % DAY_MINUTES
    last = (minutes_of(core_ends) - begins) % DAY_MINUTES or DAY_MINUTES
    if first >= length:
        return {"core_starts": _("The core time must lie within the shift.")}
    if not first < last <= length:
        return {"core_ends": _("The core time must end after its start, within the shift.")}
    return {}


def checked(row: models.Model, code: str, *, more: Mapping[str, str] | None = None) -> None:
    """Raises InvalidFields with what is wrong with ``row``, and ``more`` once its fields are right."""
    try:
        row.full_clean(exclude=_BY_WHOM)
    except ValidationError as error:
        told = {
            "" if name == NON_FIELD_ERRORS else name: " ".join(messages)
            for name, messages in error.message_dict.items()
        }
        raise InvalidFields(code, told) from error
    if more:
        raise InvalidFields(code, more)


@transaction.atomic
def shift_create(
    *,
    site: Site,
    name: str,
    effective_from: date,
    user: User | None,
    colour: str = "#1f9a84",
    **rules: Any,
) -> Shift:
    """A new shift with its first version; ``rules`` are the fields of ``ShiftVersion``.

    It may be in force since a day in the past: nobody has worked it yet.

    Raises:
        InvalidFields: ``shift.invalid``.
    """
    shift = Shift(site=site, name=name.strip(), colour=colour)
    _check_shift(shift)
    version = ShiftVersion(shift=shift, number=1, effective_from=effective_from, made_by=user, **rules)
    shift.save()
    _check_version(version)
    version.save()
    return shift


def shift_update(*, shift: Shift, name: str, colour: str, active: bool) -> Shift:
    """Change how a shift is called and shown, and whether it is offered. Its rules stay as they are.

    Raises:
        InvalidFields: ``shift.invalid``.
    """
    shift.name, shift.colour, shift.active = name.strip(), colour, active
    _check_shift(shift)
    shift.save()
    return shift


def _check_shift(shift: Shift) -> None:
    checked(shift, "shift.invalid")
    try:
        _colour(shift.colour)
    except ValidationError as error:
        raise InvalidFields("shift.invalid", {"colour": _("Write a colour like #1f9a84.")}) from error


def _check_version(version: ShiftVersion) -> None:
    checked(version, "shift.invalid")
    checked(version, "shift.invalid", more=shift_rules_errors(version))


def shift_version_build(
    *, shift: Shift, effective_from: date, user: User | None, **rules: Any
) -> ShiftVersion:
    """The version that ``shift_version_add`` would store, checked and not stored.

    What ``rules`` leave out stays as it is on ``effective_from``. For a page that shows first what a change
    of days in the past would do.

    Raises:
        InvalidFields: ``shift.invalid``. InvalidInput: ``shift.same``, when nothing would change.
    """
    before = shift_version_on(shift, effective_from)
    kept = {name: getattr(before, name) for name in RULES} if before else {}
    number = shift.versions.aggregate(last=Max("number"))["last"] or 0
    version = ShiftVersion(
        shift=shift, number=number + 1, effective_from=effective_from, made_by=user, **kept | rules
    )
    _check_version(version)
    if before is not None and all(getattr(before, name) == getattr(version, name) for name in RULES):
        raise InvalidInput("shift.same", _("These are the rules that are in force on that day already."))
    return version


@transaction.atomic
def shift_version_add(
    *, shift: Shift, effective_from: date, user: User | None, retroactive: bool = False, **rules: Any
) -> ShiftVersion:
    """New rules from a day on, up to the next version that is in force from a later day.

    Raises:
        InvalidFields: ``shift.invalid``. InvalidInput: ``shift.same``.
        Conflict: ``shift.past``: the day lies in the past, which only ``retroactive`` changes.
    """
    shift = Shift.objects.select_for_update(of=("self",)).select_related("site").get(pk=shift.pk)
    version = shift_version_build(shift=shift, effective_from=effective_from, user=user, **rules)
    if effective_from < today_at(shift.site) and not retroactive:
        raise Conflict(
            "shift.past",
            _("That day lies in the past. Choose today or later, or look first what would change."),
        )
    version.save()
    later = shift.versions.filter(effective_from__gt=effective_from).order_by("effective_from").first()
    last = later.effective_from - timedelta(days=1) if later else None
    people = people_working([shift], first=effective_from, last=last)
    if people:
        plan_changed.send(
            Shift, person_ids=people, site_id=None, department_id=None, first=effective_from, last=last
        )
    return version


def shift_version_on(shift: Shift, day: date) -> ShiftVersion | None:
    """The version in force on ``day``."""
    return shift.versions.filter(effective_from__lte=day).order_by("effective_from", "number").last()


def people_working(shifts: list[Shift], *, first: date, last: date | None) -> list[UUID]:
    """Everyone who has one of ``shifts`` by a pattern or an exception between the two days, without end if
    ``last`` is None."""
    patterns = PatternShift.objects.filter(shift__in=shifts).values("pattern")
    exceptions = RosterException.objects.filter(shift__in=shifts, day__gte=first)
    if last is not None:
        exceptions = exceptions.filter(day__lte=last)
    following = assignments_between(first, last).filter(pattern__in=patterns)
    people = Person.objects.filter(
        Q(pk__in=exceptions.values("person"))
        | Q(pk__in=following.filter(person__isnull=False).values("person"))
        | Q(department__in=following.filter(department__isnull=False).values("department"))
    )
    return list(people.order_by("pk").values_list("pk", flat=True))


def assignments_between(first: date, last: date | None) -> models.QuerySet[Assignment]:
    """Assignments that hold on a day between the two, without end if ``last`` is None."""
    rows = Assignment.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first))
    return rows if last is None else rows.filter(starts_on__lte=last)


@transaction.atomic
def policy_add(
    *, site: Site, effective_from: date, user: User | None, retroactive: bool = False, **rules: Any
) -> Policy:
    """What holds for a site from a day on; what ``rules`` leave out stays as it is then.

    Raises:
        InvalidFields: ``policy.invalid``. InvalidInput: ``policy.same``.
        Conflict: ``policy.past``, as ``shift.past``.
    """
    site = Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    before = policy_on(site, effective_from)
    kept = {name: getattr(before, name) for name in POLICY_RULES} if before else {}
    number = site.policies.aggregate(last=Max("number"))["last"] or 0
    policy = Policy(site=site, number=number + 1, effective_from=effective_from, made_by=user, **kept | rules)
    checked(policy, "policy.invalid")
    if before is not None and all(getattr(before, name) == getattr(policy, name) for name in POLICY_RULES):
        raise InvalidInput("policy.same", _("This is the policy that holds on that day already."))
    if effective_from < today_at(site) and not retroactive:
        raise Conflict("policy.past", _("That day lies in the past. Choose today or later."))
    policy.save()
    later = site.policies.filter(effective_from__gt=effective_from).order_by("effective_from").first()
    last = later.effective_from - timedelta(days=1) if later else None
    plan_changed.send(
        Policy, person_ids=None, site_id=site.pk, department_id=None, first=effective_from, last=last
    )
    return policy


def policy_on(site: Site, day: date) -> Policy | None:
    """The policy that holds at ``site`` on ``day``; None where there is none, and the defaults hold."""
    return site.policies.filter(effective_from__lte=day).order_by("effective_from", "number").last()
