"""A consent that goes takes its picture along, however the row goes."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from faceroster.consents import storage
from faceroster.consents.models import Consent


@receiver(post_delete, sender=Consent)
def consent_deleted(instance: Consent, **_: Any) -> None:
    if instance.pictured:
        transaction.on_commit(partial(storage.picture_delete, consent_id=instance.pk))
