"""Signing, withdrawing and running out: the only ways by which it changes whose face may be used."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster import vision
from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.consents import storage
from faceroster.consents.models import Consent, ConsentText, Ending, How
from faceroster.consents.selectors import consent_of, has_consent, text_current
from faceroster.consents.signals import consent_ended, consent_signed
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.people.models import Person
from faceroster.trust.models import User

MISSING = "consent.missing"
#: A scan stays readable at this many pixels a side; a signature is smaller anyway.
_SIDE = 2000
#: Darkest against lightest, of 255: below it nothing was drawn.
_DRAWN = 40
_AT_ONCE = 200


def missing(person: Person) -> Conflict:
    """The refusal of whatever would use the face of somebody who has not consented."""
    return Conflict(
        MISSING,
        _("%(name)s has not consented to the use of their face. Please have the consent signed first.")
        % {"name": person.name},
    )


def consent_check(person: Person) -> None:
    """Raises Conflict ``consent.missing`` unless the face of ``person`` may be used."""
    if not has_consent(person):
        raise missing(person)


def consent_sign(
    *,
    person: Person,
    text: ConsentText,
    how: How,
    user: User | None,
    signed_at: datetime | None = None,
    name: str = "",
    picture: bytes | None = None,
) -> Consent:
    """Keep that ``person`` has signed ``text``. One that counted until now is replaced.

    ``user``: who was there. ``signed_at``: for paper, which may be older than its entry. ``picture``: the
    drawn signature, or the scan; written anew as JPEG, so nothing of the file as it came is kept.

    Raises:
        InvalidInput: ``consent.signature_missing``, ``consent.future``, ``consent.too_old`` or an
            ``image.*`` code.
        Conflict: ``consent.text_old`` when a newer version is to be signed on the screen.
    """
    now = timezone.now()
    signed_at = signed_at or now
    name = " ".join(name.split())[:150]
    drawn = _picture(picture, how) if picture else None
    _check(text, how, signed_at=signed_at, now=now, signed=bool(name or drawn))
    consent_id = uuid4()
    if drawn is not None:
        storage.picture_write(person=person, consent_id=consent_id, data=drawn)
    try:
        with transaction.atomic():
            return _store(
                Consent(
                    id=consent_id,
                    person=person,
                    text=text,
                    how=how,
                    signed_name=name,
                    signed_at=signed_at,
                    expires_at=signed_at + timedelta(days=text.term_days),
                    pictured=drawn is not None,
                    witness=user,
                ),
                now,
            )
    except Exception:
        storage.picture_delete(consent_id=consent_id)  # nothing half stored
        raise


def _check(text: ConsentText, how: How, *, signed_at: datetime, now: datetime, signed: bool) -> None:
    if how == How.SCREEN:
        if not signed:
            raise InvalidInput(
                "consent.signature_missing", _("The signature is missing: please draw it, or type the name.")
            )
        if text != text_current(text.language):
            raise Conflict(
                "consent.text_old",
                _("This text was replaced by a newer one a moment ago. Please read that and sign again."),
            )
    if signed_at > now + timedelta(minutes=1):
        raise InvalidInput("consent.future", _("A consent cannot be signed in the future."))
    if signed_at + timedelta(days=text.term_days) <= now:
        raise InvalidInput(
            "consent.too_old",
            _("A signature of that day is no longer good: its term of %(days)d days is over.")
            % {"days": text.term_days},
        )


def _picture(data: bytes, how: How) -> bytes:
    image = vision.shrink(vision.decode(data), _SIDE)
    if how == How.SCREEN and int(image.max()) - int(image.min()) < _DRAWN:
        raise InvalidInput(
            "consent.signature_missing", _("The signature is missing: please draw it, or type the name.")
        )
    return vision.encode_jpeg(image)


def _locked(person: Person) -> None:
    # One change of somebody's consent at a time. no_key: rows that refer to the person need not wait.
    Person.objects.select_for_update(no_key=True).order_by().get(pk=person.pk)


def _store(consent: Consent, now: datetime) -> Consent:
    person = consent.person
    _locked(person)
    returning = not has_consent(person)
    _end(Consent.objects.filter(person=person, ended_at__isnull=True).first(), Ending.REPLACED, now)
    consent.save(force_insert=True)
    details = {"how": consent.how, "expires": consent.expires_at.date().isoformat()}  # type: ignore[union-attr]
    if consent.text is not None:
        details |= {"text": consent.text.label, "sha256": consent.text.digest}
    record(Action.CONSENT_SIGNED, by=consent.witness, subject=consent, details=details)
    consent_signed.send(Consent, person=person, consent=consent, returning=returning)
    return consent


def _end(
    consent: Consent | None, ending: Ending, now: datetime, *, user: User | None = None, reason: str = ""
) -> None:
    if consent is None:
        return
    if consent.expires_at is not None and consent.expires_at <= now:
        ending, now, user, reason = Ending.EXPIRED, consent.expires_at, None, ""
    consent.ended_at, consent.ending, consent.ended_by, consent.reason = now, ending, user, reason
    consent.save(update_fields=["ended_at", "ending", "ended_by", "reason"])


@transaction.atomic
def consent_withdraw(*, person: Person, user: User | None, reason: str = "") -> Consent:
    """From now on ``person``'s face is not used; the erasure clock starts.

    Whoever listens to ``consent_ended`` takes the templates away in this very transaction.

    Raises:
        Conflict: ``consent.none`` when there is none to withdraw.
    """
    _locked(person)
    consent = consent_of(person)
    if consent is None:
        raise Conflict("consent.none", _("There is no consent that could be withdrawn."))
    _end(consent, Ending.WITHDRAWN, timezone.now(), user=user, reason=reason.strip()[:300])
    record(Action.CONSENT_WITHDRAWN, by=user, subject=consent, details={"reason": consent.reason})
    consent_ended.send(Consent, person=person, consent=consent)
    return consent


def consents_expire(*, now: datetime) -> int:
    """End those whose term is over; returns how many. Running it twice ends nothing twice."""
    over = Consent.objects.filter(ended_at__isnull=True, expires_at__lte=now).order_by("expires_at")
    ended = 0
    for consent_id in list(over.values_list("pk", flat=True)[:_AT_ONCE]):
        ended += _expire(consent_id, now)
    return ended


@transaction.atomic
def _expire(consent_id: UUID, now: datetime) -> bool:
    consent = Consent.objects.select_related("person").get(pk=consent_id)
    _locked(consent.person)
    consent.refresh_from_db()
    if consent.ended_at is not None:
        return False
    _end(consent, Ending.EXPIRED, now)
    record(Action.CONSENT_EXPIRED, subject=consent)
    consent_ended.send(Consent, person=consent.person, consent=consent)
    return True
