"""Who has consented, who has not, and for whom the erasure clock has rung."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from faceroster.consents.models import Consent, ConsentText, How
from faceroster.people.models import Person

#: So long before its end a consent is shown as one to sign anew.
SOON = timedelta(weeks=4)


def consents_in_force(now: datetime | None = None) -> QuerySet[Consent]:
    """Those that count now: neither ended nor past their term."""
    now = now or timezone.now()
    return Consent.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), ended_at__isnull=True)


def people_with_consent() -> QuerySet[Consent, Any]:
    """For ``person__in=``: the keys of everybody whose face may be used now."""
    return consents_in_force().order_by().values("person_id")


def consent_of(person: Person) -> Consent | None:
    """The consent that counts for ``person`` now."""
    return consents_in_force().filter(person=person).select_related("text", "witness").first()


def has_consent(person: Person) -> bool:
    """Whether ``person``'s face may be used."""
    return consents_in_force().filter(person=person).exists()


def erasure_due(now: datetime) -> QuerySet[Person]:
    """People whose last consent was withdrawn, or expired, longer ago than ``CONSENT_ERASURE_DAYS``.

    Whoever never had one is not among them: nothing of their face is kept.
    """
    limit = now - timedelta(days=settings.FACEROSTER["CONSENT_ERASURE_DAYS"])
    theirs = Consent.objects.filter(person=OuterRef("pk")).annotate(end=Coalesce("ended_at", "expires_at"))
    return Person.objects.filter(
        Exists(theirs), ~Exists(theirs.filter(Q(end__isnull=True) | Q(end__gt=limit)))
    )


def erasure_at(consent: Consent) -> datetime | None:
    """When the clock of an ended consent rings; None while it counts."""
    end = consent.ended_at or consent.expires_at
    if end is None or end > timezone.now():
        return None
    return end + timedelta(days=settings.FACEROSTER["CONSENT_ERASURE_DAYS"])


def people_to_sign(now: datetime | None = None) -> QuerySet[Person]:
    """Active people with a consent that somebody should see to: from before, or soon over."""
    now = now or timezone.now()
    asked = consents_in_force(now).filter(Q(how=How.BEFORE) | Q(expires_at__lte=now + SOON))
    return Person.objects.filter(active=True, pk__in=asked.order_by().values("person_id"))


def people_without_consent() -> QuerySet[Person]:
    """Active people whose face is not used."""
    return Person.objects.filter(active=True).exclude(pk__in=people_with_consent())


def texts_current() -> list[ConsentText]:
    """The newest version of each language, in the order of the settings."""
    newest: dict[str, ConsentText] = {}
    for text in ConsentText.objects.order_by("version"):
        newest[text.language] = text
    order = [code for code, _name in settings.LANGUAGES]
    return sorted(newest.values(), key=lambda text: order.index(text.language))


def text_current(language: str | None) -> ConsentText | None:
    """The newest text in ``language``, else in the installation's own, else in any; None without any."""
    texts = {text.language: text for text in texts_current()}
    for wanted in (language or "", (language or "").split("-")[0], settings.LANGUAGE_CODE):
        if wanted in texts:
            return texts[wanted]
    return next(iter(texts.values()), None)


def text_labelled(label: str) -> ConsentText | None:
    """The text that staff mean by ``2-de``, or by ``2`` alone: in the installation's own language."""
    version, _, language = label.strip().lower().partition("-")
    if not version.isdecimal() or len(version) > 6:
        return None
    return ConsentText.objects.filter(
        version=int(version), language=language or settings.LANGUAGE_CODE
    ).first()


@dataclass(frozen=True, slots=True)
class ConsentState:
    """What a page tells of a person. ``last``: the newest consent, in force or not."""

    consent: Consent | None
    last: Consent | None

    @property
    def name(self) -> str:
        """none, before, soon, signed, withdrawn or expired."""
        if self.consent is None:
            return "none" if self.last is None else "withdrawn" if self.last.withdrawn else "expired"
        if self.consent.how == How.BEFORE:
            return "before"
        soon = self.consent.expires_at is not None and self.consent.expires_at < timezone.now() + SOON
        return "soon" if soon else "signed"

    @property
    def tone(self) -> str:
        return {"signed": "good", "soon": "warning", "before": "warning"}.get(self.name, "bad")

    @property
    def erased_at(self) -> datetime | None:
        return erasure_at(self.last) if self.consent is None and self.last is not None else None


def state_of(person: Person) -> ConsentState:
    """How it stands with the consent of ``person``."""
    rows = Consent.objects.filter(person=person).select_related("text", "witness", "ended_by")
    return ConsentState(consent_of(person), rows.first())
