"""Redis does not answer: whoever waits is told so, soon and with a code, and what is stored stays stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from faceroster import jobs
from faceroster.core.errors import Unavailable
from faceroster.enrollment import probes, storage
from faceroster.enrollment.models import PhotoSource, PhotoStatus
from faceroster.enrollment.services import photo_add
from faceroster.people.models import Person

_NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def redis_gone(settings: Any, transactional_db: None) -> Iterator[None]:
    settings.CELERY_BROKER_URL = settings.CELERY_RESULT_BACKEND = _NOBODY
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": _NOBODY}}
    jobs.producer.cache_clear()
    yield
    jobs.producer.cache_clear()


@pytest.mark.timeout(30, func_only=True)  # the first test makes the database
@pytest.mark.parametrize(
    "ask", [lambda: jobs.call("identify.ready", timeout=5), lambda: probes.probe_put(b"picture")]
)
def test_whoever_waits_is_told(redis_gone: None, ask: Callable[[], Any]) -> None:
    with pytest.raises(Unavailable) as caught:
        ask()
    assert caught.value.code == "worker.unreachable"


@pytest.mark.timeout(30, func_only=True)
def test_a_photo_is_stored_and_left_to_the_sweeper(
    person: Person, demo_photo: Callable[[int, int], bytes], redis_gone: None
) -> None:
    photo = photo_add(person=person, data=demo_photo(0, 1), source=PhotoSource.UPLOAD)
    photo.refresh_from_db()
    assert photo.status == PhotoStatus.QUEUED
    assert storage.picture_read(kind=storage.PHOTO, person=person, object_id=photo.pk)
