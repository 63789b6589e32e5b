"""PINs and badges in the audit log: that there is one, never what it is."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.passes.models import Badge, Pin


@receiver(post_save, sender=Pin)
def pin_set(instance: Pin, raw: bool = False, **_: Any) -> None:
    if not raw:
        record(Action.PIN_SET, by=instance.set_by, subject=instance)


@receiver(post_delete, sender=Pin)
def pin_removed(instance: Pin, **_: Any) -> None:
    record(Action.PIN_REMOVED, subject=instance)


@receiver(post_save, sender=Badge)
def badge_issued(instance: Badge, created: bool, raw: bool = False, **_: Any) -> None:
    if created and not raw:
        record(Action.BADGE_ISSUED, by=instance.issued_by, subject=instance)
