"""Thin tasks of privacy. Each may safely run twice."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from faceroster.privacy.erasing import erasures_finish
from faceroster.privacy.retention.sweeping import sweep


@shared_task(name="privacy.sweep")
def privacy_sweep() -> int:
    """Delete what was kept long enough."""
    return sum(sweep(now=timezone.now()).values())


@shared_task(name="privacy.finish")
def privacy_finish() -> int:
    """Erasures whose process died before files and caches were cleared."""
    return erasures_finish(before=timezone.now() - timedelta(minutes=2))
