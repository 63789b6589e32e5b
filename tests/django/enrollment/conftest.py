"""What the tests of enrollment share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from faceroster.enrollment import services
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource
from faceroster.people.models import Person
from tests.support.pictures import jpeg, landscape

AddPhoto = Callable[..., EnrollmentPhoto]
DemoPhoto = Callable[[int, int], bytes]
RunJobs = Callable[[], None]


def sealed_files() -> set[Path]:
    """Every file in the sealed store."""
    folder = Path(settings.STORAGES["sealed"]["OPTIONS"]["location"])
    return {path for path in folder.rglob("*") if path.is_file()}


def files_of(photo: EnrollmentPhoto) -> set[Path]:
    return {path for path in sealed_files() if path.name == photo.pk.hex}


@pytest.fixture
def add_photo(db: None, person: Person) -> AddPhoto:
    """``add_photo(data)`` for ``person``; without data a picture with nobody in it, which needs no engine."""

    def add(data: bytes | None = None, *, to: Person | None = None, name: str = "me.jpg") -> EnrollmentPhoto:
        return services.photo_add(
            person=to or person, data=data or jpeg(landscape()), source=PhotoSource.UPLOAD, name=name
        )

    return add
