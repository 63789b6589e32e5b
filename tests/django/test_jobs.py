"""Handing work to workers while nobody is there to take it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from faceroster import jobs
from faceroster.enrollment import services, storage
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource, PhotoStatus
from faceroster.people.models import Person
from tests.support.pictures import jpeg, landscape

#: A port that nothing listens on: connections are refused at once.
_NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def no_redis(settings: Any) -> Iterator[None]:
    """Broker and result store of production, both down."""
    settings.CELERY_BROKER_URL = settings.CELERY_RESULT_BACKEND = _NOBODY
    jobs.producer.cache_clear()
    yield
    jobs.producer.cache_clear()


def _stored(person: Person) -> EnrollmentPhoto:
    data = jpeg(landscape())
    photo = services.photo_add(person=person, data=data, source=PhotoSource.UPLOAD)
    assert storage.picture_read(kind=storage.PHOTO, person=person, object_id=photo.pk)
    assert EnrollmentPhoto.objects.get().status == PhotoStatus.QUEUED
    return photo


def test_a_photo_is_stored_while_the_broker_is_down(
    transactional_db: None, no_redis: None, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    _stored(person)
    assert "left to the sweeper" in caplog.text


def test_an_unforeseen_error_after_the_commit_takes_nothing_back(
    transactional_db: None, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the result store is gone")

    monkeypatch.setattr(jobs, "_send", broken)
    _stored(person)
