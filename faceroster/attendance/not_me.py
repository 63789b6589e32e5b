""" "That's not me": somebody was greeted by another one's name, and says so at once.

The punch is voided by a correction that nobody asked for and nobody decided: it names no user. The face is
kept, sealed, so that it needs a PIN to be that person from then on; and whoever stands there goes on with
their own number and PIN.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from faceroster.attendance.arrivals import NOT_ME_SECONDS
from faceroster.attendance.corrections import voided_by_kiosk
from faceroster.attendance.guards import person_lock
from faceroster.attendance.models import Correction, CorrectionKind, Punch, PunchSource
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.kiosks import agreement
from faceroster.kiosks.lookalikes import false_accept_add
from faceroster.kiosks.messages import State
from faceroster.kiosks.models import Decision, Kiosk
from faceroster.kiosks.services import Visit, visit_answer
from faceroster.kiosks.tickets import Why, ticket_make
from faceroster.people.models import Person
from faceroster.trust.sealing import SealError

logger = logging.getLogger(__name__)

#: The page counts from when it has the answer, and its own request takes a moment too.
WITHIN = timedelta(seconds=NOT_ME_SECONDS + 2)


def not_me(*, kiosk: Kiosk, punch_id: object) -> dict[str, Any]:
    """Take back what this kiosk recorded by a face just now; answers with a ticket for number and PIN.

    Called twice, it does it once and answers twice.

    Raises:
        InvalidInput: ``not_me.unknown`` for anything but a punch by face at this very kiosk.
        Conflict: ``not_me.too_late`` ten seconds after it.
    """
    punch = _punch(kiosk, punch_id)
    with transaction.atomic():
        person_lock(punch.person_id)
        if not _taken_back(punch):
            if timezone.now() > punch.at + WITHIN:
                raise Conflict(
                    "not_me.too_late", _("That was a while ago. Please ask staff to correct the record.")
                )
            voided_by_kiosk(punch=punch, reason=_reason(kiosk))
            _keep_face(punch)
    agreement.votes_forget(kiosk.pk)
    # Nobody in particular: who it really is, only they know.
    ticket = ticket_make(kiosk, Why.NOT_ME, [], None)
    message = _("We are sorry. Please enter your number and your PIN")
    visit = Visit(State.PIN, message, (0, 0), pin={"ticket": ticket, "why": Why.NOT_ME.value, "number": True})
    return visit_answer(visit)


def voids_by_kiosks(people: QuerySet[Person], *, first: date, last: date) -> QuerySet[Correction]:
    """Punches of ``people`` that somebody took back at a kiosk, the newest first; for who manages them."""
    return (
        Correction.objects.filter(
            kind=CorrectionKind.VOID,
            requested_by__isnull=True,
            punch__source=PunchSource.KIOSK,
            day__range=(first, last),
            person__in=people.order_by().values("pk"),
        )
        .select_related("person__department", "punch__site", "punch__kiosk", "verdict")
        .order_by("-created_at")
    )


def _punch(kiosk: Kiosk, punch_id: object) -> Punch:
    unknown = InvalidInput("not_me.unknown", _("There is nothing here that could be taken back."))
    try:
        key = UUID(str(punch_id) if isinstance(punch_id, str | UUID) else "")
    except ValueError as error:
        raise unknown from error
    mine = Punch.objects.filter(kiosk=kiosk, source=PunchSource.KIOSK, decision__isnull=False)
    punch = mine.select_related("person", "site", "decision").filter(pk=key).first()
    if punch is None:
        raise unknown
    return punch


def _taken_back(punch: Punch) -> bool:
    return Correction.objects.filter(
        punch=punch, kind=CorrectionKind.VOID, requested_by__isnull=True
    ).exists()


def _keep_face(punch: Punch) -> None:
    """The punch is taken back, whatever becomes of this."""
    decision: Decision | None = punch.decision
    assert decision is not None  # see _punch
    try:
        kept = false_accept_add(decision)
    except (RedisError, SealError):  # such as a person whose key is gone
        logger.exception("The cache did not answer, or the person's key does not open")
        kept = None
    if kept is None:
        logger.warning("The face of decision %s could not be kept: its numbers are gone", decision.pk)


def _reason(kiosk: Kiosk) -> str:
    """For managers, in the language of the installation and not of whoever stood there."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("Somebody said “That's not me” at the kiosk %(kiosk)s.") % {"kiosk": kiosk.name}
