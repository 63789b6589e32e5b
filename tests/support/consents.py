"""People whose faces may be used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from faceroster.consents.models import Consent, ConsentText, How
from faceroster.people.models import Person


def signed(person: Person, **fields: Any) -> Consent:
    """A consent in force, on paper, as a plain row: nobody is told and nothing recorded."""
    now = timezone.now()
    given = {"how": How.PAPER, "signed_at": now, "expires_at": now + timedelta(days=730), **fields}
    return Consent.objects.create(
        person=person, text=ConsentText.objects.filter(language="en").first(), **given
    )
