"""Asking for corrections of punches, and deciding about them. Nothing that was punched is ever changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.attendance import guards, signals
from faceroster.attendance.days import working_day
from faceroster.attendance.models import Correction, CorrectionKind, Direction, Punch, Verdict
from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.people.models import Person, Site
from faceroster.trust.models import User

_DAY = timedelta(days=1)
#: Before this a year is a slip of the pen.
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Asked:
    kind: str
    day: date
    punch: Punch | None
    added: Correction | None
    at: datetime | None
    direction: str
    site: Site | None

    @property
    def target(self) -> Punch | Correction | None:
        return self.punch or self.added


@transaction.atomic
def correction_request(
    *,
    person: Person,
    kind: str,
    day: date,
    user: User,
    reason: str,
    punch: Punch | None = None,
    added: Correction | None = None,
    at: datetime | None = None,
    direction: str = "",
    site: Site | None = None,
) -> Correction:
    """Ask for a correction of a day of ``person``. It waits until :func:`correction_decide`.

    Args:
        kind: A value of :class:`CorrectionKind`. To add needs ``at`` and ``direction`` (``site`` is the
            person's own if it is not given), to void a target, to change a target and one of the two.
        day: The working day that it is about.
        user: The person themself, or somebody who decides for their department.
        punch, added: The target: a punch, or an approved correction that added one.

    Raises:
        InvalidInput: ``correction.`` and one of ``kind_unknown``, ``reason_missing``, ``reason_long``,
            ``time_missing``, ``zone_missing``, ``in_future``, ``too_early``, ``other_day``,
            ``direction_missing``, ``direction_unknown``, ``punch_missing``, ``two_targets``, ``not_theirs``,
            ``not_counting``, ``nothing_changed``.
        NotAllowed: ``correction.not_yours``.
        Conflict: ``period.closed``, or ``correction.repeated`` when the same one waits already.
    """
    correction = _store(person, _Asked(kind, day, punch, added, at, direction, site), user, reason)
    signals.correction_requested.send(sender=Correction, correction=correction)
    return correction


@transaction.atomic
def correction_decide(*, correction: Correction, user: User, approved: bool, note: str = "") -> Verdict:
    """Say whether ``correction`` counts, once and for all. One that is approved has its days computed anew.

    Raises:
        NotAllowed: ``correction.not_yours``, or ``correction.own`` for one's own day.
        Conflict: ``correction.decided`` when somebody was first; ``period.closed`` for one that would count.
        InvalidInput: ``correction.note_long``.
    """
    person = guards.person_lock(correction.person_id)
    guards.must_decide(user, person, "correction")
    note = guards.note_of(note, code="correction.note")
    if Verdict.objects.filter(correction=correction).exists():
        raise Conflict("correction.decided", _("Somebody has decided about this correction already."))
    if approved:
        guards.must_be_open(person, _days(person, correction))
    verdict = Verdict.objects.create(correction=correction, approved=approved, decided_by=user, note=note)
    signals.correction_decided.send(sender=Correction, correction=correction, verdict=verdict)
    return verdict


@transaction.atomic
def correction_make(*, person: Person, user: User, reason: str, **asked: Any) -> Correction:
    """Ask and approve in one step, for those who decide. Takes what :func:`correction_request` takes.

    Raises what both raise. Only ``correction_decided`` is sent: nothing ever waits.
    """
    given = {"punch": None, "added": None, "at": None, "direction": "", "site": None, **asked}
    guards.must_decide(user, guards.person_lock(person.pk), "correction")
    correction = _store(person, _Asked(**given), user, reason)
    correction_decide(correction=correction, user=user, approved=True)
    return correction


@transaction.atomic
def voided_by_kiosk(*, punch: Punch, reason: str) -> Correction:
    """Void ``punch``, because whoever was taken for its person said at the kiosk that they are not.

    Nobody is signed in there: nobody asked, nobody decided, and both stay empty. Where its day is closed it
    waits for somebody who decides, as what is asked for by people does.
    """
    person = guards.person_lock(punch.person_id)
    correction = Correction.objects.create(
        person=person, kind=CorrectionKind.VOID, day=punch.day, punch=punch, reason=reason
    )
    if guards.closed_period(person, _days(person, correction)):
        signals.correction_requested.send(sender=Correction, correction=correction)
        return correction
    verdict = Verdict.objects.create(correction=correction, approved=True)
    signals.correction_decided.send(sender=Correction, correction=correction, verdict=verdict)
    return correction


def _store(person: Person, asked: _Asked, user: User, reason: str) -> Correction:
    person = guards.person_lock(person.pk)
    if person.user_id != user.pk and not guards.decides_for(user, person.department):
        raise NotAllowed("correction.not_yours", _("You cannot ask for corrections of this person's days."))
    reason = guards.text_of(reason, code="correction.reason", missing=_("Please give a reason."))
    _check_target(person, asked)
    _check_time(asked)
    adds = asked.kind == CorrectionKind.ADD
    site = (asked.site or person.department.site) if adds else None
    voids = asked.kind == CorrectionKind.VOID
    correction = Correction(
        person=person,
        kind=asked.kind,
        day=asked.day,
        punch=asked.punch,
        added=asked.added,
        site=site,
        zone=site.timezone if site else "",
        at=None if voids else asked.at,
        direction="" if voids else asked.direction,
        reason=reason,
        requested_by=user,
    )
    if not _near(person, correction):
        raise InvalidInput("correction.other_day", _("That time does not belong to this day."))
    guards.must_be_open(person, _days(person, correction))
    _refuse_repeated(correction)
    correction.save()
    return correction


def _check_target(person: Person, asked: _Asked) -> None:
    if asked.kind not in CorrectionKind.values:
        raise InvalidInput("correction.kind_unknown", _("There is no such kind of correction."))
    if (asked.punch and asked.added) or (asked.kind == CorrectionKind.ADD and asked.target):
        raise InvalidInput("correction.two_targets", _("Please choose one punch, or none to add one."))
    if asked.kind != CorrectionKind.ADD and asked.target is None:
        raise InvalidInput("correction.punch_missing", _("Please choose the punch that is to be corrected."))
    if asked.target is not None and asked.target.person_id != person.pk:
        raise InvalidInput("correction.not_theirs", _("This punch belongs to another person."))
    if asked.added is not None:
        counts = Verdict.objects.filter(correction=asked.added, approved=True).exists()
        if asked.added.kind != CorrectionKind.ADD or not counts:
            raise InvalidInput("correction.not_counting", _("This correction has added no punch."))


def _check_time(asked: _Asked) -> None:
    if asked.direction and asked.direction not in Direction.values:
        raise InvalidInput("correction.direction_unknown", _("A punch is either in or out."))
    if asked.kind == CorrectionKind.VOID:
        return
    if asked.kind == CorrectionKind.ADD and asked.at is None:
        raise InvalidInput("correction.time_missing", _("Please give the time of the missing punch."))
    if asked.kind == CorrectionKind.ADD and not asked.direction:
        raise InvalidInput("correction.direction_missing", _("Please say whether it was in or out."))
    if asked.at is None and not asked.direction:
        raise InvalidInput("correction.nothing_changed", _("Please give another time or direction."))
    if asked.at is None:
        return
    if timezone.is_naive(asked.at):
        raise InvalidInput("correction.zone_missing", _("The time needs its offset from UTC."))
    if asked.at > timezone.now():
        raise InvalidInput("correction.in_future", _("That time has not come yet."))
    if asked.at < _EARLIEST:
        raise InvalidInput("correction.too_early", _("That time is too long ago. Please check the year."))


def _moments(person: Person, correction: Correction) -> list[tuple[datetime, Site]]:
    """When and where that was, what is corrected, and when and where it shall have been."""
    found = []
    site = correction.site or person.department.site
    old = correction.punch or correction.added
    if old is not None and old.at is not None:
        site = old.site or site
        found.append((old.at, site))
    if correction.at is not None:
        found.append((correction.at, site))
    return found


def _days(person: Person, correction: Correction) -> set[date]:
    """Every day whose figures may change with it."""
    days = {correction.day}
    for at, site in _moments(person, correction):
        days |= guards.days_of_moment(person, at, site)
    return days


def _near(person: Person, correction: Correction) -> bool:
    """Whether all times lie on the day that it is said to be about, or next to it (a night)."""
    return all(
        abs(working_day(at, site) - correction.day) <= _DAY for at, site in _moments(person, correction)
    )


def _refuse_repeated(correction: Correction) -> None:
    """Two clicks, or two people with the same thought. By the person's lock, one comes second."""
    same = Q(kind=correction.kind, person=correction.person, verdict__isnull=True)
    if correction.kind == CorrectionKind.ADD:
        same &= Q(at=correction.at, direction=correction.direction)
    else:
        same &= Q(punch=correction.punch, added=correction.added)
    if Correction.objects.filter(same).exists():
        raise Conflict("correction.repeated", _("A correction of this punch is waiting already."))
