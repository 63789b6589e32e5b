"""BioStar 2, 2019: fingerprints, faces and passwords of a million people lay readable in an open database.

Who has our database whole, and lacks the root key, has no face, no embedding, no password and no PIN.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from django.apps import apps
from django.conf import global_settings
from django.contrib.auth.hashers import identify_hasher
from django.core.files.storage import storages
from django.db import connection

from faceroster import vision
from faceroster.enrollment.gallery import template_open
from faceroster.enrollment.models import EnrollmentPhoto, Template
from faceroster.passes.badges import badge_issue
from faceroster.passes.models import Badge
from faceroster.passes.pins import pin_set
from faceroster.settings import base
from faceroster.trust.models import User
from tests.django.conftest import Enrolled

pytestmark = pytest.mark.django_db


def _rows() -> Iterator[bytes]:
    """Every value of every table, as bytes."""
    tables = {
        model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed
    }
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                for value in row:
                    if isinstance(value, bytes | memoryview):
                        yield bytes(value)
                    elif value is not None:
                        yield (value if isinstance(value, str) else json.dumps(value, default=str)).encode()


def _holds(needle: bytes) -> bool:
    return any(needle in value for value in _rows())


def test_no_face_and_no_embedding_is_readable(enrolled: Enrolled) -> None:
    person = enrolled(0)
    templates = list(Template.objects.filter(person=person))
    assert templates
    for template in templates:
        vector = template_open(template)
        for form in (vector, vision.rotate(vector)):
            for kind in (np.float16, np.float32, np.float64):
                assert not _holds(form.astype(kind).tobytes()[:16])
    assert not _holds(b"\xff\xd8\xff")  # how every JPEG begins
    assert _holds(person.name.encode())  # what is there is found


def test_no_photo_lies_readable_beside_the_database(enrolled: Enrolled) -> None:
    person = enrolled(0)
    store = storages["sealed"]
    for photo in EnrollmentPhoto.objects.filter(person=person):
        name = photo.pk.hex
        with store.open(f"photo/{name[:2]}/{name}") as file:
            assert not file.read().startswith(b"\xff\xd8\xff")


def test_passwords_are_slow_hashes() -> None:
    hashers = getattr(base, "PASSWORD_HASHERS", None)
    assert hashers is None or not any("MD5" in name or "Unsalted" in name for name in hashers)
    assert "PBKDF2" in global_settings.PASSWORD_HASHERS[0] or "Argon2" in global_settings.PASSWORD_HASHERS[0]


def test_pins_badges_and_passwords_are_not_readable(
    make_person: Callable[..., Any], staff_user: User, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    User.objects.create_user("ines", password="a rather long pass phrase")
    person = make_person()
    pin_set(person=person, pin="805316", user=None)
    _, content = badge_issue(person=person, user=staff_user)
    for secret in ("a rather long pass phrase", "805316", content, content.removeprefix("FR1:")):
        assert not _holds(secret.encode())
    assert Badge.objects.count() == 1
    assert identify_hasher(User.objects.get(username="ines").password).algorithm == "pbkdf2_sha256"


def test_no_user_comes_with_the_software() -> None:
    assert not User.objects.exists()  # migrations have run, and made nobody
