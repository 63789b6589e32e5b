"""Recording who came and who went. Punches are only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.attendance.claiming import punch_claim
from faceroster.attendance.due import due_mark
from faceroster.attendance.models import Correction, CorrectionKind, Punch, PunchSource
from faceroster.core.errors import InvalidInput
from faceroster.kiosks.models import Decision, Kiosk
from faceroster.people.models import Person, Site
from faceroster.trust.models import User

#: Before this a year is a slip of the pen, and near the first of all no zone can tell its day.
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class PunchResult:
    """``fresh`` is False when the punch was there already and nothing new was stored."""

    punch: Punch
    fresh: bool


def punch_check(*, at: datetime | None, source: str, note: str) -> None:
    """Refuse what :func:`punch_record` would refuse, before anything is locked. Same errors."""
    if at is not None and timezone.is_naive(at):
        raise InvalidInput("punch.zone_missing", _("The time needs its offset from UTC, like 08:58+01:00."))
    if at is not None and at > timezone.now():
        raise InvalidInput("punch.in_future", _("That time has not come yet."))
    if at is not None and at < _EARLIEST:
        raise InvalidInput("punch.too_early", _("That time is too long ago. Please check the year."))
    if source == PunchSource.MANUAL and not note.strip():
        raise InvalidInput("punch.note_missing", _("Please note why this punch is entered by hand."))


def punch_repeated(
    *, person: Person, site: Site, moment: datetime, decision: Decision | None = None
) -> Punch | None:
    """The punch that one at ``moment`` would only repeat: of its decision, or within the debounce time.

    One that was taken back at the kiosk, since it was somebody else's, is in nobody's way.
    """
    mine = Punch.objects.select_related("site").filter(person=person)
    if decision is not None and (made := mine.filter(decision=decision).first()):
        return made
    within = timedelta(seconds=site.debounce_seconds)
    taken_back = Correction.objects.filter(
        person=person,
        kind=CorrectionKind.VOID,
        punch__isnull=False,
        requested_by__isnull=True,
        verdict__approved=True,
    )
    near = mine.filter(at__gt=moment - within, at__lt=moment + within)
    near = near.exclude(pk__in=taken_back.order_by().values("punch"))
    return min(near, key=lambda punch: abs(punch.at - moment), default=None)


@transaction.atomic
def punch_record(
    *,
    person: Person,
    site: Site,
    source: str,
    at: datetime | None = None,
    direction: str | None = None,
    kiosk: Kiosk | None = None,
    decision: Decision | None = None,
    user: User | None = None,
    note: str = "",
) -> PunchResult:
    """Record that ``person`` came or went at ``site``; within the site's debounce time, only once.

    Day and direction follow the shift that takes punches at that moment: who goes home in the morning after a
    night leaves the day on which it began. Their workday is computed soon after.

    Args:
        source: A value of :class:`PunchSource`.
        at: Aware and not in the future; None is now, by this server's clock.
        direction: A value of :class:`Direction` for someone who knows better; None is by the shift or
            the site's rule.
        decision: What recognised them. One decision makes one punch, however often this is called.
        user: Who entered it, if it was entered by someone or on someone's behalf.
        note: Required for a punch by hand.

    Raises:
        InvalidInput: ``punch.zone_missing``, ``punch.in_future``, ``punch.too_early`` or
            ``punch.note_missing``.
    """
    punch_check(at=at, source=source, note=note)
    # One after the other per person: whoever comes second sees the first one's punch.
    # no_key: rows that merely refer to the person need not wait.
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    moment = at or timezone.now()
    there = punch_repeated(person=person, site=site, moment=moment, decision=decision)
    if there is not None:
        return PunchResult(there, fresh=False)
    day, way = punch_claim(person=person, site=site, moment=moment, direction=direction)
    punch = Punch.objects.create(
        person=person,
        site=site,
        at=moment,
        zone=site.timezone,
        day=day,
        direction=way,
        source=source,
        kiosk=kiosk,
        decision=decision,
        recorded_by=user,
        note=note.strip(),
    )
    due_mark(person_ids=[person.pk], first=day, last=day)
    return PunchResult(punch, fresh=True)
