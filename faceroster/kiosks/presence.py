"""When a device was last heard of, what it says of itself, and how much it sent.

Counted in the cache, and brought to the database at most twice a minute: a frame costs no write.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.core.cache import cache
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from faceroster.kiosks.models import Kiosk, KioskStatus

Counted = Literal["frames", "refusals"]

_TOUCH_EVERY = timedelta(seconds=30)
_COUNTED: tuple[Counted, ...] = ("frames", "refusals")
#: Longer than any device waits between two touches; what is older was lost with its device.
_COUNTS_SECONDS = 7 * 24 * 3600
#: A device that was not heard of for longer is out of sight. It is heard of every four seconds, and
#: that is stored twice a minute.
IN_SIGHT = timedelta(seconds=90)


class Sight(models.TextChoices):
    """How a device is doing, as staff see it."""

    IN_SIGHT = "in_sight", gettext_lazy("In sight")
    SILENT = "silent", gettext_lazy("Silent")
    PENDING = "pending", gettext_lazy("Waiting for approval")
    REVOKED = "revoked", gettext_lazy("Revoked")


def sight_of(kiosk: Kiosk, now: datetime) -> Sight:
    if kiosk.status != KioskStatus.ACTIVE:
        return Sight(kiosk.status)
    heard = kiosk.last_seen_at
    return Sight.IN_SIGHT if heard is not None and now - heard <= IN_SIGHT else Sight.SILENT


def sight_filter(sight: Sight, now: datetime) -> Q:
    """The kiosks of which :func:`sight_of` says ``sight``."""
    if sight in (Sight.PENDING, Sight.REVOKED):
        return Q(status=sight.value)
    heard = Q(last_seen_at__gte=now - IN_SIGHT)
    # Not ~heard: of a device that was never heard of, neither would be true.
    silent = Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=now - IN_SIGHT)
    return Q(status=KioskStatus.ACTIVE) & (heard if sight == Sight.IN_SIGHT else silent)


def _name(kiosk_id: UUID, what: Counted) -> str:
    return f"kiosk-count:{kiosk_id}:{what}"


def count_add(kiosk_id: UUID, what: Counted) -> None:
    """Count one more frame or refusal of this kiosk."""
    name = _name(kiosk_id, what)
    if not cache.add(name, 1, timeout=_COUNTS_SECONDS):
        try:
            cache.incr(name)
        except ValueError:  # it ran out, or was taken, between the two lines
            cache.set(name, 1, timeout=_COUNTS_SECONDS)


def _counts_take(kiosk_id: UUID) -> dict[str, Any]:
    """What was counted since the last time, as changes of the row; taken off, not set to nothing.

    So a frame that is counted meanwhile is not lost.
    """
    changes: dict[str, Any] = {}
    for what in _COUNTED:
        name = _name(kiosk_id, what)
        if counted := int(cache.get(name, 0)):
            try:
                cache.decr(name, counted)
            except ValueError:
                continue
            changes[what] = F(what) + counted
    return changes


def kiosk_touch(*, kiosk: Kiosk) -> None:
    """Note that the kiosk was heard of, at most twice a minute."""
    now = timezone.now()
    if kiosk.last_seen_at is not None and now - kiosk.last_seen_at <= _TOUCH_EVERY:
        return
    # Of several requests at once, the one that changes the row takes what was counted.
    due = Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=now - _TOUCH_EVERY)
    if Kiosk.objects.filter(due, pk=kiosk.pk).update(last_seen_at=now):
        kiosk.last_seen_at = now
        counts_store(kiosk_id=kiosk.pk)


def counts_store(*, kiosk_id: UUID) -> None:
    """Bring what was counted of this kiosk to the database."""
    if changes := _counts_take(kiosk_id):
        Kiosk.objects.filter(pk=kiosk_id).update(**changes)


def kiosk_described(*, kiosk: Kiosk, version: str, camera: str) -> None:
    """Store what the device's page says of itself, when that has changed. Empty words change nothing."""
    # NUL, which an address can carry, is nothing that PostgreSQL takes.
    said = {"version": version.replace("\0", "")[:40], "camera": camera.replace("\0", "")[:200]}
    changes = {name: text for name, text in said.items() if text and getattr(kiosk, name) != text}
    if changes:
        Kiosk.objects.filter(pk=kiosk.pk).update(**changes)
