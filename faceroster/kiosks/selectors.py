"""Looking kiosks up."""

from __future__ import annotations

import hashlib

from django.db.models import Q, QuerySet
from django.utils import timezone

from faceroster.kiosks.models import Kiosk, KioskStatus


def secret_digest(secret: str) -> str:
    """SHA-256 in hex. The secret has 256 random bits, so it needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def kiosk_of_secret(secret: str | None) -> Kiosk | None:
    """The kiosk, in whatever status, that holds this secret."""
    if not secret:
        return None
    return Kiosk.objects.select_related("site").filter(secret_digest=secret_digest(secret)).first()


def kiosks_shown() -> QuerySet[Kiosk]:
    """All kiosks except browsers whose code has run out without anyone approving them."""
    waiting = Q(status=KioskStatus.PENDING, pairing_expires_at__lt=timezone.now())
    return Kiosk.objects.exclude(waiting).select_related("site")
