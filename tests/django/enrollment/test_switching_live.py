"""A switch while people stand before the camera, with a real worker, on both databases and brokers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from faceroster import jobs
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource, PhotoStatus, Template
from faceroster.enrollment.probes import probe_put
from faceroster.enrollment.services import photo_add
from faceroster.people.models import Person
from tests.django.enrollment.conftest import DemoPhoto
from tests.support.onnx_models import random_model

OLD = "dlib-resnet29@1"


def _enroll(people: list[Person], demo_photo: DemoPhoto) -> None:
    for number, person in enumerate(people):
        photo_add(person=person, data=demo_photo(number, 1), source=PhotoSource.UPLOAD)
    deadline = time.monotonic() + 120
    while EnrollmentPhoto.objects.filter(status__in=("queued", "processing")).exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)


class _Scans(threading.Thread):
    """Somebody looks into the camera again and again."""

    def __init__(self, picture: bytes) -> None:
        super().__init__(daemon=True)
        self._picture = picture
        self._stop_asked = threading.Event()
        self.answers: list[dict[str, Any]] = []

    def run(self) -> None:
        while not self._stop_asked.is_set():
            probe = probe_put(self._picture)
            self.answers.append(jobs.call("identify.search", probe, None, 2, timeout=60))

    def end(self) -> None:
        self._stop_asked.set()
        self.join(90)
        assert not self.is_alive()


@pytest.mark.timeout(600)
def test_everybody_is_known_before_during_and_after(
    worker: None, make_person: Callable[..., Person], demo_photo: DemoPhoto, tmp_path: Path
) -> None:
    people = [make_person() for _ in range(4)]
    _enroll(people, demo_photo)
    accepted = EnrollmentPhoto.objects.filter(status=PhotoStatus.ACCEPTED).count()
    assert accepted == len(people)
    scans = _Scans(demo_photo(0, 1))
    scans.start()
    out = StringIO()
    call_command("models", "switch", random_model(tmp_path, "live", seed=1), "--wait", stdout=out)
    assert "Faces are searched with live@1." in out.getvalue()
    seen = len(scans.answers)
    deadline = time.monotonic() + 120
    while len(scans.answers) < seen + 3:
        assert scans.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    scans.end()

    assert all("error" not in answer for answer in scans.answers)
    assert {(answer["decision"], answer["person"]) for answer in scans.answers} == {
        ("accepted", str(people[0].pk))
    }
    models = [answer["model"] for answer in scans.answers]
    assert models == sorted(models), "the old model first, then the new one, and never back"
    assert (models[0], models[-1]) == (OLD, "live@1")
    assert Template.objects.filter(model="live@1").count() == accepted
