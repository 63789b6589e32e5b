"""One human under two names, one picture under two names, two humans under one: stopped at every entry."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from faceroster import vision
from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.enrollment import comparison, services
from faceroster.enrollment.imports import services as imports
from faceroster.enrollment.models import (
    EnrollmentPhoto,
    ImportRun,
    PhotoReview,
    PhotoStatus,
    ReviewDecision,
    Template,
)
from faceroster.people.models import Person
from faceroster.trust.models import Role, Scope, User
from faceroster.trust.sealing import SealError
from tests.django.enrollment.conftest import AddPhoto, DemoPhoto, RunJobs
from tests.django.enrollment.uploads import archive_of, table_of

MakePerson = Callable[..., Person]


@pytest.fixture
def enrolled(add_photo: AddPhoto, demo_photo: DemoPhoto, run_jobs: RunJobs, person: Person) -> Person:
    """``person`` with the first three photos of the first demo human."""
    for number in (1, 2, 3):
        add_photo(demo_photo(0, number))
    run_jobs()
    assert person.templates.count() == 3
    return person


@pytest.fixture
def doubled(
    enrolled: Person, add_photo: AddPhoto, demo_photo: DemoPhoto, run_jobs: RunJobs, make_person: MakePerson
) -> EnrollmentPhoto:
    """Another photo of the same human, under another name, as the checks left it."""
    photo = add_photo(demo_photo(0, 4), to=make_person(name="Double Ganger"))
    run_jobs()
    photo.refresh_from_db()
    return photo


def changed(data: bytes, change: Callable[[np.ndarray], np.ndarray]) -> bytes:
    return vision.encode_jpeg(np.ascontiguousarray(change(vision.decode(data))), quality=85)


def smaller(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)


def brighter(image: np.ndarray) -> np.ndarray:
    return np.clip(image * 1.15 + 10, 0, 255).astype(np.uint8)


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "saved again": lambda image: image,
    "smaller": smaller,
    "cut": lambda image: image[20:-20, 15:-25],
    "brighter": brighter,
    "mirrored": lambda image: image[:, ::-1],
}


def by_page(person: Person, data: bytes, user: User, api_token: Callable[..., str]) -> None:
    client = Client()
    client.force_login(user)
    answer = client.post(
        f"/people/{person.pk}/photos/add/", {"photo": SimpleUploadedFile("me.jpg", data, "image/jpeg")}
    )
    assert answer.status_code == 201


def by_api(person: Person, data: bytes, user: User, api_token: Callable[..., str]) -> None:
    client = Client(headers={"Authorization": f"Token {api_token(user, *Scope.values)}"})
    answer = client.post(f"/api/v1/people/{person.pk}/photos/", data, content_type="image/jpeg")
    assert answer.status_code == 202


def by_import(person: Person, data: bytes, user: User, api_token: Callable[..., str]) -> None:
    number = person.employee_number
    table = table_of(f"{number},{person.name},{person.department.name},,yes")
    run = imports.import_check(
        table=table, table_name="people.csv", archive=archive_of(**{number: data}), user=user
    ).run
    assert isinstance(run, ImportRun)
    imports.import_start(run=run)
    imports.import_advance(run_id=run.pk)


@pytest.mark.parametrize("enter", [by_page, by_api, by_import])
@pytest.mark.parametrize("picture", ["another", "copy"])
def test_one_human_under_a_second_name_is_stopped_at_every_entry(
    enter: Callable[..., None],
    picture: str,
    enrolled: Person,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    make_person: MakePerson,
    admin_user: User,
    api_token: Callable[..., str],
) -> None:
    other = make_person(name="Double Ganger")
    data = demo_photo(0, 4) if picture == "another" else changed(demo_photo(0, 1), CHANGES["mirrored"])
    enter(other, data, admin_user, api_token)
    run_jobs()
    photo = EnrollmentPhoto.objects.get(person=other)
    wanted = comparison.DUPLICATE_PERSON if picture == "another" else comparison.COPY_OF_OTHER
    assert (photo.status, photo.codes) == (PhotoStatus.REVIEW, [wanted])
    assert photo.similar_person == enrolled
    assert not Template.objects.filter(person=other).exists()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_copy_is_shown_beside_the_photo_that_was_copied(
    number: int,
    enrolled: Person,
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    make_person: MakePerson,
    admin_user: User,
    staff_client: Client,
) -> None:
    originals = list(EnrollmentPhoto.objects.filter(person=enrolled).order_by("created_at"))
    photo = add_photo(
        changed(demo_photo(0, number), CHANGES["smaller"]), to=make_person(name="Double Ganger")
    )
    run_jobs()
    photo.refresh_from_db()
    assert photo.codes == [comparison.COPY_OF_OTHER]

    def beside() -> list[int]:
        page = staff_client.get("/people/review/").content.decode()
        assert staff_client.get(f"/people/{photo.person_id}/photos/").status_code == 200
        return [at for at, one in enumerate(originals, 1) if f"/people/photos/{one.pk}/crop.jpg" in page]

    assert beside() == [number]
    EnrollmentPhoto.objects.filter(pk=photo.pk).update(similar_photo=None)  # found by an older version
    assert len(beside()) == 1
    EnrollmentPhoto.objects.filter(pk=photo.pk).update(similar_photo=originals[number - 1])
    photo.refresh_from_db()
    services.photo_refuse(photo=photo, user=admin_user)
    review = PhotoReview.objects.get()
    assert review.other_photo == originals[number - 1]

    EnrollmentPhoto.objects.filter(pk=photo.pk).update(status=PhotoStatus.REVIEW)
    services.photo_delete(photo=originals[number - 1])
    assert len(beside()) == 1
    assert beside() != [number]
    review.refresh_from_db()
    assert (review.other_photo, review.other_person) == (None, enrolled)


def test_photos_enter_in_these_places_only_and_no_kiosk_is_among_them() -> None:
    """Enrolment at a kiosk is staff's: its shots go through the same service as all others."""
    callers = {"photo_add": set(), "EnrollmentPhoto.objects.create": set(), "Template.objects.create": set()}
    root = Path(settings.BASE_DIR)
    for path in (path for top in ("faceroster", "workers") for path in (root / top).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for call, places in callers.items():
            if re.search(rf"(?<!def )\b{re.escape(call)}\(", text):
                places.add(path.relative_to(root / "faceroster").as_posix())
    assert callers["photo_add"] == {
        "api/photos.py",
        "coaching/finishing.py",
        "enrollment/demo.py",
        "enrollment/imports/services.py",
        "enrollment/views/photos.py",
    }
    assert callers["EnrollmentPhoto.objects.create"] == {"enrollment/services.py"}
    assert not {place for place in callers["Template.objects.create"] if "enrollment/" not in place}


def test_staff_may_not_override_and_nobody_without_a_reason(
    doubled: EnrollmentPhoto, staff_user: User, admin_user: User
) -> None:
    manager = User.objects.create_user("other", role=Role.MANAGER)
    for user in (staff_user, manager):
        with pytest.raises(NotAllowed, match=r"photo\.override_not_allowed"):
            services.photo_keep(photo=doubled, user=user, reason="They told me so")
    with pytest.raises(InvalidInput, match=r"photo\.reason_missing"):
        services.photo_keep(photo=doubled, user=admin_user, reason="  ")
    doubled.refresh_from_db()
    assert doubled.status == PhotoStatus.REVIEW
    assert not PhotoReview.objects.exists()


def test_an_override_is_recorded_and_shown(
    doubled: EnrollmentPhoto,
    enrolled: Person,
    admin_user: User,
    admin_client: Client,
    staff_client: Client,
    run_jobs: RunJobs,
) -> None:
    url = f"/people/photos/{doubled.pk}/keep/"
    assert staff_client.post(url, {"reason": "twins"}).status_code == 403
    page = admin_client.post(url, {"reason": " "}, follow=True).content.decode()
    assert "Please say why" in page
    admin_client.post(url, {"reason": "Twins, both seen <together>"})
    run_jobs()
    doubled.refresh_from_db()
    assert (doubled.status, doubled.codes) == (PhotoStatus.ACCEPTED, [])
    review = PhotoReview.objects.get()
    assert (review.photo, review.person, review.other_person) == (doubled, doubled.person, enrolled)
    assert (review.decided_by, review.reason) == (admin_user, "Twins, both seen <together>")
    assert (review.decision, review.codes) == (ReviewDecision.KEPT, [comparison.DUPLICATE_PERSON])
    assert review.similarity is not None
    assert review.similarity > 0.9
    grid = staff_client.get(f"/people/{doubled.person_id}/photos/").content.decode()
    for part in ("Kept by alma", enrolled.name, "Twins, both seen &lt;together&gt;"):
        assert part in grid
    with pytest.raises(Conflict, match=r"photo\.not_in_review"):
        services.photo_keep(photo=doubled, user=admin_user, reason="again")
    doubled.delete()
    review.refresh_from_db()
    assert (review.photo, review.reason) == (None, "Twins, both seen <together>")


def test_a_refusal_is_recorded_too(doubled: EnrollmentPhoto, staff_user: User) -> None:
    services.photo_refuse(photo=doubled, user=staff_user)
    review = PhotoReview.objects.get()
    assert (review.decision, review.decided_by) == (ReviewDecision.REFUSED, staff_user)


def test_an_override_holds_for_that_person_only(
    doubled: EnrollmentPhoto,
    enrolled: Person,
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    make_person: MakePerson,
    admin_user: User,
) -> None:
    services.photo_keep(photo=doubled, user=admin_user, reason="twins")
    third = make_person(name="Third Name")
    again = add_photo(demo_photo(0, 5), to=third)
    again.refresh_from_db()
    EnrollmentPhoto.objects.filter(pk=again.pk).update(status=PhotoStatus.REVIEW, similar_person=enrolled)
    services.photo_keep(photo=again, user=admin_user, reason="triplets")
    run_jobs()
    again.refresh_from_db()
    assert (again.status, again.codes) == (PhotoStatus.REVIEW, [comparison.DUPLICATE_PERSON])
    assert again.similar_person == doubled.person


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_picture_adds_nothing_however_it_was_changed(
    change: str, enrolled: Person, add_photo: AddPhoto, demo_photo: DemoPhoto, run_jobs: RunJobs
) -> None:
    photo = add_photo(changed(demo_photo(0, 1), CHANGES[change]))
    run_jobs()
    photo.refresh_from_db()
    assert (photo.status, photo.codes) == (PhotoStatus.REJECTED, [comparison.NEAR_DUPLICATE])


def test_a_photo_of_an_older_version_is_known_by_its_embedding(
    enrolled: Person, add_photo: AddPhoto, demo_photo: DemoPhoto, run_jobs: RunJobs
) -> None:
    EnrollmentPhoto.objects.update(fingerprint=None)
    photo = add_photo(changed(demo_photo(0, 1), CHANGES["saved again"]))
    run_jobs()
    photo.refresh_from_db()
    assert (photo.status, photo.codes) == (PhotoStatus.REJECTED, [comparison.NEAR_DUPLICATE])


def test_a_fingerprint_lies_sealed_and_opens_for_its_own_photo_only(
    enrolled: Person, demo_photo: DemoPhoto
) -> None:
    first, second, _ = Template.objects.select_related("photo", "person__subject_key").order_by("pk")
    image = vision.decode(demo_photo(0, 1))
    plain = vision.fingerprint(image, vision.engine().analyse_photo(image).face)
    assert len(plain) <= 512
    sealed = bytes(first.photo.fingerprint or b"")
    assert plain[-100:] not in sealed
    opened = comparison.fingerprint_open(first)
    assert opened is not None
    assert vision.same_picture(opened, plain, 0.0)
    second.photo.fingerprint = sealed
    assert comparison.fingerprint_open(second) is None


def test_under_another_root_key_no_fingerprint_is_passed_over(enrolled: Person) -> None:
    template = Template.objects.select_related("photo", "person__subject_key").first()
    assert template is not None
    assert template.person.subject_key is not None
    template.person.subject_key.root_key_id = "another"
    with pytest.raises(SealError, match=r"sealed\.wrong_root_key"):
        comparison.fingerprint_open(template)


def test_another_human_among_a_persons_photos_waits_for_review(
    enrolled: Person,
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    staff_client: Client,
    admin_user: User,
) -> None:
    photo = add_photo(demo_photo(5, 1))
    run_jobs()
    photo.refresh_from_db()
    assert (photo.status, photo.codes) == (PhotoStatus.REVIEW, [comparison.NOT_LIKE_OTHERS])
    assert photo.similar_person is None
    page = staff_client.get("/people/review/").content.decode()
    assert "does not look like the person&#x27;s other photos" in page
    beside = EnrollmentPhoto.objects.filter(person=enrolled, status=PhotoStatus.ACCEPTED)
    assert any(f"/people/photos/{one.pk}/crop.jpg" in page for one in beside)
    services.photo_keep(photo=photo, user=admin_user, reason="shaved")
    run_jobs()
    photo.refresh_from_db()
    assert photo.status == PhotoStatus.ACCEPTED


def test_reviews_of_older_versions_become_records(doubled: EnrollmentPhoto, staff_user: User) -> None:
    EnrollmentPhoto.objects.filter(pk=doubled.pk).update(status=PhotoStatus.ACCEPTED, reviewed_by=staff_user)
    migration: Any = importlib.import_module("faceroster.enrollment.migrations.0003_photo_reviews")
    migration.earlier_reviews(apps, None)
    review = PhotoReview.objects.get()
    assert (review.photo, review.decided_by, review.decision) == (doubled, staff_user, ReviewDecision.KEPT)
    assert review.other_person == doubled.similar_person
    doubled.refresh_from_db()
    assert review.created_at == doubled.processed_at
