"""Thin tasks of consents. Each may safely run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from faceroster.consents.services import consents_expire


@shared_task(name="consents.expire")
def consents_expire_due() -> int:
    """Whoever's term is over is recognised no more."""
    return consents_expire(now=timezone.now())
