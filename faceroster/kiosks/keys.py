"""The key of a device: registered once, by the page of the device itself, and never replaced."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.kiosks import signatures
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.signals import key_trusted

logger = logging.getLogger(__name__)

#: An invitation makes a kiosk before its page has a key; staff may be quicker than the page, too.
JUST_PAIRED = timedelta(minutes=15)


class KeyState(models.TextChoices):
    """Whose key a kiosk signs with. ``on_trust``: nobody saw which device it came from."""

    OWN = "own", gettext_lazy("Its own")
    ON_TRUST = "on_trust", gettext_lazy("Taken on trust")
    AWAITED = "awaited", gettext_lazy("None yet")
    MISSED = "missed", gettext_lazy("None: pair it again")


def key_of(request: HttpRequest) -> str:
    """The public key that a request to register one brings.

    Raises:
        InvalidInput: ``kiosk.key_invalid``.
    """
    try:
        given = json.loads(request.body)["public_key"]
    except (ValueError, KeyError, TypeError, RecursionError):
        given = None
    if not isinstance(given, str):
        raise InvalidInput("kiosk.key_invalid", _("This is no key that a kiosk can sign with."))
    return signatures.public_key_read(given)


def key_register(*, kiosk: Kiosk, public_key: str) -> Kiosk:
    """Store the key of a kiosk that has none yet. The same one again changes nothing.

    The first one counts: a page registers it while the code is still on its screen, or right after an
    invitation. A kiosk from before there were keys brings one once and until ``key_until``, which is taken
    on trust and told to administrators. Whoever comes with another one holds a copied cookie, or has lost
    its key.

    Raises:
        InvalidInput: ``kiosk.key_invalid``.
        Conflict: ``kiosk.key_there``.
        NotAllowed: ``kiosk.key_late`` for a kiosk that has none and may bring none any more.
    """
    signatures.public_key_read(public_key)
    with transaction.atomic():
        _take_first(kiosk, public_key)
    kiosk.refresh_from_db(fields=["public_key", "key_on_trust_at"])
    if not kiosk.public_key:
        raise NotAllowed(
            "kiosk.key_late", _("This kiosk was paired before kiosks had keys. Please pair it again.")
        )
    if kiosk.public_key != public_key:
        raise Conflict(
            "kiosk.key_there", _("This kiosk's key is on another device, or was lost. Please pair it again.")
        )
    return kiosk


def _take_first(kiosk: Kiosk, public_key: str) -> None:
    """Of several that come at once, one changes the row."""
    now = timezone.now()
    without = Kiosk.objects.filter(pk=kiosk.pk, public_key="")
    pending, active = Q(status=KioskStatus.PENDING), Q(status=KioskStatus.ACTIVE)
    just_paired = active & Q(paired_at__gt=now - JUST_PAIRED)
    if without.filter(pending | just_paired).update(public_key=public_key):
        logger.info("Kiosk %s has its key", kiosk.pk)
    elif without.filter(active, key_until__gt=now).update(public_key=public_key, key_on_trust_at=now):
        logger.warning("Kiosk %s, from before there were keys, has one on trust", kiosk.pk)
        kiosk.refresh_from_db()
        key_trusted.send(sender=Kiosk, kiosk=kiosk)


def key_state(kiosk: Kiosk, now: datetime) -> KeyState:
    """How a kiosk stands with its key, as staff see it."""
    if kiosk.public_key:
        return KeyState.ON_TRUST if kiosk.key_on_trust_at else KeyState.OWN
    pending = kiosk.status == KioskStatus.PENDING
    fresh = kiosk.paired_at is not None and kiosk.paired_at > now - JUST_PAIRED
    waits = kiosk.key_until is not None and kiosk.key_until > now
    return KeyState.AWAITED if pending or fresh or waits else KeyState.MISSED
