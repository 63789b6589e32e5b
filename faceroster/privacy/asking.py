"""Erasures that one asks for and another approves."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.core.contention import tried_again
from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.people.models import Person
from faceroster.privacy.erasing import TRIES, erased, finish, fresh_label, rows_erase
from faceroster.privacy.models import Cause, Erasure, ErasureStatus
from faceroster.trust.models import User


def erasure_ask(*, person: Person, user: User, reason: str, everything: bool) -> Erasure:
    """Ask for the erasure of ``person``. Nothing is erased before somebody else approves.

    Raises:
        InvalidInput: ``erasure.reason_missing`` or ``erasure.reason_long``.
        Conflict: ``erasure.already`` or ``erasure.waiting``.
    """
    reason = reason.strip()
    if not reason:
        raise InvalidInput("erasure.reason_missing", _("Please say why the person is to be erased."))
    if len(reason) > 300:
        raise InvalidInput("erasure.reason_long", _("Please say it in no more than 300 characters."))
    if not everything and erased(person):
        raise Conflict("erasure.already", _("This person is erased already."))
    try:
        with transaction.atomic():
            erasure = Erasure.objects.create(
                person=person, label=fresh_label(), reason=reason, everything=everything, requested_by=user
            )
            record(Action.ERASURE_ASKED, by=user, subject=person, details={"everything": everything})
    except IntegrityError as error:
        raise Conflict("erasure.waiting", _("The erasure of this person is asked for already.")) from error
    return erasure


def erasure_approve(*, erasure: Erasure, user: User) -> Erasure:
    """Erase, at once.

    Raises:
        NotAllowed: ``erasure.own_request`` for whoever asked, ``erasure.own`` for the person themselves.
        Conflict: ``erasure.decided`` when somebody was first, and what :func:`erasing.erase` raises.
    """
    done = tried_again(lambda: _approve(erasure, user), tries=TRIES)
    finish(done)  # files are no part of a transaction: only when it is certain
    return done


@transaction.atomic
def _approve(erasure: Erasure, user: User) -> Erasure:
    waiting = _waiting(erasure)
    if waiting.requested_by_id == user.pk:
        raise NotAllowed(
            "erasure.own_request", _("You have asked for this erasure. Somebody else must approve it.")
        )
    person = waiting.person
    assert person is not None  # it goes only with the erasure, or the request with it
    if person.user_id == user.pk:
        raise NotAllowed("erasure.own", _("Nobody approves their own erasure."))
    waiting.decided_by = user
    record(Action.ERASURE_APPROVED, by=user, subject=person, details={"erasure": str(waiting.pk)})
    waiting.save(update_fields=["decided_by"])
    return rows_erase(
        person, waiting.everything, Cause.REQUEST, by=user, erasure=waiting, label=waiting.label
    )


@transaction.atomic
def erasure_refuse(*, erasure: Erasure, user: User) -> None:
    """Or take the own request back. Raises Conflict ``erasure.decided``."""
    waiting = _waiting(erasure)
    waiting.status, waiting.decided_by = ErasureStatus.REFUSED, user
    waiting.save(update_fields=["status", "decided_by"])
    record(Action.ERASURE_REFUSED, by=user, subject=waiting.person, details={"erasure": str(waiting.pk)})


def _waiting(erasure: Erasure) -> Erasure:
    row = (
        Erasure.objects.select_for_update(of=("self",))
        .filter(pk=erasure.pk, status=ErasureStatus.WAITING)
        .select_related("person")
        .first()
    )
    if row is None:
        raise Conflict("erasure.decided", _("Somebody has decided about this already."))
    return row
