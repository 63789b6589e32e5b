"""The whole way with a real worker, a real training and people who do not exist."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from faceroster import jobs
from faceroster.classifiers import services
from faceroster.classifiers.models import OPEN, Classifier, Status
from faceroster.enrollment import services as photos
from faceroster.enrollment.models import OPEN_STATUSES, EnrollmentPhoto, PhotoSource
from faceroster.enrollment.probes import probe_put
from faceroster.kiosks import agreement
from faceroster.kiosks.models import Decision, Kiosk
from faceroster.kiosks.services import Visitor, invitation_accept, kiosk_invitation
from faceroster.people.models import Liveness, Person, Site
from faceroster.trust.models import User
from tests.django.classifiers.conftest import sealed_file
from workers.app import QUEUES, app

Photo = Callable[[int, int], bytes]
_SECONDS = 600  # the machine may be busy


def _wait_for(over: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not over():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _enroll(people: list[Person], numbers: list[int], demo_photo: Photo) -> None:
    for person, i in zip(people, numbers, strict=True):
        for n in (1, 2, 3):
            photos.photo_add(person=person, data=demo_photo(i, n), source=PhotoSource.DEMO)
    _wait_for(lambda: not EnrollmentPhoto.objects.filter(status__in=OPEN_STATUSES).exists())


def _seen(kiosk: Kiosk, picture: bytes) -> tuple[str, str | None, dict[str, Any]]:
    """A new visit of this face: the kiosk's answer, and what the decision keeps of the classifier."""
    agreement.votes_forget(kiosk.id)
    Decision.objects.update(last_frame_at=timezone.now() - timedelta(hours=1))
    for _ in range(
        30
    ):  # two frames agree that are three seconds apart at most, which a busy machine may miss
        probe = probe_put(picture, seconds=_SECONDS)
        answer = jobs.call("identify.arrival", str(kiosk.pk), probe, timeout=_SECONDS)
        if answer["state"] != "unsure":
            break
    assert answer["state"] != "unsure"
    decision = Decision.objects.order_by("-last_frame_at")[0]
    return decision.outcome, answer["person"] and answer["person"]["id"], decision.classified


@pytest.mark.timeout(3 * _SECONDS)
def test_trained_switched_to_asked_and_retired(
    worker: None,
    site: Site,
    make_person: Callable[..., Person],
    department: Any,
    demo_photo: Photo,
    stranger_photo: Photo,
    staff_user: User,
    admin_user: User,
) -> None:
    site.liveness = Liveness.OFF  # photos stand before the camera
    site.save()
    visitor = Visitor(secret=None, address="192.0.2.7", user_agent="tablet")
    kiosk = invitation_accept(token=kiosk_invitation(site), visitor=visitor)[0]
    zero, one, two, later = [make_person(name=f"Demo {i}", department=department) for i in range(4)]
    _enroll([zero, one, two], [0, 1, 2], demo_photo)

    asked = services.training_ask(site=site, user=staff_user)
    _wait_for(lambda: not Classifier.objects.filter(status__in=OPEN).exists())
    row = Classifier.objects.get(pk=asked.pk)
    assert (row.status, row.why) == (Status.READY, "")
    assert (row.people_count, row.photo_count, row.held_out) == (3, 9, 3)
    assert row.accuracy is not None
    assert row.accuracy >= 2 / 3
    blob = sealed_file(row).read_bytes()
    assert len(blob) > 1_000_000, "a head has a quarter of a million weights"
    assert not any(clear in blob for clear in (b"PK\x03\x04", b"weights", b"NUMPY", str(zero.pk).encode()))

    assert _seen(kiosk, demo_photo(0, 5)) == ("accepted", str(zero.pk), {})
    services.site_switch(site=site, classifier=row, user=admin_user)
    outcome, person, said = _seen(kiosk, demo_photo(1, 5))
    assert (outcome, person) == ("accepted", str(one.pk))
    assert (said["word"], said["person"], said["version"]) == ("agrees", str(one.pk), f"{site.name} no. 1")
    assert said["probability"] >= said["threshold"]

    outcome, person, said = _seen(kiosk, stranger_photo(0, 2))
    assert (outcome, person, said["word"]) == ("unknown", None, "not_needed")
    assert said["person"] in {str(known.pk) for known in (zero, one, two)}, "a softmax names strangers"

    _enroll([later], [3], demo_photo)
    outcome, person, said = _seen(kiosk, demo_photo(3, 5))
    assert (outcome, person, said["word"]) == ("accepted", str(later.pk), "not_yet")

    two.active = False
    two.save()
    outcome, person, said = _seen(kiosk, demo_photo(2, 5))
    assert (outcome, person, said["person"]) == ("unknown", None, None)

    photos.photo_delete(photo=zero.photos.all()[0])
    row.refresh_from_db()
    assert row.status == Status.RETIRED
    assert not sealed_file(row).exists()
    assert _seen(kiosk, demo_photo(1, 5)) == ("accepted", str(one.pk), {})


def test_trainings_have_a_queue_of_their_own() -> None:
    queue = app.amqp.router.route({}, "train.classifier")["queue"].name
    assert queue == "train"
    assert QUEUES[-1] == queue, "whoever takes everything takes it last"
