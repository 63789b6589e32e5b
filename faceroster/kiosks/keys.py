"""The key of a device: registered once, by the page of the device itself, and never replaced."""

from __future__ import annotations

import json
import logging

from django.http import HttpRequest
from django.utils.translation import gettext as _

from faceroster.core.errors import Conflict, InvalidInput
from faceroster.kiosks import signatures
from faceroster.kiosks.models import Kiosk

logger = logging.getLogger(__name__)


def key_of(request: HttpRequest) -> str:
    """The public key that a request to register one brings.

    Raises:
        InvalidInput: ``kiosk.key_invalid``.
    """
    try:
        given = json.loads(request.body)["public_key"]
    except (ValueError, KeyError, TypeError):
        given = None
    if not isinstance(given, str):
        raise InvalidInput("kiosk.key_invalid", _("This is no key that a kiosk can sign with."))
    return signatures.public_key_read(given)


def key_register(*, kiosk: Kiosk, public_key: str) -> Kiosk:
    """Store the key of a kiosk that has none yet. The same one again changes nothing.

    The first one counts: a page registers it while the code is still on its screen, and a kiosk from
    before there were keys with its next page. Whoever comes with another one holds a copied cookie, or
    has lost its key.

    Raises:
        InvalidInput: ``kiosk.key_invalid``.
        Conflict: ``kiosk.key_there``.
    """
    signatures.public_key_read(public_key)
    fresh = Kiosk.objects.filter(pk=kiosk.pk, public_key="").update(public_key=public_key)
    kiosk.refresh_from_db(fields=["public_key"])
    if kiosk.public_key != public_key:
        raise Conflict(
            "kiosk.key_there", _("This kiosk's key is on another device, or was lost. Please pair it again.")
        )
    if fresh:
        logger.info("Kiosk %s has its key", kiosk.pk)
    return kiosk
