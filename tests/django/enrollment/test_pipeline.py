"""A photo on its way: accepted, rejected, in review, lost and found again, deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from faceroster import jobs, vision
from faceroster.core.errors import Conflict
from faceroster.enrollment import gallery, pipeline, services, storage
from faceroster.enrollment.models import EnrollmentPhoto, GalleryChange, PhotoStatus, Template
from faceroster.people.models import Person
from faceroster.trust.models import User
from faceroster.trust.sealing import SealError
from tests.django.enrollment.conftest import AddPhoto, DemoPhoto, RunJobs, files_of, sealed_files


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Jobs as they are enqueued."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(jobs, "enqueue", lambda *args: calls.append(args))
    return calls


def test_a_good_photo_is_accepted_and_a_second_run_changes_nothing(
    add_photo: AddPhoto, demo_photo: DemoPhoto
) -> None:
    photo = add_photo(demo_photo(0, 1))
    assert len(files_of(photo)) == 1
    pipeline.photo_process(photo_id=photo.pk)
    photo.refresh_from_db()
    assert (photo.status, photo.codes, photo.attempts) == (PhotoStatus.ACCEPTED, [], 1)
    assert len(files_of(photo)) == 2
    (template,) = photo.templates.all()
    sealed = bytes(template.sealed)
    assert gallery.template_open(template).shape == (128,)

    pipeline.photo_process(photo_id=photo.pk)
    photo = EnrollmentPhoto.objects.get()
    assert photo.attempts == 1
    assert bytes(photo.templates.get().sealed) == sealed
    assert GalleryChange.objects.count() == 1


def test_a_photo_that_is_gone_is_no_error(db: None) -> None:
    pipeline.photo_process(photo_id=uuid4())


def test_someone_else_s_face_waits_for_review_and_can_be_kept(
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    person: Person,
    make_person: Callable[..., Person],
    admin_user: User,
) -> None:
    add_photo(demo_photo(0, 1))
    run_jobs()
    photo = add_photo(demo_photo(0, 2), to=make_person())
    run_jobs()
    photo.refresh_from_db()
    assert (photo.status, photo.codes) == (PhotoStatus.REVIEW, ["photo.duplicate_person"])
    assert photo.similar_person == person
    assert photo.similarity is not None
    assert photo.similarity > 0.9
    assert Template.objects.count() == 1

    services.photo_keep(photo=photo, user=admin_user, reason="Twins")
    run_jobs()
    photo.refresh_from_db()
    assert (photo.status, photo.reviewed_by) == (PhotoStatus.ACCEPTED, admin_user)
    assert Template.objects.filter(photo=photo).exists()
    with pytest.raises(Conflict, match=r"photo\.not_in_review"):
        services.photo_keep(photo=photo, user=admin_user, reason="Twins")


def test_a_refused_photo_never_becomes_a_template(
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    make_person: Callable[..., Person],
    staff_user: User,
) -> None:
    add_photo(demo_photo(0, 1))
    run_jobs()
    photo = add_photo(demo_photo(0, 2), to=make_person())
    run_jobs()
    photo.refresh_from_db()
    services.photo_refuse(photo=photo, user=staff_user)
    run_jobs()
    photo.refresh_from_db()
    assert (photo.status, photo.codes) == (PhotoStatus.REJECTED, ["photo.refused"])
    assert Template.objects.count() == 1


def test_nearly_the_same_photo_again_adds_nothing(
    add_photo: AddPhoto, demo_photo: DemoPhoto, run_jobs: RunJobs
) -> None:
    add_photo(demo_photo(0, 1))
    run_jobs()
    again = vision.encode_jpeg(vision.decode(demo_photo(0, 1)), quality=85)
    photo = add_photo(again)
    run_jobs()
    photo.refresh_from_db()
    assert (photo.status, photo.codes) == (PhotoStatus.REJECTED, ["photo.near_duplicate"])
    assert Template.objects.count() == 1


def test_the_photo_of_a_dead_worker_is_sent_again_and_finished(
    add_photo: AddPhoto, demo_photo: DemoPhoto, run_jobs: RunJobs, sent: list[tuple[Any, ...]]
) -> None:
    photo = add_photo(demo_photo(0, 1))
    sent.clear()
    claimed = timezone.now() - timedelta(seconds=31)
    EnrollmentPhoto.objects.update(status=PhotoStatus.PROCESSING, claimed_at=claimed, attempts=1)
    assert pipeline.photos_requeue_lost() == 1
    assert sent == [("enroll.photo", str(photo.pk))]
    assert pipeline.photos_requeue_lost() == 0  # it was sent a moment ago
    run_jobs()
    photo.refresh_from_db()
    assert (photo.status, photo.attempts) == (PhotoStatus.ACCEPTED, 2)


def test_a_photo_in_work_is_left_alone(add_photo: AddPhoto, sent: list[tuple[Any, ...]]) -> None:
    photo = add_photo()
    sent.clear()
    EnrollmentPhoto.objects.update(status=PhotoStatus.PROCESSING, claimed_at=timezone.now(), attempts=1)
    assert pipeline.photos_requeue_lost() == 0
    pipeline.photo_process(photo_id=photo.pk)
    photo.refresh_from_db()
    assert (photo.status, photo.attempts, sent) == (PhotoStatus.PROCESSING, 1, [])


def test_a_photo_that_kills_its_workers_is_given_up_after_three_tries(add_photo: AddPhoto) -> None:
    photo = add_photo()
    claimed = timezone.now() - timedelta(minutes=1)
    EnrollmentPhoto.objects.update(status=PhotoStatus.PROCESSING, claimed_at=claimed, attempts=3)
    assert pipeline.photos_requeue_lost() == 0
    photo.refresh_from_db()
    assert (photo.status, photo.codes) == (PhotoStatus.REJECTED, ["photo.processing_failed"])


def test_a_worker_that_was_given_up_too_early_writes_nothing(
    add_photo: AddPhoto, demo_photo: DemoPhoto
) -> None:
    photo = add_photo(demo_photo(0, 1))
    judge = pipeline._judge

    def another_worker_comes_first(row: Any, *judged: Any) -> None:
        EnrollmentPhoto.objects.update(claimed_at=timezone.now())
        judge(row, *judged)

    with mock.patch.object(pipeline, "_judge", another_worker_comes_first):
        pipeline.photo_process(photo_id=photo.pk)
    photo.refresh_from_db()
    assert photo.status == PhotoStatus.PROCESSING
    assert not Template.objects.exists()


def test_deleting_takes_template_files_and_index_entry(
    add_photo: AddPhoto,
    demo_photo: DemoPhoto,
    run_jobs: RunJobs,
    django_capture_on_commit_callbacks: Any,
) -> None:
    photo = add_photo(demo_photo(0, 1))
    run_jobs()
    with gallery.synced() as (faces, _):
        assert len(faces) == 1
    with django_capture_on_commit_callbacks(execute=True):
        services.photo_delete(photo=EnrollmentPhoto.objects.get())
    assert files_of(photo) == set()
    assert not Template.objects.exists()
    with gallery.synced() as (faces, _):
        assert len(faces) == 0


def test_a_photo_deleted_while_in_work_leaves_no_file(
    add_photo: AddPhoto, demo_photo: DemoPhoto, django_capture_on_commit_callbacks: Any
) -> None:
    photo = add_photo(demo_photo(0, 1))
    judge = pipeline._judge

    def deleted_meanwhile(row: Any, *judged: Any) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            EnrollmentPhoto.objects.get().delete()
        storage.picture_write(kind=storage.CROP, person=row.person, object_id=row.pk, data=b"late")
        judge(row, *judged)

    with mock.patch.object(pipeline, "_judge", deleted_meanwhile):
        pipeline.photo_process(photo_id=photo.pk)
    assert files_of(photo) == set()
    assert not Template.objects.exists()


def test_a_picture_of_another_photo_or_person_does_not_open(
    add_photo: AddPhoto, person: Person, make_person: Callable[..., Person], run_jobs: RunJobs
) -> None:
    mine, theirs = add_photo(), add_photo(to=make_person())
    (mine_file,), (their_file,) = files_of(mine), files_of(theirs)
    blob = mine_file.read_bytes()
    mine_file.write_bytes(their_file.read_bytes())
    with pytest.raises(SealError, match=r"sealed\.damaged"):
        storage.picture_read(kind=storage.PHOTO, person=person, object_id=mine.pk)
    their_file.write_bytes(blob[:-1] + bytes([blob[-1] ^ 1]))
    run_jobs()
    assert (
        list(EnrollmentPhoto.objects.values_list("status", "codes"))
        == [(PhotoStatus.REJECTED, ["photo.unreadable"])] * 2
    )


def test_a_template_moved_to_another_person_does_not_open(
    add_photo: AddPhoto, demo_photo: DemoPhoto, run_jobs: RunJobs, make_person: Callable[..., Person]
) -> None:
    add_photo(demo_photo(0, 1))
    run_jobs()
    template = Template.objects.get()
    template.person = make_person()
    with pytest.raises(SealError, match=r"sealed\.damaged"):
        gallery.template_open(template)


def test_two_workers_that_write_one_crop_leave_one_file(add_photo: AddPhoto, person: Person) -> None:
    photo = add_photo()
    before = sealed_files()
    with mock.patch.object(FileSystemStorage, "delete"):  # the other's file came after it
        for data in (b"the longer of the two", b"the other"):
            storage.picture_write(kind=storage.CROP, person=person, object_id=photo.pk, data=data)
    assert len(sealed_files() - before) == 1
    assert storage.picture_read(kind=storage.CROP, person=person, object_id=photo.pk) == b"the other"
