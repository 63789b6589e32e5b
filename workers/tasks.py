"""Thin tasks: ids in, one service that may safely run twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone, translation

from faceroster.attendance import due, openings
from faceroster.attendance import services as attendance
from faceroster.classifiers import training
from faceroster.core.errors import FaceRosterError
from faceroster.emotions import services as emotions
from faceroster.enrollment import matching, pipeline, switching
from faceroster.enrollment.imports import services as imports
from faceroster.kiosks.crops import crops_expire
from faceroster.lab import looking
from workers.app import load_models


@shared_task(name="enroll.photo")
def enroll_photo(photo_id: str) -> None:
    pipeline.photo_process(photo_id=UUID(photo_id))


@shared_task(name="enroll.import")
def enroll_import(run_id: str) -> None:
    imports.import_advance(run_id=UUID(run_id))


@shared_task(name="enroll.reembed")
def enroll_reembed() -> int:
    return switching.reembed_some()


@shared_task(name="enroll.sweep")
def enroll_sweep() -> int:
    found = pipeline.photos_requeue_lost() + imports.imports_requeue_lost() + switching.reembed_requeue_lost()
    return found + training.trainings_requeue_lost()


# Acknowledged at once, since it may take longer than a broker waits: the sweeper sees to lost ones.
@shared_task(name="train.classifier", acks_late=False, soft_time_limit=3600, time_limit=3630)
def train_classifier(classifier_id: str) -> None:
    training.classifier_train(classifier_id=UUID(classifier_id))


def _answer(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Errors on bad input are answers to whoever waits, not failures of the task."""
    try:
        return work()
    except FaceRosterError as error:
        return {"error": {"code": error.code, "message": error.message, "status": error.status}}


@shared_task(name="identify.arrival", ignore_result=False)
def identify_arrival(
    kiosk_id: str, probe_id: str, language: str = "en", received: float | None = None, challenge: str = ""
) -> dict[str, Any]:
    """A kiosk's frame: who is it, and the punch; said in the ``language`` of its page.

    ``received``: when the server got it, seconds since 1970. ``challenge``: what it says it answers.
    """
    with translation.override(language):
        return _answer(
            lambda: attendance.arrival_record(
                kiosk_id=UUID(kiosk_id), probe_id=probe_id, received=received, challenge=challenge
            )
        )


@shared_task(name="identify.verify", ignore_result=False)
def identify_verify(probe_id: str, person_id: str) -> dict[str, Any]:
    return _answer(lambda: matching.face_verify(probe_id=probe_id, person_id=person_id))


@shared_task(name="identify.compare", ignore_result=False)
def identify_compare(first_id: str, second_id: str) -> dict[str, Any]:
    return _answer(lambda: matching.face_compare(probe_ids=(first_id, second_id)))


@shared_task(name="identify.search", ignore_result=False)
def identify_search(probe_id: str, visible_department_ids: list[str] | None, k: int) -> dict[str, Any]:
    return _answer(
        lambda: matching.face_identify(probe_id=probe_id, visible_department_ids=visible_department_ids, k=k)
    )


@shared_task(name="identify.look", ignore_result=False)
def identify_look(probe_id: str, user_id: int) -> dict[str, Any]:
    """A picture of the lab: every face and whom it resembles."""
    return _answer(lambda: looking.picture_look(probe_id=probe_id, user_id=user_id))


@shared_task(name="identify.look_pair", ignore_result=False)
def identify_look_pair(first_id: str, second_id: str, user_id: int) -> dict[str, Any]:
    """Two pictures of the lab: are they one person's?"""
    return _answer(lambda: looking.pair_look(probe_ids=(first_id, second_id), user_id=user_id))


@shared_task(name="emotions.read")
def emotions_read(probe_id: str) -> bool:
    """The face of someone who punched: counted, without whose it was."""
    return emotions.face_read(probe_id=probe_id)


@shared_task(name="emotions.tell")
def emotions_tell() -> int:
    return emotions.days_tell()


@shared_task(name="attendance.compute")
def attendance_compute(person_id: str | None = None) -> int:
    """Days that are due: of one person, or of whoever waits longest."""
    return due.due_compute(person_id=UUID(person_id) if person_id else None)


@shared_task(name="attendance.compute_more")
def attendance_compute_more() -> int:
    return due.due_compute_more()


@shared_task(name="attendance.open_days")
def attendance_open_days() -> int:
    """Rows of the present day, and what became of days that are over."""
    return openings.days_open()


@shared_task(name="kiosks.crops_expire")
def kiosks_crops_expire() -> int:
    """Faces of recognitions whose time is over."""
    return crops_expire(now=timezone.now())


@shared_task(name="identify.ready", ignore_result=False)
def identify_ready() -> bool:
    """For health checks: whoever answers has models and gallery in memory."""
    load_models()
    return True
