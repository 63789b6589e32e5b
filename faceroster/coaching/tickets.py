"""The code that lets staff enroll somebody at a kiosk, and the session that it opens there."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.coaching import shots
from faceroster.coaching.models import EnrolmentTicket, Outcome
from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.enrollment.services import photo_delete
from faceroster.kiosks.limits import TooMany, attempt_add, attempts_forget
from faceroster.kiosks.models import Kiosk
from faceroster.people.models import Person
from faceroster.trust.models import User
from faceroster.trust.purposes import purpose_key
from faceroster.trust.rights import may

#: The right that it takes: the one that a person's page asks for photos with.
RIGHT = "enrollment.add_enrollmentphoto"
CODE_LENGTH = 6
CODE_LIFE = timedelta(minutes=10)
#: From the code to the end; a session that nobody ends is over by then.
SESSION_LIFE = timedelta(minutes=20)
#: Wrong codes at one kiosk, and for how many seconds they count: one code in a million is open.
CODE_TRIES, CODE_SECONDS = 5, 600
_KEEP_UNUSED = timedelta(days=1)


def code_make(*, person: Person, user: User) -> tuple[EnrolmentTicket, str]:
    """A fresh six-digit code for ``person``. The same user's older code for them ends.

    Raises:
        NotAllowed: ``coaching.not_allowed`` for who may not add photos.
        InvalidInput: ``person.inactive``.
    """
    _check_rights(user, person)
    now = timezone.now()
    unused = EnrolmentTicket.objects.filter(used_at__isnull=True)
    unused.filter(expires_at__lt=now - _KEEP_UNUSED).delete()
    unused.filter(person=person, user=user).delete()
    for _attempt in range(10):
        code = "".join(secrets.choice("0123456789") for _position in range(CODE_LENGTH))
        # One that has expired may be drawn again, and must not stand in the way.
        unused.filter(digest=_digest(code), expires_at__lte=now).delete()
        try:
            with transaction.atomic():
                ticket = EnrolmentTicket.objects.create(
                    person=person, user=user, digest=_digest(code), expires_at=now + CODE_LIFE
                )
        except IntegrityError:
            continue  # somebody else's open code
        return ticket, code
    raise RuntimeError("no free enrolment code in ten draws")


def code_use(*, kiosk: Kiosk, code: str) -> EnrolmentTicket:
    """Open the session of a code at this kiosk. Works once.

    Raises:
        TooMany: ``coaching.too_many_codes`` after five wrong codes of one kiosk within ten minutes.
        InvalidInput: ``coaching.code_wrong``.
        Conflict: ``coaching.code_expired`` or ``coaching.code_used``.
        NotAllowed, InvalidInput: as :func:`code_make`; rights may have changed meanwhile.
    """
    # Counted before it is looked at, so that many at once are not more than five.
    if attempt_add(_limit(kiosk), seconds=CODE_SECONDS) > CODE_TRIES:
        raise TooMany("coaching.too_many_codes", _("Too many wrong codes. Please wait ten minutes."))
    now = timezone.now()
    rows = EnrolmentTicket.objects.filter(digest=_digest("".join(filter(str.isdigit, code))))
    ticket = rows.filter(used_at__isnull=True, expires_at__gt=now).select_related("person", "user").first()
    if ticket is None:
        raise _why_not(rows.order_by("-created_at").first())
    _check_rights(ticket.user, ticket.person)
    taken = EnrolmentTicket.objects.filter(pk=ticket.pk, used_at__isnull=True).update(
        used_at=now, kiosk=kiosk
    )
    if not taken:
        raise Conflict("coaching.code_used", _("This code was used already. Please make a new one."))
    attempts_forget(_limit(kiosk))
    ticket.refresh_from_db(fields=["used_at", "kiosk"])
    return ticket


def session_of(kiosk: Kiosk, session: str) -> EnrolmentTicket:
    """The enrolment that goes on at this kiosk under this id. Rights are looked at each time.

    Raises:
        NotAllowed: ``coaching.no_session`` for one that is none of this kiosk's, ``coaching.not_allowed``.
        Conflict: ``coaching.ended``.
        InvalidInput: ``person.inactive``.
    """
    try:
        rows = EnrolmentTicket.objects.filter(pk=UUID(session), kiosk=kiosk, used_at__isnull=False)
    except ValueError:
        rows = EnrolmentTicket.objects.none()
    ticket = rows.select_related("person__subject_key", "user").first()
    if ticket is None:
        raise NotAllowed("coaching.no_session", _("Nobody is being enrolled here. Please enter a code."))
    assert ticket.used_at is not None
    if ticket.ended_at is not None or ticket.used_at + SESSION_LIFE <= timezone.now():
        raise Conflict("coaching.ended", _("This enrollment is over. Please make a new code to go on."))
    _check_rights(ticket.user, ticket.person)
    return ticket


def session_cancel(ticket: EnrolmentTicket) -> int:
    """End a session and take back all that it brought; returns how many stored photos went."""
    with transaction.atomic():
        EnrolmentTicket.objects.select_for_update().get(pk=ticket.pk)  # not beside photos being stored
        photos = list(ticket.photos.select_related("person"))
        for photo in photos:
            photo_delete(photo=photo)
        _end(ticket, Outcome.CANCELLED)
    shots.forget(ticket.pk)
    return len(photos)


def session_end(ticket: EnrolmentTicket) -> None:
    """End a session; what it stored stays, what it has not stored goes."""
    _end(ticket, Outcome.STORED if ticket.photos.exists() else Outcome.LEFT)
    shots.forget(ticket.pk)


def sessions_sweep() -> int:
    """End sessions that somebody walked away from, and drop codes that nobody used."""
    now = timezone.now()
    EnrolmentTicket.objects.filter(used_at__isnull=True, expires_at__lt=now - _KEEP_UNUSED).delete()
    left = EnrolmentTicket.objects.filter(ended_at__isnull=True, used_at__lt=now - SESSION_LIFE)
    tickets = list(left)
    for ticket in tickets:
        session_end(ticket)
    return len(tickets)


def _end(ticket: EnrolmentTicket, outcome: Outcome) -> None:
    EnrolmentTicket.objects.filter(pk=ticket.pk).update(ended_at=timezone.now(), outcome=outcome)


def _check_rights(user: User | None, person: Person) -> None:
    if not may(user, RIGHT):
        raise NotAllowed("coaching.not_allowed", _("Only users who may add photos can enroll somebody."))
    if not person.active:
        raise InvalidInput(
            "person.inactive", _("%(name)s is not active, so photos cannot be added.") % {"name": person.name}
        )


def _why_not(ticket: EnrolmentTicket | None) -> InvalidInput | Conflict:
    if ticket is None:
        return InvalidInput(
            "coaching.code_wrong", _("That code is not right. Please compare it and try again.")
        )
    if ticket.used_at is not None:
        return Conflict("coaching.code_used", _("This code was used already. Please make a new one."))
    return Conflict("coaching.code_expired", _("This code is older than ten minutes. Please make a new one."))


def _digest(code: str) -> str:
    """Keyed: a million codes are soon tried against a plain hash."""
    return hmac.new(purpose_key("enrolment-codes"), code.encode(), hashlib.sha256).hexdigest()


def _limit(kiosk: Kiosk) -> str:
    return f"enrolment-code:{kiosk.pk}"
