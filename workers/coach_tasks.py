"""Thin tasks of enrolment at a kiosk: one frame of the coach, and sessions that nobody ended."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import translation

from faceroster.coaching import looking, tickets
from faceroster.core.errors import FaceRosterError


@shared_task(name="identify.coach", ignore_result=False)
def identify_coach(kiosk_id: str, session: str, probe_id: str, language: str = "en") -> dict[str, Any]:
    """A frame of an enrolment: what to do next, said in the ``language`` of its page."""
    with translation.override(language):
        try:
            return looking.frame_look(kiosk_id=UUID(kiosk_id), session=session, probe_id=probe_id)
        except FaceRosterError as error:
            return {"error": {"code": error.code, "message": error.message, "status": error.status}}


@shared_task(name="coach.sweep")
def coach_sweep() -> int:
    return tickets.sessions_sweep()
