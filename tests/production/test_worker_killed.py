"""A worker that is killed in the middle of its work loses nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from faceroster.enrollment import gallery
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource, PhotoStatus, Template
from faceroster.enrollment.services import photo_add
from faceroster.people.models import Person
from tests.support.workers import wait_until_it_answers, worker_process


def _wait(photo: EnrollmentPhoto, status: PhotoStatus, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        photo.refresh_from_db()
        if photo.status == status:
            return
        time.sleep(0.02)
    raise AssertionError(f"the photo is {photo.status} after {seconds} s, not {status}; codes {photo.codes}")


@pytest.mark.timeout(600)
def test_photo_of_a_killed_worker_is_picked_up_within_a_minute(
    transactional_db: None, person: Person, demo_photo: Callable[[int, int], bytes]
) -> None:
    with worker_process() as first:
        photo = photo_add(person=person, data=demo_photo(0, 1), source=PhotoSource.UPLOAD)
        # The first photo finds the models still loading, so it stays in this state for seconds.
        _wait(photo, PhotoStatus.PROCESSING, seconds=120)
        os.killpg(first.pid, signal.SIGKILL)
        killed_at = timezone.now()
        first.wait()
    photo.refresh_from_db()
    assert photo.status == PhotoStatus.PROCESSING
    assert not Template.objects.exists()

    with worker_process() as second:
        wait_until_it_answers(second)
        there_at = timezone.now()
        _wait(photo, PhotoStatus.ACCEPTED, seconds=120)

    assert photo.attempts == 2
    # The promise itself, by the database's own times; 30 s to call it lost and 10 s between two looks.
    # A machine that is slow to start another worker breaks none.
    assert photo.claimed_at is not None
    assert photo.claimed_at - max(killed_at, there_at) < timedelta(minutes=1)
    assert Template.objects.filter(person=person).count() == 1
    with gallery.synced() as (faces, _):
        assert len(faces) == 1
