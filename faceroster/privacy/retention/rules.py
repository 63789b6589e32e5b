"""The kinds of data that have a time to be kept: how long, within which bounds, and what is over at a moment.

A kind with rows of its own names them here; whole people and the figures of nameless ones are in ``people``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.attendance.models import Punch, Resolution
from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.consents.selectors import erasure_due
from faceroster.core.errors import InvalidInput
from faceroster.enrollment.models import EnrollmentPhoto, ImportRun, ImportStatus, PhotoStatus, Template
from faceroster.kiosks.models import Decision, DecisionCrop, FalseAccept
from faceroster.notices.models import Notice
from faceroster.offline.models import OfflineEntry, Status
from faceroster.people.models import Person
from faceroster.privacy.models import Kind, Retention
from faceroster.privacy.retention.people import left_before
from faceroster.trust.models import User

#: No kind of its own to be set here: the term is FACEROSTER_CONSENT_ERASURE_DAYS.
CONSENTS = "consents"

#: The rows that are over, and the field that says how old one is.
Over = list[tuple[QuerySet[Any], str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """In days: what holds unless an administrator says otherwise, and between what they may choose.

    ``endless``: 0 is allowed too, and keeps it until the person is erased. ``over`` takes the present and the
    days; None for kinds that are whole people.
    """

    words: Any
    default: int
    least: int
    most: int
    over: Callable[[datetime, int], Over] | None = None
    endless: bool = False


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _crops(now: datetime, days: int) -> Over:
    limit = _before(now, days)
    rows = DecisionCrop.objects.filter(Q(decision__created_at__lt=limit) | Q(expires_at__lte=now))
    return [(rows, "decision__created_at")]


def _decisions(now: datetime, days: int) -> Over:
    """Not what a punch or a settled exception points at, nor what keeps a face from being mistaken again."""
    old = Decision.objects.filter(created_at__lt=_before(now, days))
    needed = [model.objects.filter(decision=OuterRef("pk")) for model in (Punch, Resolution, FalseAccept)]
    return [(old.exclude(Exists(needed[0]) | Exists(needed[1]) | Exists(needed[2])), "created_at")]


def _not_me(now: datetime, days: int) -> Over:
    return [(FalseAccept.objects.filter(created_at__lt=_before(now, days)), "created_at")]


def _refused(now: datetime, days: int) -> Over:
    photos = EnrollmentPhoto.objects.filter(status=PhotoStatus.REJECTED)
    return [(photos.filter(created_at__lt=_before(now, days)), "created_at")]


def _left_photos(now: datetime, days: int) -> Over:
    """Whoever has left is recognised nowhere; all of their face goes, the rest with the whole person."""
    return faces_of(left_before(_before(now, days).date()))


def _settled(now: datetime, days: int) -> Over:
    """Nobody has anything to decide about them any more."""
    done = OfflineEntry.objects.exclude(status__in=(Status.WAITING, Status.HELD))
    done = done.filter(Q(attention=False) | Q(resolved_at__isnull=False))
    return [(done.filter(created_at__lt=_before(now, days)), "created_at")]


def _undecided(now: datetime, days: int) -> Over:
    waiting = Q(status=Status.HELD) | Q(attention=True, resolved_at__isnull=True)
    rows = OfflineEntry.objects.filter(waiting, created_at__lt=_before(now, days))
    return [(rows.exclude(status=Status.WAITING), "created_at")]


def _sign_ins(now: datetime, days: int) -> Over:
    limit = _before(now, days)
    tries = (AccessAttempt, AccessLog, AccessFailureLog)
    rows: Over = [(model.objects.filter(attempt_time__lt=limit), "attempt_time") for model in tries]
    return [*rows, (Session.objects.filter(expire_date__lt=limit), "expire_date")]


def _imports(now: datetime, days: int) -> Over:
    """Reports of imports name people whose rows were refused."""
    running = (ImportStatus.QUEUED, ImportStatus.RUNNING)
    rows = ImportRun.objects.exclude(status__in=running).filter(created_at__lt=_before(now, days))
    return [(rows, "created_at")]


def _notices(now: datetime, days: int) -> Over:
    return [(Notice.objects.filter(created_at__lt=_before(now, days)), "created_at")]


def faces_of(people: QuerySet[Person]) -> Over:
    """All that is kept of their faces. The people stay, with PIN, badge and days.

    A classifier that has learned from a photo ends with it, and so do the files.
    """
    ids = people.order_by().values("pk")
    return [
        (Template.objects.filter(person__in=ids), "photo__created_at"),
        (EnrollmentPhoto.objects.filter(person__in=ids), "created_at"),
        (DecisionCrop.objects.filter(person__in=ids), "decision__created_at"),
        (FalseAccept.objects.filter(person__in=ids), "created_at"),
    ]


def ended_consents(now: datetime) -> Over:
    """Consents that ended longer ago than their clock: the face goes, the person may stay with a PIN."""
    return faces_of(erasure_due(now))


#: In the order in which pages show them, and in which the sweep works: what leans on another comes first.
RULES: dict[str, Rule] = {
    Kind.CROPS: Rule(
        gettext_lazy("The picture of each recognition, sealed. It answers whether it was really them."),
        30,
        1,
        90,
        _crops,
    ),
    Kind.NOT_ME: Rule(
        gettext_lazy("What keeps somebody who said “that’s not me” from being mistaken again, sealed."),
        365,
        30,
        1095,
        _not_me,
        endless=True,
    ),
    Kind.DECISIONS: Rule(
        gettext_lazy(
            "Time, place and scores, no picture. What a punch came from stays as long as the punch."
        ),
        365,
        30,
        1095,
        _decisions,
    ),
    Kind.REFUSED: Rule(
        gettext_lazy("Too dark, too small, two faces: never used, kept to say why."), 30, 1, 180, _refused
    ),
    Kind.LEFT_PHOTOS: Rule(
        gettext_lazy("Photos, templates and pictures of recognitions, counted from their last day."),
        30,
        0,
        365,
        _left_photos,
    ),
    Kind.LEFT_PEOPLE: Rule(
        gettext_lazy("Everything that says who they are, with their consents. Figures stay, without a name."),
        365,
        30,
        3650,
    ),
    Kind.ATTENDANCE: Rule(
        gettext_lazy("What the law on working time asks for, without a name."), 1095, 365, 3650
    ),
    Kind.OFFLINE: Rule(
        gettext_lazy("Taken while the server was away, and decided about."), 180, 30, 1095, _settled
    ),
    Kind.UNDECIDED: Rule(
        gettext_lazy(
            "Taken while the server was away. Nobody has decided about them, so a punch may be lost."
        ),
        0,
        90,
        1095,
        _undecided,
        endless=True,
    ),
    Kind.SIGN_INS: Rule(
        gettext_lazy("User, network address and time; sessions that are over."), 90, 7, 365, _sign_ins
    ),
    Kind.NOTICES: Rule(gettext_lazy("Who was late and the like, as it was told."), 180, 30, 1095, _notices),
    Kind.IMPORTS: Rule(
        gettext_lazy("What became of each row of a file. Rows that were refused name people."),
        90,
        7,
        730,
        _imports,
    ),
}


def days_of(kind: str) -> int:
    """As set, or the default; faces of recognitions never longer than FACEROSTER_CROP_DAYS says."""
    return all_days()[kind]


def all_days() -> dict[str, int]:
    set_days = dict(Retention.objects.values_list("kind", "days"))
    found = {kind: set_days.get(kind, rule.default) for kind, rule in RULES.items()}
    found[Kind.CROPS] = min(found[Kind.CROPS], settings.FACEROSTER["CROP_DAYS"])
    return found


def over(kind: str, now: datetime, days: int) -> Over:
    """The rows of ``kind`` that are over when they are kept for ``days``; none for whole people."""
    if kind == CONSENTS:
        return ended_consents(now)
    rule = RULES[kind]
    if rule.over is None or (rule.endless and not days):
        return []
    return rule.over(now, days)


def days_check(kind: str, days: int) -> None:
    """Raises InvalidInput ``retention.out_of_bounds``."""
    rule = RULES[kind]
    if rule.least <= days <= rule.most or (rule.endless and not days):
        return
    sentence = (
        _("%(what)s: between %(least)d and %(most)d days, or 0 to keep them.")
        if rule.endless
        else _("%(what)s: between %(least)d and %(most)d days.")
    )
    words = {"what": Kind(kind).label, "least": rule.least, "most": rule.most}
    raise InvalidInput("retention.out_of_bounds", sentence % words)


@transaction.atomic
def days_set(*, kind: str, days: int, user: User) -> None:
    """Raises InvalidInput ``retention.out_of_bounds``."""
    days_check(kind, days)
    before = days_of(kind)
    if before == days:
        return
    Retention.objects.update_or_create(pk=kind, defaults={"days": days, "changed_by": user})
    record(Action.SETTING_CHANGED, by=user, details={"retention": kind, "changed": {"days": [before, days]}})
