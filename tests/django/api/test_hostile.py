"""Every door that pictures come in by, and every file made to hurt: refused in words, and nothing left."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from faceroster import jobs
from faceroster.core.errors import InvalidInput
from faceroster.enrollment.models import EnrollmentPhoto
from faceroster.enrollment.services import photo_add
from faceroster.kiosks.services import visit_decide
from faceroster.people.models import Liveness, Person
from tests.support.hostile import HOSTILE
from tests.support.kiosks import paired_device

Door = Callable[[bytes], tuple[int, str]]


@cache
def hostile(name: str) -> bytes:
    return HOSTILE[name][0]()


@pytest.fixture(autouse=True)
def _no_worker() -> Iterator[None]:
    """Whoever asked a worker would be told so at once: what is refused here never gets as far."""
    with mock.patch.object(jobs, "ask", side_effect=AssertionError("a worker was asked")):
        yield


def _file(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("me.jpg", data, "image/jpeg")


@pytest.fixture
def doors(staff: Client, staff_client: Client, person: Person) -> dict[str, Door]:
    def api(address: str, **form: Any) -> Door:
        def send(data: bytes) -> tuple[int, str]:
            answer = staff.post(address, {"image": _file(data), **form})
            return answer.status_code, answer.json()["code"]

        return send

    def raw(address: str) -> Door:
        def send(data: bytes) -> tuple[int, str]:
            answer = staff.post(address, data, content_type="image/jpeg")
            return answer.status_code, answer.json()["code"]

        return send

    def page(data: bytes) -> tuple[int, str]:
        answer = staff_client.post(f"/people/{person.pk}/photos/add/", {"photo": _file(data)})
        return answer.status_code, answer.json()["code"]

    def pair(data: bytes) -> tuple[int, str]:
        answer = staff.post("/api/v1/faces/verify-pair/", {"first": _file(data), "second": _file(data)})
        return answer.status_code, answer.json()["code"]

    photos = f"/api/v1/people/{person.pk}/photos/"
    return {
        "photos": api(photos),
        "photos, as the body": raw(photos),
        "identify": api("/api/v1/faces/identify/"),
        "identify, as the body": raw("/api/v1/faces/identify/"),
        "verify": api("/api/v1/faces/verify/", person=str(person.pk)),
        "pair": pair,
        "a person's page": page,
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_every_door_refuses_by_the_same_code(name: str, doors: dict[str, Door]) -> None:
    data, code = hostile(name), HOSTILE[name][1]
    sealed = Path(settings.STORAGES["sealed"]["OPTIONS"]["location"])
    before = {path for path in sealed.rglob("*") if path.is_file()}
    for door, send in doors.items():
        if not data and "body" in door:
            continue  # a request without a body is another matter
        status, said = send(data)
        assert 400 <= status < 500, door
        if door == "a person's page" and code == "image.empty":
            assert said in ("image.empty", "photo.missing")  # a form takes an empty file for none
        else:
            assert said == code, door
    assert not EnrollmentPhoto.objects.exists()
    assert {path for path in sealed.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", HOSTILE)
def test_a_kiosks_frame_is_refused_by_the_worker_that_opens_it(name: str, person: Person) -> None:
    site = person.department.site
    site.liveness = Liveness.OFF
    site.save()
    kiosk, device = paired_device(site)
    data = hostile(name)

    def call(task: str, kiosk_id: str, probe_id: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        try:
            visit_decide(kiosk=kiosk, frame=data)
        except InvalidInput as error:
            return {"error": {"code": error.code, "message": error.message, "status": error.status}}
        raise AssertionError("it was taken")

    with mock.patch.object(jobs, "call", call):
        answer = device.post(
            "/kiosk/frames", data, content_type="image/jpeg", headers={"X-FaceRoster-Kiosk": "1"}
        )
    assert 400 <= answer.status_code < 500
    assert json.loads(answer.content)["error"]["code"].startswith("image.")


def test_the_service_refuses_whoever_calls_it(person: Person) -> None:
    for name, (_, code) in HOSTILE.items():
        with pytest.raises(InvalidInput) as error:
            photo_add(person=person, data=hostile(name), source="api")  # type: ignore[arg-type]
        assert error.value.code == code
