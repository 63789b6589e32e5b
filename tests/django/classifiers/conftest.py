"""A site with people and their photos, and trainings: really, or as if, without any network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.conf import settings

from faceroster import jobs, vision
from faceroster.classifiers import proposals, services, training
from faceroster.classifiers.models import Classifier, Status
from faceroster.enrollment import storage as pictures
from faceroster.enrollment.models import EnrollmentPhoto, PhotoStatus
from faceroster.people.models import Department, Person, Site
from faceroster.trust.models import User

Staff = Callable[..., list[Person]]
Train = Callable[..., Classifier]


def sealed_file(classifier: Classifier) -> Path:
    folder = Path(settings.STORAGES["sealed"]["OPTIONS"]["location"])
    return folder / "classifier" / classifier.pk.hex[:2] / classifier.pk.hex


@pytest.fixture(autouse=True)
def _nothing_loaded() -> Iterator[None]:
    yield
    proposals.forget()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Jobs as they are enqueued; no worker takes them."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(jobs, "enqueue", lambda *args: calls.append(args))
    return calls


@pytest.fixture
def staff(
    make_person: Callable[..., Person], department: Department, demo_photo: Callable[[int, int], bytes]
) -> Staff:
    """``staff(2)``: two more people at the site, each with three photos that count as accepted."""

    def add(count: int, *, at: Department = department, photos: int = 3) -> list[Person]:
        people = [make_person(department=at) for _ in range(count)]
        for person in people:
            for n in range(photos):
                photo = EnrollmentPhoto.objects.create(
                    person=person,
                    status=PhotoStatus.ACCEPTED,
                    width=1,
                    height=1,
                    digest=uuid4().hex,
                    quality=0.9,
                )
                data = demo_photo(0, n + 1)
                pictures.picture_write(kind=pictures.PHOTO, person=person, object_id=photo.pk, data=data)
        return people

    return add


@dataclass
class Parrot:
    """In a classifier's place: it says of every face what it was told to."""

    labels: tuple[str, ...]
    says: dict[str, float] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=lambda: {"photos_held_out_to_choose": 4})
    history: tuple[dict[str, float], ...] = (
        {"val_loss": 0.9, "val_accuracy": 0.25},
        {"val_loss": 0.2, "val_accuracy": 0.75},
        {"val_loss": 0.3, "val_accuracy": 1.0},
    )

    def predict(self, chips: vision.Image) -> vision.Floats:
        row = [self.says.get(label, 0.0) for label in self.labels]
        return np.tile(np.array(row, np.float32), (len(chips), 1))


@pytest.fixture
def parrots(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Nothing is learned and no photo looked at. What is put into the dict all of them say from then on."""
    says: dict[str, float] = {}

    def train(chips: Any, plan: Any, progress: Any) -> Parrot:
        for stage in ("features", "choosing", "training"):
            progress(stage, 1, 2)
        return Parrot(tuple(sorted(chips)), says)

    def chips(photos: list[EnrollmentPhoto], claim: Any, stage: str) -> dict[str, vision.Image]:
        claim.progress(stage, 0, len(photos))
        people = [str(photo.person_id) for photo in photos]
        return {name: np.zeros((people.count(name), 150, 150, 3), np.uint8) for name in people}

    monkeypatch.setattr(training, "_chips", chips)
    monkeypatch.setattr(vision, "classifier_train", train)
    monkeypatch.setattr(vision, "classifier_pack", lambda parrot: json.dumps(parrot.labels).encode())
    monkeypatch.setattr(vision, "classifier_unpack", lambda data: Parrot(tuple(json.loads(data)), says))
    monkeypatch.setattr(vision, "classifier_chip", lambda image, face: np.zeros((150, 150, 3), np.uint8))
    return says


@pytest.fixture
def trained(site: Site, staff_user: User, sent: list[tuple[Any, ...]], parrots: Any) -> Train:
    """``trained()``: a classifier, as if, of whoever is at the site now."""

    def train() -> Classifier:
        asked = services.training_ask(site=site, user=staff_user)
        assert sent[-1] == ("train.classifier", str(asked.pk))
        training.classifier_train(classifier_id=asked.pk)
        row = Classifier.objects.select_related("site", "key").get(pk=asked.pk)
        assert (row.status, row.why) == (Status.READY, "")
        return row

    return train


@pytest.fixture
def in_force(staff: Staff, trained: Train, site: Site, admin_user: User) -> Classifier:
    """Of two people, and the site is switched to it."""
    staff(2)
    classifier = trained()
    services.site_switch(site=site, classifier=classifier, user=admin_user)
    return classifier
