"""Settling findings: lateness that is excused, a stranger's face that somebody has looked at."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.attendance import guards, signals
from faceroster.attendance.days import working_day
from faceroster.attendance.models import Finding, Resolution
from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.kiosks.models import Decision
from faceroster.people.models import Person
from faceroster.people.selectors import departments_managed_by
from faceroster.trust.models import User

#: They change no figure of a day, so they may be settled in a closed period too.
_WITHOUT_FIGURES = frozenset({Finding.UNKNOWN_FACE, Finding.AMBIGUOUS, Finding.CLOSED_PUNCH})

#: Before this a year is a slip of the pen.
_EARLIEST = date(1990, 1, 1)


@transaction.atomic
def finding_resolve(
    *,
    finding: str,
    day: date,
    reason: str,
    user: User,
    person: Person | None = None,
    decision: Decision | None = None,
) -> Resolution:
    """Settle ``finding`` of a person's day, or of one decision at a kiosk, with the reason.

    A face that belongs to nobody may be settled by whoever decides for a department of the kiosk's site.

    Raises:
        InvalidInput: ``finding.unknown``, ``finding.of_nothing``, ``finding.reason_missing``,
            ``finding.reason_long``, ``finding.too_early``, ``finding.in_future``.
        NotAllowed: ``finding.not_yours``, ``finding.own``.
        Conflict: ``finding.resolved`` when somebody was first; ``period.closed``.
    """
    if finding not in Finding.values:
        raise InvalidInput("finding.unknown", _("There is no such finding."))
    reason = guards.text_of(reason, code="finding.reason", missing=_("Please give a reason."))
    if day < _EARLIEST:
        raise InvalidInput("finding.too_early", _("That time is too long ago. Please check the year."))
    if person is not None:
        person = guards.person_lock(person.pk)
        guards.must_decide(user, person, "finding")
        if day > working_day(timezone.now(), person.department.site):
            raise InvalidInput("finding.in_future", _("That day has not come yet."))
        if finding not in _WITHOUT_FIGURES:
            guards.must_be_open(person, {day})
    elif decision is not None:
        Decision.objects.select_for_update(no_key=True, of=("self",)).get(pk=decision.pk)
        if not departments_managed_by(user).filter(site=decision.site_id).exists():
            raise NotAllowed("finding.not_yours", _("You do not decide for this site."))
    else:
        raise InvalidInput("finding.of_nothing", _("A finding is of a person or of a face at a kiosk."))
    _refuse_repeated(finding, day, person, decision)
    resolution = Resolution.objects.create(
        finding=finding, person=person, day=day, decision=decision, reason=reason, made_by=user
    )
    signals.finding_resolved.send(sender=Resolution, resolution=resolution)
    return resolution


def _refuse_repeated(finding: str, day: date, person: Person | None, decision: Decision | None) -> None:
    if finding == Finding.CLOSED_PUNCH:
        return  # another punch may have come since
    same = Resolution.objects.filter(finding=finding)
    same = same.filter(decision=decision) if decision else same.filter(person=person, day=day)
    if same.exists():
        raise Conflict("finding.resolved", _("Somebody has settled this already."))
