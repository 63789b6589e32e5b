"""CompreFace: API keys that were shipped or never changed, and photos that outlived their person."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import storages
from django.test import Client

from faceroster.enrollment.models import EnrollmentPhoto, GalleryChange, Template
from faceroster.people.services import person_delete
from faceroster.trust.models import ApiToken, SubjectKey, User
from tests.django.conftest import Enrolled

pytestmark = pytest.mark.django_db


def _files() -> set[str]:
    store, found = storages["sealed"], set()
    for kind in ("photo", "crop"):
        if store.exists(kind):
            for folder in store.listdir(kind)[0]:
                found |= set(store.listdir(f"{kind}/{folder}")[1])
    return found


def test_no_token_comes_with_the_software() -> None:
    assert not ApiToken.objects.exists()
    root = Path(settings.BASE_DIR)
    shipped = re.compile(rb"frt_[A-Za-z0-9_-]{43}")
    for folder in ("faceroster", "workers", "recognition", "templates", "demo", "docs"):
        for file in (root / folder).rglob("*"):
            if file.is_file() and file.suffix in {".py", ".html", ".js", ".json", ".md", ".toml", ".yaml"}:
                assert not shipped.search(file.read_bytes()), file


def test_a_made_up_token_opens_nothing(staff_user: User) -> None:
    for token in ("frt_" + "0" * 43, "00000000-0000-0000-0000-000000000002", "admin"):
        answer = Client(headers={"Authorization": f"Token {token}"}).get("/api/v1/people/")
        assert answer.status_code == 401


def test_with_the_person_go_photos_templates_and_key(
    enrolled: Enrolled, django_capture_on_commit_callbacks: Any
) -> None:
    person, other = enrolled(0), enrolled(1)
    ids = {photo.hex for photo in EnrollmentPhoto.objects.filter(person=person).values_list("pk", flat=True)}
    assert ids
    assert ids <= _files()
    key, changes = person.subject_key, GalleryChange.objects.count()
    gone = person.pk
    with django_capture_on_commit_callbacks(execute=True):
        person_delete(person=person)
    assert not ids & _files()
    assert _files() >= {
        photo.hex for photo in EnrollmentPhoto.objects.filter(person=other).values_list("pk", flat=True)
    }
    assert not Template.objects.filter(person_id=gone).exists()
    assert GalleryChange.objects.count() > changes  # every index hears of it
    assert key is not None
    assert not SubjectKey.objects.filter(pk=key.pk).exclude(wrapped=b"").exists()


def test_a_photo_that_is_deleted_leaves_no_file(
    enrolled: Enrolled, staff_client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    photo = EnrollmentPhoto.objects.filter(person=enrolled(0)).first()
    assert photo is not None
    assert photo.pk.hex in _files()
    with django_capture_on_commit_callbacks(execute=True):
        staff_client.post(f"/people/photos/{photo.pk}/delete/")
    assert photo.pk.hex not in _files()
