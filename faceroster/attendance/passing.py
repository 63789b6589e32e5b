"""Coming and going by PIN or badge: as good as by face, and told in the same words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from faceroster.attendance.arrivals import punch_said
from faceroster.attendance.models import Punch, PunchSource
from faceroster.attendance.punches import PunchResult, punch_record
from faceroster.core.errors import InvalidInput, NotAllowed
from faceroster.enrollment.probes import probe_take
from faceroster.kiosks.messages import State
from faceroster.kiosks.models import Decision, Kiosk, KioskStatus
from faceroster.kiosks.services import Visit, visit_answer
from faceroster.kiosks.sightings import visit_close
from faceroster.kiosks.tickets import Ticket, ticket_open, ticket_spend
from faceroster.passes.badges import badge_person
from faceroster.passes.pins import pass_check, pass_choose, pin_check_form
from faceroster.passes.qr import no_code, qr_of_jpeg
from faceroster.people.models import Person, Site


def pin_punch(*, kiosk: Kiosk, pin: object, number: object = None, ticket: object = None) -> dict[str, Any]:
    """Punch whose PIN it is, and answer as :func:`arrival_record` does.

    Either ``number`` says who it is, or the ``ticket`` that the kiosk got in place of a guess says who it may
    be. The punch keeps the decision that the ticket came of.

    Raises:
        InvalidInput: ``pin.form``, ``pass.wrong``, ``pass.number_missing``, ``ticket.invalid``.
        Conflict: ``pass.number_needed``, ``ticket.expired``, ``ticket.used``.
        TooManyTries: ``pass.too_many``. TooMany: ``ticket.too_many``.
        NotAllowed: ``kiosk.revoked``.
    """
    site = _site(kiosk)
    pin = pin_check_form(pin)  # a slip costs none of the ticket's tries
    opened = None if ticket is None else ticket_open(kiosk, ticket if isinstance(ticket, str) else "")
    if number:
        person = pass_check(number, pin, kiosk.pk)
    elif opened is not None and opened.people:
        person = pass_choose(list(Person.objects.filter(pk__in=opened.people, active=True)), pin)
    else:
        raise InvalidInput("pass.number_missing", _("Please enter your number as well."))
    result = _record(kiosk, site, person, PunchSource.PIN, opened)
    visit_close(kiosk.pk, person.pk)
    return _answer(result, person)


def badge_punch(*, kiosk_id: UUID, probe_id: str) -> dict[str, Any]:
    """Punch whose badge is in the frame ``probe_id``, and answer as :func:`arrival_record` does.

    Runs in a worker.

    Raises:
        InvalidInput: ``badge.no_code``, ``badge.unknown``, or an ``image.*`` code.
        NotAllowed: ``badge.revoked``, ``kiosk.revoked``.
        Unavailable: ``probe.expired``.
    """
    kiosk = Kiosk.objects.select_related("site").filter(pk=kiosk_id).first()
    frame = probe_take(probe_id)
    site = _site(kiosk)
    content = qr_of_jpeg(frame)
    if content is None:
        raise no_code()
    person = badge_person(content)
    result = _record(kiosk, site, person, PunchSource.BADGE, None)
    visit_close(kiosk_id, person.pk)
    return _answer(result, person)


def _site(kiosk: Kiosk | None) -> Site:
    if kiosk is None or kiosk.status != KioskStatus.ACTIVE or kiosk.site is None:
        raise NotAllowed("kiosk.revoked", _("This kiosk is not paired any more."))
    return kiosk.site


@transaction.atomic
def _record(
    kiosk: Kiosk | None, site: Site, person: Person, source: PunchSource, ticket: Ticket | None
) -> PunchResult:
    """Punch and ticket together, or neither: who is told of an error may try again."""
    if ticket is not None:
        ticket_spend(ticket)
    decision = _decision(kiosk, person, ticket.decision) if ticket and ticket.decision else None
    return punch_record(person=person, site=site, source=source, kiosk=kiosk, decision=decision)


def _decision(kiosk: Kiosk | None, person: Person, decision_id: UUID) -> Decision | None:
    """What the ticket came of, unless a punch of somebody else has it.

    Twins who come one after the other are one visit to the camera, and a decision has one punch. The lock
    lets the second of two see the first one's.
    """
    rows = Decision.objects.select_for_update(no_key=True)  # no_key: rows that refer to it need not wait
    decision = rows.filter(pk=decision_id, kiosk=kiosk).first()
    if decision is None or Punch.objects.filter(decision=decision).exclude(person=person).exists():
        return None
    return decision


def _answer(result: PunchResult, person: Person) -> dict[str, Any]:
    nobody_seen = Visit(State.ACCEPTED, "", (0, 0), person=person)
    return {**visit_answer(nobody_seen), **punch_said(result, person.name)}
