"""A worker that is killed in the middle of its work loses nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from faceroster.enrollment import gallery
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource, PhotoStatus, Template
from faceroster.enrollment.services import photo_add
from faceroster.people.models import Person
from tests.support.workers import worker_process


def _wait(photo: EnrollmentPhoto, status: PhotoStatus, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        photo.refresh_from_db()
        if photo.status == status:
            return
        time.sleep(0.02)
    raise AssertionError(f"the photo is {photo.status} after {seconds} s, not {status}; codes {photo.codes}")


@pytest.mark.timeout(300)
def test_photo_of_a_killed_worker_is_picked_up_within_a_minute(
    transactional_db: None, person: Person, demo_photo: Callable[[int, int], bytes]
) -> None:
    with worker_process() as first:
        photo = photo_add(person=person, data=demo_photo(0, 1), source=PhotoSource.UPLOAD)
        # The first photo finds the models still loading, so it stays in this state for seconds.
        _wait(photo, PhotoStatus.PROCESSING, seconds=60)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    photo.refresh_from_db()
    assert photo.status == PhotoStatus.PROCESSING
    assert not Template.objects.exists()

    killed_at = time.monotonic()
    with worker_process():
        _wait(photo, PhotoStatus.ACCEPTED, seconds=90)
    took = time.monotonic() - killed_at

    assert photo.attempts == 2
    assert Template.objects.filter(person=person).count() == 1
    with gallery.synced() as (faces, _):
        assert len(faces) == 1
    print(f"picked up and finished {took:.0f} s after the kill, the new worker's start included")
