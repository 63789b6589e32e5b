"""What makes days due: plans, people, corrections and settled findings that change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.utils import timezone

from faceroster.attendance.days import working_day
from faceroster.attendance.due import due_mark, due_mark_stored
from faceroster.attendance.models import Correction, Resolution, Verdict, Workday
from faceroster.people.models import Person
from faceroster.rosters.signals import plan_changed

_DAY = timedelta(days=1)
#: A change of so many days of people is marked day by day, with or without rows; a longer one by its rows.
_FEW = 1000

_FACTS = ("joined_on", "left_on", "department_id", "active")
_Facts = tuple[date | None, date | None, UUID, bool]


@receiver(plan_changed)
def plans_changed(
    first: date,
    last: date | None = None,
    person_ids: list[UUID] | None = None,
    department_id: UUID | None = None,
    site_id: UUID | None = None,
    **_: Any,
) -> None:
    rows = Workday.objects.filter(day__gte=first)
    if last is not None:
        rows = rows.filter(day__lte=last)
    if person_ids is not None:
        # Tomorrow by the calendar of whichever site is furthest ahead.
        until = min(last or date.max, timezone.now().date() + 2 * _DAY)
        if ((until - first).days + 1) * len(person_ids) <= _FEW:
            due_mark(person_ids=person_ids, first=first, last=until)
            return
        rows = rows.filter(person__in=person_ids)
    elif department_id is not None:
        rows = rows.filter(Q(person__department=department_id) | Q(department=department_id))
    elif site_id is not None:
        rows = rows.filter(Q(person__department__site=site_id) | Q(site=site_id))
    due_mark_stored(rows=rows)


@receiver(pre_save, sender=Person)
def person_about_to_change(instance: Person, raw: bool = False, **_: Any) -> None:
    """Remember how they were, for :func:`person_changed`."""
    before = None
    if not raw and not instance._state.adding:
        before = Person.objects.filter(pk=instance.pk).order_by().values_list(*_FACTS).first()
    instance.__dict__["_attendance_before"] = before


@receiver(post_save, sender=Person)
def person_changed(instance: Person, created: bool, raw: bool = False, **_: Any) -> None:
    """A move to another department counts from today on, and so does who comes new or comes back."""
    before: _Facts | None = instance.__dict__.pop("_attendance_before", None)
    after: _Facts = (instance.joined_on, instance.left_on, instance.department_id, instance.active)
    if raw or before == after or not (created or before):
        return
    today = working_day(timezone.now(), instance.department.site)
    if created or before is None or before[2:] != after[2:]:
        if instance.active or not created:
            due_mark(person_ids=[instance.pk], first=today, last=today)
        if before is None:
            return
    for old, new, beyond in (
        (before[0], after[0], date.min),  # the days from the one to the day before the other
        (_day_after(before[1]), _day_after(after[1]), date.max),
    ):
        ends = sorted((old or beyond, new or beyond))
        if ends[0] != ends[1]:
            _employment_changed(instance, ends[0], min(ends[1] - _DAY, today))


def _day_after(day: date | None) -> date | None:
    """None after the last day of the calendar too: some write 9999-12-31 for somebody who stays."""
    return None if day is None or day == date.max else day + _DAY


def _employment_changed(person: Person, first: date, last: date) -> None:
    if 0 <= (last - first).days < _FEW:
        due_mark(person_ids=[person.pk], first=first, last=last)
    elif first <= last:
        due_mark_stored(rows=Workday.objects.filter(person=person, day__range=(first, last)))


@receiver(post_save, sender=Verdict)
def correction_decided(instance: Verdict, created: bool, raw: bool = False, **_: Any) -> None:
    if raw or not created or not instance.approved:
        return
    correction = instance.correction
    days = set(_days_of(correction))
    # Where earlier corrections have moved it, it may be gone from now.
    if correction.punch_id is not None:
        earlier = Q(punch=correction.punch_id)
    else:
        earlier = Q(added=correction.added_id or correction.pk) | Q(pk=correction.added_id)
    for other in Correction.objects.filter(earlier).select_related("punch__site", "site", "person"):
        days.update(_days_of(other))
    for day in sorted(days):
        due_mark(person_ids=[correction.person_id], first=day, last=day)


def _days_of(correction: Correction) -> Iterable[date]:
    yield correction.day
    punch = correction.punch
    site = correction.site or (punch.site if punch else correction.person.department.site)
    if punch is not None:
        yield punch.day
        yield working_day(punch.at, site)
    if correction.at is not None:
        yield working_day(correction.at, site)


@receiver(post_save, sender=Resolution)
def finding_resolved(instance: Resolution, created: bool, raw: bool = False, **_: Any) -> None:
    if created and not raw and instance.person_id is not None:
        due_mark(person_ids=[instance.person_id], first=instance.day, last=instance.day)
