"""Pages around photos: who may see them, what they show, and the pictures themselves."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from faceroster.enrollment import services
from faceroster.enrollment.codes import reason
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource, PhotoStatus
from faceroster.people.models import Person
from faceroster.trust.pictures import SPAN
from tests.django.enrollment.conftest import AddPhoto, DemoPhoto, RunJobs, files_of, sealed_files
from tests.support.pictures import jpeg, landscape
from tests.support.signed import address_for

Upload = Callable[..., Any]


def _upload(client: Client, person: Person, data: bytes, **fields: str) -> Any:
    file = SimpleUploadedFile("me.jpg", data, "image/jpeg")
    return client.post(f"/people/{person.pk}/photos/add/", {"photo": file, **fields})


def test_every_page_by_role(
    add_photo: AddPhoto, person: Person, admin_client: Client, staff_client: Client, manager_client: Client
) -> None:
    photo = add_photo()
    pages = [
        ("get", f"/people/{person.pk}/photos/", 200),
        ("get", "/people/review/", 200),
        ("post", f"/people/{person.pk}/photos/add/", 400),
        ("post", f"/people/photos/{photo.pk}/keep/", 302),
        ("post", f"/people/photos/{photo.pk}/refuse/", 302),
        ("post", f"/people/photos/{photo.pk}/delete/", 200),
    ]
    for method, url, _ in pages:
        anonymous = getattr(Client(), method)(url)
        assert (anonymous.status_code, anonymous["Location"]) == (302, f"/accounts/login/?next={url}")
        assert getattr(manager_client, method)(url).status_code == 403
    assert EnrollmentPhoto.objects.count() == 1
    for method, url, answer in pages[:-1]:
        assert getattr(admin_client, method)(url).status_code == answer, url
    for method, url, answer in pages:
        # Staff decide on much, but who lets a stopped photo in is an administrator.
        wanted = 403 if url.endswith("/keep/") else answer
        assert getattr(staff_client, method)(url).status_code == wanted, url


@pytest.mark.parametrize("name", ["photo_add", "photo_delete", "photo_keep", "photo_refuse"])
def test_what_changes_something_wants_post_and_a_csrf_token(
    name: str, add_photo: AddPhoto, person: Person, admin_user: Any
) -> None:
    photo = add_photo()
    url = {
        "photo_add": f"/people/{person.pk}/photos/add/",
        "photo_delete": f"/people/photos/{photo.pk}/delete/",
        "photo_keep": f"/people/photos/{photo.pk}/keep/",
        "photo_refuse": f"/people/photos/{photo.pk}/refuse/",
    }[name]
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 403
    assert EnrollmentPhoto.objects.filter(status=PhotoStatus.QUEUED).exists()


def test_the_grid_asks_again_only_while_a_photo_is_open(
    staff_client: Client, person: Person, run_jobs: RunJobs
) -> None:
    answer = _upload(staff_client, person, jpeg(landscape()), webcam="1")
    assert answer.status_code == 201
    photo = EnrollmentPhoto.objects.get()
    assert answer.json() == {"id": str(photo.pk), "status": "queued"}
    assert (photo.source, photo.original_name) == (PhotoSource.WEBCAM, "me.jpg")
    assert str(photo.uploaded_by) == "stella"
    live = staff_client.get(f"/people/{person.pk}/photos/").content.decode()
    assert "every 1s" in live
    assert "Waiting" in live
    run_jobs()
    done = staff_client.get(f"/people/{person.pk}/photos/").content.decode()
    assert "every 1s" not in done
    assert "Rejected" in done
    assert reason("face.not_found") in done


def test_the_same_file_again_is_said_in_words(staff_client: Client, person: Person) -> None:
    _upload(staff_client, person, jpeg(landscape()))
    answer = _upload(staff_client, person, jpeg(landscape()))
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "photo.already_there",
        "message": f"{person.name} already has this very photo.",
    }
    assert EnrollmentPhoto.objects.count() == 1


def test_the_same_file_by_two_requests_at_once_is_stored_once(
    staff_client: Client, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    _upload(staff_client, person, jpeg(landscape()))
    before = sealed_files()
    answers = iter([False, True])  # the other request stores it between our look and our writing
    monkeypatch.setattr(services, "_has_photo", lambda *_: next(answers))
    answer = _upload(staff_client, person, jpeg(landscape()))
    assert (answer.status_code, answer.json()["code"]) == (400, "photo.already_there")
    assert EnrollmentPhoto.objects.count() == 1
    assert sealed_files() == before


def test_someone_who_has_left_gets_no_photos(staff_client: Client, make_person: Any) -> None:
    person = make_person(active=False)
    answer = _upload(staff_client, person, jpeg(landscape()))
    assert (answer.status_code, answer.json()["code"]) == (400, "person.inactive")


def test_a_picture_is_unsealed_for_this_answer_only(
    staff_client: Client, add_photo: AddPhoto, demo_photo: DemoPhoto, run_jobs: RunJobs
) -> None:
    photo = add_photo(demo_photo(0, 1))
    url = f"/people/photos/{photo.pk}/"
    assert staff_client.get(address_for(staff_client, url + "crop.jpg")).status_code == 404
    run_jobs()
    for kind in ("photo", "crop"):
        answer = staff_client.get(address_for(staff_client, f"{url}{kind}.jpg"))
        assert answer.content.startswith(b"\xff\xd8\xff")
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["Cache-Control"] == "private, no-store"
    assert all(not path.read_bytes().startswith(b"\xff\xd8") for path in files_of(photo))
    assert staff_client.get(address_for(staff_client, url + "template.jpg")).status_code == 404


def test_a_copied_address_of_a_picture_opens_nothing(
    staff_client: Client, admin_client: Client, manager_client: Client, add_photo: AddPhoto
) -> None:
    path = f"/people/photos/{add_photo().pk}/photo.jpg"
    mine = address_for(staff_client, path)
    assert staff_client.get(mine).status_code == 200
    for copied in (
        path,
        mine[:-1],
        mine.replace("until=1", "until=2"),
        mine.replace("photo.jpg", "crop.jpg"),
    ):
        answer = staff_client.get(copied)
        assert (answer.status_code, answer.content[:16]) == (403, b"picture.expired:"), copied
    assert admin_client.get(mine).status_code == 403  # made for somebody else
    assert Client().get(mine)["Location"].startswith("/accounts/login/")
    assert b"picture.expired" not in manager_client.get(address_for(manager_client, path)).content
    assert manager_client.get(address_for(manager_client, path)).status_code == 403  # signed, and no right
    with mock.patch("time.time", return_value=time.time() + 2 * SPAN):
        assert staff_client.get(mine).status_code == 403


def test_a_tampered_picture_is_not_shown(staff_client: Client, add_photo: AddPhoto) -> None:
    photo = add_photo()
    (path,) = files_of(photo)
    blob = bytearray(path.read_bytes())
    blob[40] ^= 1
    path.write_bytes(bytes(blob))
    answer = staff_client.get(address_for(staff_client, f"/people/photos/{photo.pk}/photo.jpg"))
    assert answer.status_code == 500
    assert b"sealed.damaged" in answer.content


def _in_review(add_photo: AddPhoto, person: Person, other: Person) -> EnrollmentPhoto:
    photo = add_photo(to=other)
    EnrollmentPhoto.objects.filter(pk=photo.pk).update(
        status=PhotoStatus.REVIEW,
        codes=["photo.duplicate_person"],
        similar_person=person,
        similarity=0.97,
        quality=0.8,
        processed_at=timezone.now(),
    )
    return photo


@pytest.mark.parametrize(
    ("button", "status"), [("keep", PhotoStatus.QUEUED), ("refuse", PhotoStatus.REJECTED)]
)
def test_review_shows_both_and_takes_the_decision(
    button: str,
    status: PhotoStatus,
    admin_client: Client,
    staff_client: Client,
    add_photo: AddPhoto,
    person: Person,
    make_person: Callable[..., Person],
) -> None:
    other = make_person(name="Double Ganger")
    photo = _in_review(add_photo, person, other)
    page = admin_client.get("/people/review/").content.decode()
    for part in (person.name, "Double Ganger", "97 %", f"/people/photos/{photo.pk}/{button}/"):
        assert part in page
    for url in ("/people/review/", f"/people/{other.pk}/photos/"):
        assert "/keep/" not in staff_client.get(url).content.decode()
    assert "Double Ganger" in staff_client.get(f"/people/{other.pk}/photos/").content.decode()
    answer = admin_client.post(f"/people/photos/{photo.pk}/{button}/", {"reason": "twins"})
    assert answer["Location"] == "/people/review/"
    photo.refresh_from_db()
    assert photo.status == status
    assert photo.reviewed_by is not None
    assert "Nothing to review" in staff_client.get("/people/review/").content.decode()


def test_a_late_decision_is_said_in_words(admin_client: Client, add_photo: AddPhoto) -> None:
    photo = add_photo()
    answer = admin_client.post(
        f"/people/photos/{photo.pk}/keep/", {"reason": "twins"}, headers={"HX-Request": "true"}
    )
    assert "not waiting for review" in answer.content.decode()
    page = admin_client.post(f"/people/photos/{photo.pk}/refuse/", follow=True).content.decode()
    assert "not waiting for review" in page


def test_pages_need_few_queries_however_many_photos(
    staff_client: Client,
    add_photo: AddPhoto,
    person: Person,
    make_person: Callable[..., Person],
    django_assert_max_num_queries: Any,
) -> None:
    def queries(url: str) -> int:
        with django_assert_max_num_queries(8) as asked:
            assert staff_client.get(url).status_code == 200
        return len(asked)

    other = make_person()
    _in_review(add_photo, person, other)
    urls = ("/people/review/", f"/people/{other.pk}/photos/")
    before = [queries(url) for url in urls]
    for number in range(12):
        photo = add_photo(jpeg(landscape().resize((100 + number, 100))), to=other)
        EnrollmentPhoto.objects.filter(pk=photo.pk).update(
            status=PhotoStatus.REVIEW, similar_person=make_person(), quality=0.5
        )
    assert [queries(url) for url in urls] == before
