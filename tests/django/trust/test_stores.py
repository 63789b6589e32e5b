"""No store holds a face in the clear: enrolled, searched, punched and kept, and then every store is read."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from faceroster import jobs, vision
from faceroster.attendance.models import PunchSource
from faceroster.attendance.services import punch_record
from faceroster.enrollment import gallery, storage
from faceroster.enrollment.models import EnrollmentPhoto, Template
from faceroster.enrollment.probes import probe_put
from faceroster.kiosks.crops import crop_keep
from faceroster.kiosks.evidence import visit_vectors_keep
from faceroster.kiosks.lookalikes import false_accept_add
from faceroster.kiosks.models import Decision, DecisionCrop, FalseAccept
from faceroster.kiosks.services import visit_decide
from faceroster.people.models import Liveness, Person
from tests.support import canary
from tests.support.kiosks import paired_device


def _places(log: Path) -> Iterator[canary.Place]:
    yield from canary.database()
    yield from canary.folder(Path(settings.HOME), without=["static"])
    yield from canary.local_cache()
    if settings.TEST_PROFILE == "production":
        yield from canary.redis_server(settings.REDIS_URL)
    yield from canary.folder(log.parent)
    for file in Path(tempfile.gettempdir()).glob("*.upload*"):
        yield canary.Place(str(file), file.read_bytes())


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """All that is logged, down to the finest."""
    handler = logging.FileHandler(tmp_path / "all.log")
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield tmp_path / "all.log"
    root.setLevel(before)
    root.removeHandler(handler)
    handler.close()


@pytest.mark.timeout(600)
def test_no_store_holds_a_face_in_the_clear(
    worker: None,
    log: Path,
    enrolled: Callable[..., Person],
    demo_photo: Callable[[int, int], bytes],
    settings: Any,
) -> None:
    person = enrolled(0)
    site = person.department.site
    site.liveness = Liveness.OFF
    site.save()
    kiosk, _ = paired_device(site)
    frame = demo_photo(0, 5)
    for _ in range(3):
        visit = visit_decide(kiosk=kiosk, frame=frame)
    assert visit.look is not None
    assert visit.decision is not None
    crop_keep(decision=visit.decision, image=visit.look.image, face=visit.look.face)
    analysis = vision.engine().analyse([visit.look.image])[0][0]
    assert analysis.embedding is not None
    seen = analysis.embedding.vector
    visit_vectors_keep(visit.decision.pk, analysis.embedding.model, vision.rotate(seen)[None])
    assert false_accept_add(visit.decision) is not None
    punch_record(person=person, site=site, at=visit.decision.created_at, source=PunchSource.API)
    waiting = probe_put(frame)  # as it waits for a worker
    assert jobs.call("identify.ready", timeout=20.0)
    assert DecisionCrop.objects.exists()
    assert FalseAccept.objects.exists()
    assert Decision.objects.exists()
    assert cache.get(f"probe:{waiting}")

    needles = [*canary.needles_of_vector(seen, "the visitor's embedding"), *canary.needles_of_picture(frame)]
    for template in Template.objects.select_related("person__subject_key"):
        plain = gallery.template_open(template)
        needles += canary.needles_of_vector(plain, "a template")
        needles += canary.needles_of_vector(vision.rotate(plain), "a turned template")
    for photo in EnrollmentPhoto.objects.select_related("person__subject_key"):
        data = storage.picture_read(kind=storage.PHOTO, person=person, object_id=photo.pk)
        needles += canary.needles_of_picture(data, "a stored photo")
    for n in (1, 2, 3):
        needles += canary.needles_of_picture(demo_photo(0, n), "a photo as it came")
    chip = vision.engine().chip(visit.look.image, visit.look.face)
    needles += canary.needles_of_pixels(chip, "the aligned face")
    assert canary.scan(needles, _places(log), any_picture=True) == []

    # And what is planted in each of these stores is found there.
    logging.getLogger("faceroster").debug("found %s", np.array2string(seen, threshold=1000))
    storages["sealed"].save("photo/zz/planted", ContentFile(demo_photo(0, 1)))
    cache.set("planted", seen.tobytes())
    Person.objects.filter(pk=person.pk).update(name=seen[:5].tobytes().hex())
    try:
        found = " ".join(one.where for one in canary.scan(needles, _places(log), any_picture=True))
    finally:
        storages["sealed"].delete("photo/zz/planted")
    for where in ("all.log", "photo/zz/planted", "planted", "people_person.name"):
        assert where in found
