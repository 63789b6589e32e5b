"""The face of a recognition: sealed, for the eyes of some, and gone when its time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import cv2
import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from faceroster import vision
from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.kiosks.crops import crop_keep, crop_open, crops_expire
from faceroster.kiosks.models import Decision, DecisionCrop, Kiosk
from faceroster.people.models import Department, Person
from faceroster.people.services import person_delete
from faceroster.trust.sealing import SealError
from tests.support.signed import address_for


@pytest.fixture
def decided(make_person: Callable[..., Person], kiosk: Kiosk) -> Decision:
    person = make_person(name="Robin")
    return _decision(person, kiosk)


def _decision(person: Person, kiosk: Kiosk) -> Decision:
    return Decision.objects.create(
        kiosk=kiosk, site=kiosk.site, outcome="accepted", person=person, score=6, threshold=3, margin=1,
        score_kind="llr", model="m@1", gallery_version=1,
    )  # fmt: skip


@pytest.fixture
def seen(demo_photo: Callable[[int, int], bytes]) -> tuple[Any, Any]:
    image = vision.decode_frame(demo_photo(0, 4))
    return image, vision.engine().analyse([image])[0][0].face


def test_it_is_an_upright_face_and_no_jpeg_lies_in_the_database(
    decided: Decision, seen: tuple[Any, Any]
) -> None:
    crop_keep(decision=decided, image=seen[0], face=seen[1])
    crop_keep(decision=decided, image=seen[0], face=seen[1])
    row = DecisionCrop.objects.get()
    assert b"JFIF" not in bytes(row.sealed)
    picture = cv2.imdecode(np.frombuffer(crop_open(row), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[0] == picture.shape[1] == 160
    assert timedelta(days=29) < row.expires_at - timezone.now() <= timedelta(days=30)


def test_one_that_was_swapped_does_not_open(
    decided: Decision, kiosk: Kiosk, make_person: Callable[..., Person], seen: tuple[Any, Any]
) -> None:
    other = _decision(make_person(name="Ari"), kiosk)
    for decision in (decided, other):
        crop_keep(decision=decision, image=seen[0], face=seen[1])
    mine, theirs = DecisionCrop.objects.get(pk=decided.pk), DecisionCrop.objects.get(pk=other.pk)
    mine.sealed = theirs.sealed
    with pytest.raises(SealError):
        crop_open(mine)


def test_no_days_no_face(decided: Decision, seen: tuple[Any, Any], settings: Any) -> None:
    settings.FACEROSTER = {**settings.FACEROSTER, "CROP_DAYS": 0}
    crop_keep(decision=decided, image=seen[0], face=seen[1])
    assert not DecisionCrop.objects.exists()


def test_its_time_ends(decided: Decision, kiosk: Kiosk, seen: tuple[Any, Any]) -> None:
    later = _decision(decided.person, kiosk)
    for decision in (decided, later):
        crop_keep(decision=decision, image=seen[0], face=seen[1])
    DecisionCrop.objects.filter(pk=decided.pk).update(expires_at=timezone.now())
    assert crops_expire(now=timezone.now()) == 1
    assert [crop.pk for crop in DecisionCrop.objects.all()] == [later.pk]


def test_it_goes_with_its_person(decided: Decision, seen: tuple[Any, Any]) -> None:
    crop_keep(decision=decided, image=seen[0], face=seen[1])
    person_delete(person=Person.objects.get(pk=decided.person_id))
    assert not DecisionCrop.objects.exists()


def test_staff_see_it_and_nobody_else(
    decided: Decision,
    seen: tuple[Any, Any],
    staff_client: Client,
    manager_client: Client,
    client: Client,
    department: Department,
) -> None:
    crop_keep(decision=decided, image=seen[0], face=seen[1])
    address = reverse("reports:today_face", args=[decided.pk])
    assert staff_client.get(address).status_code == 403  # no page has given it
    answer = staff_client.get(address_for(staff_client, address))
    assert answer.status_code == 200
    assert answer.content[:2] == b"\xff\xd8"
    assert "no-store" in answer["Cache-Control"]
    look = Entry.objects.get(action=Action.FACE_LOOKED)
    assert look.subject_id == str(decided.pk)
    assert look.person_id == decided.person_id
    assert manager_client.get(address_for(manager_client, address)).status_code == 403
    assert client.get(address).status_code == 302
    nothing = address_for(staff_client, reverse("reports:today_face", args=[kiosk_free()]))
    assert staff_client.get(nothing).status_code == 404


def kiosk_free() -> str:
    return "00000000-0000-0000-0000-000000000000"
