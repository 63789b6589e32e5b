"""Thin tasks of PINs and badges."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone, translation

from faceroster.attendance.passing import badge_punch
from faceroster.core.errors import FaceRosterError
from faceroster.kiosks.tickets import tickets_prune
from faceroster.passes.tries import tries_prune


@shared_task(name="identify.badge", ignore_result=False)
def identify_badge(kiosk_id: str, probe_id: str, language: str = "en") -> dict[str, Any]:
    """A kiosk's frame with a badge in it: whose, and the punch; said in the ``language`` of its page."""
    with translation.override(language):
        try:
            return badge_punch(kiosk_id=UUID(kiosk_id), probe_id=probe_id)
        except FaceRosterError as error:
            return {"error": {"code": error.code, "message": error.message, "status": error.status}}


@shared_task(name="passes.prune")
def passes_prune() -> int:
    """Wrong tries and answered tickets that are a day old."""
    now = timezone.now()
    return tries_prune(now=now) + tickets_prune(now=now)
