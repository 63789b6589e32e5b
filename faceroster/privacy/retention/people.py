"""Whole people whose time is over: who they are, what holds an erasure up, and the notice before it.

They go by the same erasure as everybody else, never sooner than ``NOTICE_DAYS`` after it stood on the page.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from faceroster.attendance.models import Correction, Finding, Period, PeriodStatus, Punch, Resolution, Workday
from faceroster.core.errors import FaceRosterError
from faceroster.offline.models import OfflineEntry, Status
from faceroster.people.models import Person
from faceroster.privacy.erasing import erase
from faceroster.privacy.models import Cause, Farewell, Tombstone
from faceroster.privacy.tombstones import hash_of
from faceroster.rosters.models import LeaveRequest, LeaveStatus

logger = logging.getLogger(__name__)

#: Days that a whole person stands on the page before they are erased.
NOTICE_DAYS = 14


def left_before(day: date) -> QuerySet[Person]:
    """Who left before ``day``, by their last day; without one, by their last punch or when they were added.

    Somebody active has not left, whatever else is written about them.
    """
    came_later = Punch.objects.filter(person=OuterRef("pk"), day__gte=day)
    unsaid = Q(left_on__isnull=True, created_at__date__lt=day) & ~Exists(came_later)
    return Person.objects.filter(Q(left_on__lt=day) | unsaid, active=False)


def people_over(now: datetime, days: int) -> QuerySet[Person]:
    """People who left more than ``days`` ago and still have a name."""
    return left_before((now - timedelta(days=days)).date()).filter(subject_key__isnull=False)


def nameless_over(now: datetime, days: int) -> list[Person]:
    """People without a name whose punches and workdays have been kept for ``days``."""
    limit = now - timedelta(days=days)
    stones = set(
        Tombstone.objects.filter(everything=False, erased_at__lt=limit).values_list("person_hash", flat=True)
    )
    if not stones:
        return []
    rows = Person.objects.filter(subject_key__isnull=True).annotate(last=Max("punches__day"))
    return [
        person
        for person in rows
        if hash_of("person", person.pk) in stones and (person.last is None or person.last < limit.date())
    ]


def held_up(people: Iterable[Person]) -> set[UUID]:
    """Those of ``people`` about whom something is still to be decided, or whose days are not closed yet.

    Only departments that close periods at all have days that wait for it.
    """
    ids = [person.pk for person in people]
    settled = Resolution.objects.filter(person=OuterRef("person"), day=OuterRef("day"))
    missing = Workday.objects.filter(Q(missed_out=True) | Q(missed_in=True), filled=False).exclude(
        Exists(settled.filter(finding__in=(Finding.MISSED_OUT, Finding.MISSED_IN)))
    )
    closing = Period.objects.filter(department=OuterRef("department"), status=PeriodStatus.CLOSED)
    counted = Workday.objects.filter(Q(worked_minutes__gt=0) | Q(credited_minutes__gt=0), period__isnull=True)
    waiting: list[QuerySet[Any]] = [
        missing,
        counted.filter(Exists(closing)),
        Correction.objects.filter(verdict__isnull=True),
        LeaveRequest.objects.filter(status=LeaveStatus.REQUESTED),
        OfflineEntry.objects.filter(status__in=(Status.WAITING, Status.HELD)),
    ]
    found: set[UUID] = set()
    for rows in waiting:
        found.update(
            rows.filter(person__in=ids).order_by().annotate(who=F("person_id")).values_list("who", flat=True)
        )
    return found


def farewells_keep(now: datetime, days: int) -> None:
    """Announce who is over; whoever came back, or is kept longer now, goes off the list."""
    over = people_over(now, days)
    Farewell.objects.filter(cause=Cause.RETENTION).exclude(person__in=over.values("pk")).delete()
    for person in over.filter(farewell__isnull=True):
        Farewell.objects.get_or_create(
            person=person, defaults={"cause": Cause.RETENTION, "due_at": now + timedelta(days=NOTICE_DAYS)}
        )


def farewells_due(now: datetime) -> list[Person]:
    """Whose notice has run out, and whom nothing holds up."""
    due = Farewell.objects.filter(due_at__lte=now, cause=Cause.RETENTION).select_related("person")
    people = [one.person for one in due]
    held = held_up(people)
    return [person for person in people if person.pk not in held]


def person_erase(person: Person, *, everything: bool) -> bool:
    """One who cannot be erased now (an import runs) holds up nobody else; tomorrow is another sweep."""
    try:
        erase(person=person, everything=everything, cause=Cause.RETENTION)
    except FaceRosterError as error:
        logger.warning("A person whose time is over was not erased: %s", error.code)
        return False
    return True
