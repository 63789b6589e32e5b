"""Recording who came and who went. Punches are only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from faceroster.attendance.days import working_day
from faceroster.attendance.models import Direction, Punch, PunchSource
from faceroster.core.errors import InvalidInput
from faceroster.kiosks.models import Decision, Kiosk
from faceroster.people.models import Person, PunchRule, Site
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
        raise InvalidInput("punch.zone_missing", "The time needs its offset from UTC, like 08:58+01:00.")
    if at is not None and at > timezone.now():
        raise InvalidInput("punch.in_future", "That time has not come yet.")
    if at is not None and at < _EARLIEST:
        raise InvalidInput("punch.too_early", "That time is too long ago. Please check the year.")
    if source == PunchSource.MANUAL and not note.strip():
        raise InvalidInput("punch.note_missing", "Please note why this punch is entered by hand.")


def punch_repeated(
    *, person: Person, site: Site, moment: datetime, decision: Decision | None = None
) -> Punch | None:
    """The punch that one at ``moment`` would only repeat: of its decision, or within the debounce time."""
    mine = Punch.objects.select_related("site").filter(person=person)
    if decision is not None and (made := mine.filter(decision=decision).first()):
        return made
    within = timedelta(seconds=site.debounce_seconds)
    near = mine.filter(at__gt=moment - within, at__lt=moment + within)
    return min(near, key=lambda punch: abs(punch.at - moment), default=None)


def _direction(person: Person, moment: datetime, site: Site) -> Direction:
    """By the site's rule. Only the same working day counts: a missed check-out never flips the next day."""
    if site.punch_rule == PunchRule.IN_ONLY:
        return Direction.IN
    earlier = Punch.objects.filter(person=person, day=working_day(moment, site), at__lt=moment)
    last = earlier.order_by("-at").values_list("direction", flat=True).first()
    return Direction.OUT if last == Direction.IN else Direction.IN


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

    Args:
        source: A value of :class:`PunchSource`.
        at: Aware and not in the future; None is now, by this server's clock.
        direction: A value of :class:`Direction` for someone who knows better; None is the site's rule.
        decision: What recognised them. One decision makes one punch, however often this is called.
        user: Who entered it, if it was entered by someone or on someone's behalf.
        note: Required for a punch by hand.

    Raises:
        InvalidInput: ``punch.zone_missing``, ``punch.in_future``, ``punch.too_early`` or
            ``punch.note_missing``.
    """
    punch_check(at=at, source=source, note=note)
    # One after the other per person: whoever comes second sees the first one's punch.
    Person.objects.select_for_update().get(pk=person.pk)
    moment = at or timezone.now()
    there = punch_repeated(person=person, site=site, moment=moment, decision=decision)
    if there is not None:
        return PunchResult(there, fresh=False)
    punch = Punch.objects.create(
        person=person,
        site=site,
        at=moment,
        zone=site.timezone,
        day=working_day(moment, site),
        direction=direction or _direction(person, moment, site),
        source=source,
        kiosk=kiosk,
        decision=decision,
        recorded_by=user,
        note=note.strip(),
    )
    return PunchResult(punch, fresh=True)
