"""Thin tasks: ids in, one service that may safely run twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task

from faceroster.attendance import services as attendance
from faceroster.core.errors import FaceRosterError
from faceroster.enrollment import pipeline


@shared_task(name="enroll.photo")
def enroll_photo(photo_id: str) -> None:
    pipeline.photo_process(photo_id=UUID(photo_id))


@shared_task(name="enroll.sweep")
def enroll_sweep() -> int:
    return pipeline.photos_requeue_lost()


@shared_task(name="identify.arrival", ignore_result=False)
def identify_arrival(kiosk_id: str, probe_id: str) -> dict[str, Any]:
    """A kiosk's frame: who is it, and the punch. Errors on bad input are answers, not failures."""
    try:
        return attendance.arrival_record(kiosk_id=UUID(kiosk_id), probe_id=probe_id)
    except FaceRosterError as error:
        return {"error": {"code": error.code, "message": error.message, "status": error.status}}


@shared_task(name="default.ping", ignore_result=False)
def ping() -> str:
    """For health checks: whoever answers is alive."""
    return "pong"
