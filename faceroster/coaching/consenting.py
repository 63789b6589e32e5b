"""The consent that is signed on the kiosk's screen before the first shot, before whoever made the code."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from faceroster.coaching.models import EnrolmentTicket
from faceroster.consents.drawing import MOST, drawing_bytes
from faceroster.consents.models import Consent, ConsentText, How
from faceroster.consents.selectors import has_consent, text_current
from faceroster.consents.services import consent_sign
from faceroster.core.errors import InvalidInput
from faceroster.people.models import Person

#: The drawing, and some words.
BODY_MAX = MOST + 4000


def text_to_sign(person: Person) -> dict[str, Any] | None:
    """The text in the page's language, as the page shows it; None when ``person`` has consented.

    Raises:
        InvalidInput: ``consent.no_text`` when there is none to sign.
    """
    if has_consent(person):
        return None
    text = text_current(get_language())
    if text is None:
        raise InvalidInput("consent.no_text", _("There is no consent text. Please ask an administrator."))
    about = ngettext(
        "Version %(label)s. Term: %(days)d day.", "Version %(label)s. Term: %(days)d days.", text.term_days
    )
    return {
        "id": str(text.pk),
        "language": text.language,
        "rtl": text.rtl,
        "title": text.title,
        "purpose": text.purpose,
        "paragraphs": text.paragraphs,
        "about": about % {"label": text.label, "days": text.term_days} + f" SHA-256 {text.digest}",
    }


def sign(ticket: EnrolmentTicket, given: dict[str, Any]) -> Consent:
    """Keep the signature of the ticket's person.

    Raises:
        InvalidInput: ``coaching.unreadable``, ``consent.not_agreed``, or as :func:`consent_sign`.
        Conflict: as :func:`consent_sign`.
    """
    text, name, drawing = (given.get(key, "") for key in ("text", "name", "drawing"))
    if not (isinstance(text, str) and isinstance(name, str) and isinstance(drawing, str)):
        raise InvalidInput("coaching.unreadable", _("This request cannot be read. Please try again."))
    if given.get("agreed") is not True:
        told = _("Please tick that you have read the text and agree to it.")
        raise InvalidInput("consent.not_agreed", told)
    picture = drawing_bytes(drawing)
    return consent_sign(
        person=ticket.person, text=_text(text), how=How.SCREEN, user=ticket.user, name=name, picture=picture
    )


def _text(key: str) -> ConsentText:
    try:
        return ConsentText.objects.get(pk=UUID(key))
    except (ValueError, ConsentText.DoesNotExist) as error:
        told = _("This request cannot be read. Please try again.")
        raise InvalidInput("coaching.unreadable", told) from error
