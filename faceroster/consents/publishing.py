"""Publishing a new version of a consent text."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.consents.models import ConsentText
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.trust.models import User

#: A day, and ten years.
LEAST_DAYS, MOST_DAYS = 1, 3650


def text_publish(
    *, language: str, title: str, purpose: str, body: str, term_days: int, user: User | None
) -> ConsentText:
    """The next version of the text in ``language``; from now on it is the one that is signed.

    Who signed an earlier one has consented to that one, until its term is over.

    Raises:
        InvalidInput: ``consent.text_invalid``.
        Conflict: ``consent.text_taken`` when somebody else has just published one.
    """
    last = ConsentText.objects.filter(language=language).aggregate(Max("version"))["version__max"] or 0
    text = ConsentText(
        language=language,
        version=last + 1,
        title=title.strip(),
        purpose=purpose.strip(),
        body=body.replace("\r\n", "\n").strip(),
        term_days=term_days,
    )
    if not LEAST_DAYS <= term_days <= MOST_DAYS:
        told = _("The term must be %(least)d to %(most)d days.") % {"least": LEAST_DAYS, "most": MOST_DAYS}
        raise InvalidInput("consent.text_invalid", told)
    try:
        text.clean_fields(exclude=["digest"])
    except ValidationError as error:
        raise InvalidInput("consent.text_invalid", " ".join(error.messages)) from error
    try:
        with transaction.atomic():
            text.save()
            record(
                Action.CONSENT_TEXT_PUBLISHED,
                by=user,
                subject=text,
                details={"text": text.label, "sha256": text.digest, "term_days": term_days},
            )
    except IntegrityError as error:
        raise Conflict(
            "consent.text_taken", _("Somebody else has just published a version. Please look at it first.")
        ) from error
    return text
