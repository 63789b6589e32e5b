"""How long each kind of data is kept, what will go and when, and the sweep that makes it go.

A dry run and the sweep ask the same queries, so that the page shows what will really happen. Whole people go
by the same erasure as everybody else, and never sooner than ``NOTICE_DAYS`` after it stood on the page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from faceroster.attendance.models import Punch, Resolution
from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.consents.selectors import erasure_due
from faceroster.core.errors import FaceRosterError, InvalidInput
from faceroster.enrollment.models import EnrollmentPhoto, PhotoStatus
from faceroster.kiosks.models import Decision, DecisionCrop, FalseAccept
from faceroster.notices.models import Notice
from faceroster.offline.models import OfflineEntry, Status
from faceroster.people.models import Person
from faceroster.privacy.erasing import erase
from faceroster.privacy.models import Cause, Farewell, Kind, Retention, Tombstone
from faceroster.privacy.tombstones import hash_of
from faceroster.trust.models import User

logger = logging.getLogger(__name__)

#: Days that a whole person stands on the page before they are erased.
NOTICE_DAYS = 14
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Limit:
    """In days: what holds unless an administrator says otherwise, and between what they may choose."""

    default: int
    least: int
    most: int


LIMITS: dict[str, Limit] = {
    Kind.CROPS: Limit(30, 0, 90),
    Kind.DECISIONS: Limit(365, 30, 1095),
    Kind.REFUSED: Limit(30, 1, 180),
    Kind.LEFT_PHOTOS: Limit(30, 0, 365),
    Kind.LEFT_PEOPLE: Limit(365, 30, 3650),
    Kind.ATTENDANCE: Limit(1095, 365, 3650),
    Kind.OFFLINE: Limit(180, 30, 1095),
    Kind.SIGN_INS: Limit(90, 7, 365),
    Kind.NOTICES: Limit(180, 30, 1095),
}


def days_of(kind: str) -> int:
    """As set, or the default; faces of recognitions never longer than FACEROSTER_CROP_DAYS says."""
    row = Retention.objects.filter(pk=kind).first()
    days = row.days if row is not None else LIMITS[kind].default
    return min(days, settings.FACEROSTER["CROP_DAYS"]) if kind == Kind.CROPS else days


def all_days() -> dict[str, int]:
    return {kind: days_of(kind) for kind in LIMITS}


@transaction.atomic
def days_set(*, kind: str, days: int, user: User) -> None:
    """Raises InvalidInput ``retention.out_of_bounds``."""
    limit = LIMITS[kind]
    if not limit.least <= days <= limit.most:
        raise InvalidInput(
            "retention.out_of_bounds",
            _("%(what)s: between %(least)d and %(most)d days.")
            % {"what": Kind(kind).label, "least": limit.least, "most": limit.most},
        )
    before = days_of(kind)
    if before == days:
        return
    Retention.objects.update_or_create(pk=kind, defaults={"days": days, "changed_by": user})
    record(Action.SETTING_CHANGED, by=user, details={"retention": kind, "changed": {"days": [before, days]}})


def _left_before(day: date) -> QuerySet[Person]:
    """Who has left: by their last day; inactive without one, by their last punch or when they were added."""
    nameless = Person.objects.filter(subject_key__isnull=True)
    people = Person.objects.filter(active=False).exclude(pk__in=nameless).annotate(last=Max("punch__day"))
    return people.filter(
        Q(left_on__lt=day)
        | Q(left_on__isnull=True, last__lt=day)
        | Q(left_on__isnull=True, last__isnull=True, created_at__date__lt=day)
    )


def _decisions(limit: datetime) -> QuerySet[Any]:
    """Not what a punch or a settled exception points at, nor what keeps a face from being mistaken again."""
    return Decision.objects.filter(created_at__lt=limit).exclude(
        Exists(Punch.objects.filter(decision=OuterRef("pk")))
        | Exists(Resolution.objects.filter(decision=OuterRef("pk")))
        | Exists(FalseAccept.objects.filter(decision=OuterRef("pk")))
    )


def _settled(limit: datetime) -> QuerySet[Any]:
    done = OfflineEntry.objects.exclude(status__in=(Status.WAITING, Status.HELD))
    return done.filter(created_at__lt=limit, attention=False)


#: Kind -> what is over at a moment. All are deleted row by row where signals must hear of it.
_OVER: dict[str, Callable[[datetime], list[QuerySet[Any]]]] = {
    Kind.CROPS: lambda limit: [DecisionCrop.objects.filter(created_at__lt=limit)],
    Kind.DECISIONS: lambda limit: [_decisions(limit)],
    Kind.REFUSED: lambda limit: [
        EnrollmentPhoto.objects.filter(status=PhotoStatus.REJECTED, created_at__lt=limit)
    ],
    Kind.LEFT_PHOTOS: lambda limit: [EnrollmentPhoto.objects.filter(person__in=_left_before(limit.date()))],
    Kind.OFFLINE: lambda limit: [_settled(limit)],
    Kind.SIGN_INS: lambda limit: [
        model.objects.filter(attempt_time__lt=limit) for model in (AccessAttempt, AccessLog, AccessFailureLog)
    ],
    Kind.NOTICES: lambda limit: [Notice.objects.filter(created_at__lt=limit)],
}


@dataclass(frozen=True, slots=True)
class Going:
    """What goes of one kind: ``now`` with the next sweep, ``soon`` within two weeks."""

    kind: str
    days: int
    now: int
    soon: int

    @property
    def label(self) -> str:
        return str(Kind(self.kind).label)


def preview(now: datetime) -> list[Going]:
    """What the next sweep deletes, and what follows within two weeks. Changes nothing."""
    found = []
    for kind, over in _OVER.items():
        days = days_of(kind)
        limit = now - timedelta(days=days)
        counts = [
            sum(rows.count() for rows in over(moment)) for moment in (limit, limit + timedelta(NOTICE_DAYS))
        ]
        found.append(Going(kind, days, counts[0], counts[1] - counts[0]))
    return found


def photos_of_ended_consents(now: datetime) -> QuerySet[EnrollmentPhoto]:
    """Consents that ended longer ago than their clock: the face goes, the person may stay with a PIN."""
    return EnrollmentPhoto.objects.filter(person__in=erasure_due(now))


def nameless_over(now: datetime) -> list[Person]:
    """People without a name whose punches and workdays have been kept long enough."""
    limit = now - timedelta(days=days_of(Kind.ATTENDANCE))
    stones = set(
        Tombstone.objects.filter(everything=False, erased_at__lt=limit).values_list("person_hash", flat=True)
    )
    rows = Person.objects.filter(subject_key__isnull=True).annotate(last=Max("punch__day"))
    return [
        person
        for person in rows
        if hash_of("person", person.pk) in stones and (person.last is None or person.last < limit.date())
    ]


def people_over(now: datetime) -> QuerySet[Person]:
    """People who left long enough ago to be erased whole."""
    return _left_before((now - timedelta(days=days_of(Kind.LEFT_PEOPLE))).date())


def sweep(*, now: datetime) -> dict[str, int]:
    """Delete what is over, announce whole people, and erase those whose notice has run out."""
    done: dict[str, int] = {}
    for kind, over in _OVER.items():
        limit = now - timedelta(days=days_of(kind))
        done[kind] = sum(_delete(rows) for rows in over(limit))
    ended = list(erasure_due(now).values_list("pk", flat=True))
    done["consents"] = _delete(photos_of_ended_consents(now))
    DecisionCrop.objects.filter(person__in=ended).delete()
    FalseAccept.objects.filter(person__in=ended).delete()
    _announce(now)
    done[Kind.LEFT_PEOPLE] = sum(_erase(one.person, False) for one in _due(now))
    done[Kind.ATTENDANCE] = sum(_erase(person, True) for person in nameless_over(now))
    if any(done.values()):
        record(Action.RETENTION_RAN, details={kind: count for kind, count in done.items() if count})
    return done


def _delete(rows: QuerySet[Any]) -> int:
    """Some at a time, each lot by itself, so that nobody waits long. Rows, without what hangs on them."""
    count = 0
    while keys := list(rows.order_by().values_list("pk", flat=True)[:_AT_ONCE]):
        rows.model.objects.filter(pk__in=keys).delete()
        count += len(keys)
    return count


def _announce(now: datetime) -> None:
    over = people_over(now)
    Farewell.objects.exclude(person__in=over.values("pk")).delete()  # they came back, or the setting did
    for person in over.filter(farewell__isnull=True):
        Farewell.objects.create(
            person=person, cause=Cause.RETENTION, due_at=now + timedelta(days=NOTICE_DAYS)
        )


def _due(now: datetime) -> list[Farewell]:
    return list(Farewell.objects.filter(due_at__lte=now).select_related("person"))


def _erase(person: Person, everything: bool) -> int:
    """One who cannot be erased now (an import runs) holds up nobody else; tomorrow is another sweep."""
    try:
        erase(person=person, everything=everything, cause=Cause.RETENTION)
    except FaceRosterError as error:
        logger.warning("A person whose time is over was not erased: %s", error.code)
        return 0
    return 1
