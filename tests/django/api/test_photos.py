"""Enrollment photos through the API, good ones and bad ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from faceroster.enrollment.models import EnrollmentPhoto, GalleryChange, PhotoSource, Template
from faceroster.people.models import Person
from faceroster.trust.models import User
from tests.django.api.conftest import photo_row
from tests.django.api.test_problems import assert_problem
from tests.support import pictures
from tests.support.pictures import DemoPhoto, jpeg, landscape

RunJobs = Callable[[], None]


def _url(person: Person) -> str:
    return f"/api/v1/people/{person.pk}/photos/"


def _send(client: Client, person: Person, data: bytes, name: str = "me.jpg", kind: str = "image/jpeg") -> Any:
    return client.post(_url(person), {"image": SimpleUploadedFile(name, data, kind)})


def _sealed_files() -> set[Path]:
    folder = Path(settings.STORAGES["sealed"]["OPTIONS"]["location"])
    return {path for path in folder.rglob("*") if path.is_file()}


def test_a_photo_is_taken_and_its_status_can_be_followed(
    staff: Client, staff_user: User, person: Person, demo_photo: DemoPhoto, run_jobs: RunJobs
) -> None:
    answer = _send(staff, person, demo_photo(0, 1))
    assert answer.status_code == 202
    queued = staff.get(answer["Location"]).json()
    assert queued == answer.json()
    assert (queued["status"], queued["reasons"], queued["processed_at"]) == ("queued", [], None)
    assert (queued["source"], queued["original_name"]) == (PhotoSource.API, "me.jpg")
    row = EnrollmentPhoto.objects.get()
    assert row.uploaded_by == staff_user
    assert staff.get(f"/api/v1/people/{person.pk}/").json()["enrolled"] is False
    run_jobs()
    accepted = staff.get(answer["Location"]).json()
    assert (accepted["status"], accepted["reasons"]) == ("accepted", [])
    assert 0 < accepted["quality"] <= 1
    assert accepted["processed_at"]
    assert staff.get(_url(person)).json()["results"] == [accepted]
    assert staff.get(f"/api/v1/people/{person.pk}/").json()["enrolled"] is True
    assert [person["id"] for person in staff.get("/api/v1/people/?enrolled=true").json()["results"]] == [
        str(person.pk)
    ]


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/x-whatever"])
def test_the_body_may_be_the_picture(kind: str, staff: Client, person: Person) -> None:
    answer = staff.post(_url(person), jpeg(landscape()), content_type=kind)
    assert answer.status_code == 202
    assert (answer.json()["width"], answer.json()["height"]) == (640, 480)


def test_deleting_takes_the_row_the_template_and_the_files(
    staff: Client,
    person: Person,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    django_capture_on_commit_callbacks: Any,
) -> None:
    before = _sealed_files()
    where = _send(staff, person, demo_photo(0, 1))["Location"]
    run_jobs()
    assert Template.objects.count() == 1
    assert _sealed_files() > before
    with django_capture_on_commit_callbacks(execute=True):
        assert staff.delete(where).status_code == 204
    assert_problem(staff.get(where), 404, "resource.not_found")
    assert not Template.objects.exists()
    assert GalleryChange.objects.order_by("version").last().action == "remove"  # type: ignore[union-attr]
    assert _sealed_files() == before


def test_no_picture_and_no_secret_leaves_by_the_api(staff: Client, person: Person) -> None:
    photo = photo_row(person)
    shown = staff.get(f"/api/v1/photos/{photo.pk}/").json()
    assert set(shown) == {
        "id", "person", "status", "reasons", "quality", "similar_person", "similarity", "source",
        "original_name", "width", "height", "created_at", "processed_at",
    }  # fmt: skip
    assert photo.digest not in str(shown)


@pytest.mark.parametrize("raw", [False, True], ids=["form", "body"])
@pytest.mark.parametrize(("make", "code"), [row[1:] for row in pictures.UNREADABLE], ids=lambda _: "")
def test_what_is_no_readable_picture_is_refused_and_nothing_is_stored(
    make: Callable[[], bytes], code: str, raw: bool, staff: Client, person: Person
) -> None:
    before = _sealed_files()
    if raw and not make():
        code = "input.invalid"  # no body at all is no picture sent
    if raw:
        answer = staff.post(_url(person), make(), content_type="image/jpeg")
    else:
        answer = _send(staff, person, make())
    problem = assert_problem(answer, 400, code)
    assert len(problem["detail"].split()) > 3, "a sentence, not a word"
    assert not EnrollmentPhoto.objects.exists()
    assert _sealed_files() == before


@pytest.mark.parametrize(("make", "code"), [row[1:] for row in pictures.UNUSABLE], ids=lambda _: "")
def test_what_shows_no_usable_face_is_rejected_with_a_reason(
    make: Callable[[DemoPhoto], bytes],
    code: str,
    staff: Client,
    person: Person,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
) -> None:
    answer = _send(staff, person, make(demo_photo))
    assert answer.status_code == 202
    run_jobs()
    photo = staff.get(answer["Location"]).json()
    assert photo["status"] == "rejected"
    reason = photo["reasons"][0]
    assert reason["code"] == code
    assert reason["message"].endswith(".")
    assert not Template.objects.exists()
    assert not GalleryChange.objects.exists()


def test_the_same_file_twice(staff: Client, person: Person) -> None:
    data = jpeg(landscape())
    assert _send(staff, person, data).status_code == 202
    assert_problem(_send(staff, person, data, name="other.jpg"), 400, "photo.already_there")
    assert EnrollmentPhoto.objects.count() == 1


def test_someone_who_left_gets_no_photos(staff: Client, make_person: Callable[..., Person]) -> None:
    left = make_person(active=False)
    assert_problem(_send(staff, left, jpeg(landscape())), 400, "person.inactive")
    assert not EnrollmentPhoto.objects.exists()


def test_a_form_without_a_file_and_with_a_text_instead(staff: Client, person: Person) -> None:
    for form in ({}, {"image": "not a file"}, {"picture": SimpleUploadedFile("a.jpg", b"x")}):
        problem = assert_problem(staff.post(_url(person), form), 400, "input.invalid")
        assert [error["pointer"] for error in problem["errors"]] == ["#/image"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 300 + ".jpg", "\u202egpj.exe", "<script>.jpg"])
def test_file_names_are_only_names(name: str, staff: Client, person: Person) -> None:
    answer = _send(staff, person, jpeg(landscape()), name=name)
    assert answer.status_code in (202, 400)
    for photo in EnrollmentPhoto.objects.all():
        assert "/" not in photo.original_name
        assert len(photo.original_name) <= 255
