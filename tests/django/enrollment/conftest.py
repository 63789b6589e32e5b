"""What the tests of enrollment share."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from faceroster.enrollment import services as photos
from faceroster.enrollment.imports import services
from faceroster.enrollment.models import EnrollmentPhoto, ImportRun, PhotoSource
from faceroster.people.models import Department, Person
from faceroster.trust.models import User
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
        return photos.photo_add(
            person=to or person, data=data or jpeg(landscape()), source=PhotoSource.UPLOAD, name=name
        )

    return add


@pytest.fixture
def workshop(make_department: Callable[..., Department]) -> Department:
    return make_department(name="Workshop")


@pytest.fixture
def check(workshop: Department, staff_user: User) -> Callable[..., services.Checked]:
    def make(table: bytes, archive: io.BytesIO | None = None, *, create: bool = False) -> services.Checked:
        return services.import_check(
            table=table,
            table_name="people.csv",
            archive=archive,
            archive_name="photos.zip",
            create_departments=create,
            user=staff_user,
        )

    return make


@pytest.fixture
def started(check: Callable[..., services.Checked]) -> Callable[..., ImportRun]:
    def make(*args: Any, **kwargs: Any) -> ImportRun:
        run = check(*args, **kwargs).run
        assert run is not None
        services.import_start(run=run)
        return run

    return make
