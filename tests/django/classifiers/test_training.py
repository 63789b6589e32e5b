"""From a click to a sealed classifier, and everything that may come in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from faceroster import vision
from faceroster.classifiers import selectors, services, storage, training
from faceroster.classifiers.models import Classifier, Stage, Status
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.enrollment import services as photos
from faceroster.enrollment import storage as pictures
from faceroster.enrollment.models import EnrollmentPhoto
from faceroster.people.models import Department, Site
from faceroster.trust.models import User
from faceroster.trust.sealing import SealError
from tests.django.classifiers.conftest import Staff, Train, sealed_file

Jobs = list[tuple[Any, ...]]
MakeDepartment = Callable[..., Department]


@pytest.fixture
def asked(staff: Staff, site: Site, staff_user: User, sent: Jobs, parrots: Any) -> Classifier:
    """A training of two people that no worker has taken up yet."""
    staff(2)
    return services.training_ask(site=site, user=staff_user)


def test_its_row_tells_what_it_is_worth(
    staff: Staff, trained: Train, make_department: MakeDepartment, parrots: dict[str, float], staff_user: User
) -> None:
    people = staff(3)
    staff(2, at=make_department())
    staff(1, photos=2)
    parrots[str(people[0].pk)] = 0.7
    row = trained()
    assert (row.number, row.started_by, row.model) == (1, staff_user, "dlib-resnet29@1")
    assert (row.people_count, row.photo_count, row.unreadable, row.attempts) == (3, 9, 0, 1)
    assert (row.held_out, row.accuracy) == (4, 0.75), "at the epoch that was chosen, which is not the last"
    assert (row.strangers, row.strangers_named) == (3, 3), "one photo of everyone it does not know"
    assert set(row.photos.values_list("person", flat=True)) == {person.pk for person in people}
    assert trained().number == 2


def test_nothing_of_it_lies_in_the_clear(staff: Staff, trained: Train) -> None:
    people = staff(2)
    row = trained()
    assert row.key is not None
    blob = sealed_file(row).read_bytes()
    assert not any(str(person.pk).encode() in blob for person in people)
    assert storage.read(row.pk, row.key).labels == tuple(sorted(str(person.pk) for person in people))
    other = trained()
    assert other.key is not None
    sealed_file(other).write_bytes(blob)
    for key in (row.key, other.key):  # the same bytes under another name do not open
        with pytest.raises(SealError, match="changed"):
            storage.read(other.pk, key)


def test_too_few_people_are_told_so_in_words(staff: Staff, site: Site, staff_user: User) -> None:
    with pytest.raises(InvalidInput, match=r"classifier\.too_few_people: .* nobody has so many"):
        services.training_ask(site=site, user=staff_user)
    staff(1)
    staff(1, photos=2)
    with pytest.raises(InvalidInput, match=r"one person has so many\. One person is lacking photos"):
        services.training_ask(site=site, user=staff_user)
    assert not Classifier.objects.exists()


def test_who_has_left_or_works_elsewhere_is_not_taught(
    staff: Staff, site: Site, staff_user: User, make_department: MakeDepartment
) -> None:
    left, _ = staff(2)
    staff(2, at=make_department())
    left.active = False
    left.save()
    with pytest.raises(InvalidInput, match="one person has so many"):
        services.training_ask(site=site, user=staff_user)


def test_who_leaves_while_it_waits_is_not_taught_either(asked: Classifier, site: Site) -> None:
    photo = EnrollmentPhoto.objects.select_related("person").all()[0]
    photo.person.active = False
    photo.person.save()
    training.classifier_train(classifier_id=asked.pk)
    asked.refresh_from_db()
    assert (asked.status, asked.code) == (Status.FAILED, "classifier.too_few_people")
    assert not asked.photos.exists()


def test_photos_that_do_not_open_end_it_when_too_few_are_left(
    staff: Staff, site: Site, staff_user: User, sent: Jobs
) -> None:
    staff(2)
    for photo in EnrollmentPhoto.objects.all():
        pictures.picture_delete(object_id=photo.pk)
    row = services.training_ask(site=site, user=staff_user)
    training.classifier_train(classifier_id=row.pk)
    row.refresh_from_db()
    assert (row.status, row.code) == (Status.FAILED, "classifier.photos_missing")
    assert row.why == "Of 6 photos so many do not open that fewer than two people are left."
    assert not row.photos.exists()
    assert not sealed_file(row).exists()


def test_another_face_model_has_no_classifier(
    staff: Staff, site: Site, staff_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff(2)
    monkeypatch.setattr(vision, "classifier_model", lambda: "other@1")
    with pytest.raises(Conflict, match=r"classifier\.other_model: .*searched with dlib-resnet29@1"):
        services.training_ask(site=site, user=staff_user)


def test_one_at_a_time(
    asked: Classifier,
    staff: Staff,
    site: Site,
    make_department: MakeDepartment,
    staff_user: User,
    sent: Jobs,
) -> None:
    there = make_department()
    staff(2, at=there)
    with pytest.raises(Conflict, match=r"classifier\.training"):
        services.training_ask(site=site, user=staff_user)
    second = services.training_ask(site=there.site, user=staff_user)
    first = training._claim(asked.pk)
    assert first is not None
    assert training._claim(asked.pk) is None, "the same message twice"
    training.classifier_train(classifier_id=second.pk)
    second.refresh_from_db()
    assert second.status == Status.QUEUED
    sent.clear()
    training._run(first)
    assert Classifier.objects.get(pk=asked.pk).status == Status.READY
    assert sent == [("train.classifier", str(second.pk))], "whoever is done sends for the next"


def _at_each_step(monkeypatch: pytest.MonkeyPatch, act: Callable[[str], None]) -> list[str]:
    """Let ``act`` happen after every step that is told; the steps as they come."""
    seen: list[str] = []
    monkeypatch.setattr(training, "_LOOK_EVERY", 0.0)
    write = training._Claim.progress

    def progress(self: training._Claim, stage: str, done: int, total: int) -> None:
        write(self, stage, done, total)
        row = Classifier.objects.get(pk=self.classifier.pk)
        assert (row.status, row.stage, row.done, row.total) == (Status.TRAINING, stage, done, total)
        seen.append(stage)
        act(stage)

    monkeypatch.setattr(training._Claim, "progress", progress)
    return seen


def test_its_progress_is_told_step_by_step(asked: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = _at_each_step(monkeypatch, lambda stage: None)
    training.classifier_train(classifier_id=asked.pk)
    assert seen == ["photos", "features", "choosing", "training", "strangers"]


@pytest.mark.parametrize("when", [Stage.PHOTOS, Stage.TRAINING])
def test_it_stops_when_told_to(
    when: Stage, asked: Classifier, staff_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(stage: str) -> None:
        if stage == when:
            services.training_stop(classifier=asked, user=staff_user)

    seen = _at_each_step(monkeypatch, stop)
    training.classifier_train(classifier_id=asked.pk)
    asked.refresh_from_db()
    assert seen[-1] == when
    assert (asked.status, asked.why, asked.key) == (Status.STOPPED, "Stopped by stella.", None)
    assert not asked.photos.exists()
    assert not sealed_file(asked).exists()
    with pytest.raises(Conflict, match=r"classifier\.not_training"):
        services.training_stop(classifier=asked, user=staff_user)


def test_one_that_waits_can_be_stopped_and_its_late_message_does_nothing(
    asked: Classifier, staff_user: User
) -> None:
    services.training_stop(classifier=asked, user=staff_user)
    training.classifier_train(classifier_id=asked.pk)
    asked.refresh_from_db()
    assert (asked.status, asked.attempts) == (Status.STOPPED, 0)


def test_a_photo_that_is_deleted_meanwhile_ends_it(
    asked: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def delete(stage: str) -> None:
        if stage == Stage.TRAINING:
            photos.photo_delete(photo=asked.photos.all()[0])

    _at_each_step(monkeypatch, delete)
    training.classifier_train(classifier_id=asked.pk)
    asked.refresh_from_db()
    assert (asked.status, asked.code) == (Status.STOPPED, "classifier.photos_deleted")
    assert not sealed_file(asked).exists()


def test_a_worker_that_dies_leaves_nothing_half_done_and_another_begins_anew(
    asked: Classifier, monkeypatch: pytest.MonkeyPatch, sent: Jobs
) -> None:
    def die(stage: str) -> None:
        if stage == Stage.TRAINING:
            raise SystemExit

    with monkeypatch.context() as patch:
        _at_each_step(patch, die)
        with pytest.raises(SystemExit):
            training.classifier_train(classifier_id=asked.pk)
    assert not sealed_file(asked).exists()
    sent.clear()
    assert training.trainings_requeue_lost() == 0, "it may be alive"
    Classifier.objects.update(claimed_at=timezone.now() - 2 * training.LOST_AFTER)
    assert training.trainings_requeue_lost() == 1
    assert sent == [("train.classifier", str(asked.pk))]
    training.classifier_train(classifier_id=asked.pk)
    asked.refresh_from_db()
    assert (asked.status, asked.attempts) == (Status.READY, 2)
    assert sealed_file(asked).exists()


def test_what_takes_its_workers_down_is_given_up(asked: Classifier) -> None:
    for _ in range(2):
        assert training._claim(asked.pk) is not None
        assert training.trainings_requeue_lost() == 0
        training.trainings_requeue_lost(all_claims=True)  # as a single process does that has just started
    asked.refresh_from_db()
    assert (asked.status, asked.code) == (Status.FAILED, "classifier.broken_off")
    assert not asked.photos.exists()


def test_whoever_lost_a_training_cannot_finish_it(asked: Classifier) -> None:
    slow = training._claim(asked.pk)
    assert slow is not None
    Classifier.objects.update(claimed_at=timezone.now() - 2 * training.LOST_AFTER)
    training.classifier_train(classifier_id=asked.pk)
    blob = sealed_file(asked).read_bytes()
    row = Classifier.objects.select_related("key").get(pk=asked.pk)
    assert (row.status, row.attempts) == (Status.READY, 2)
    assert row.key is not None
    with pytest.raises(training._Ended):
        training._finish(slow, storage.read(row.pk, row.key), {})
    assert sealed_file(asked).read_bytes() == blob


def test_a_message_that_was_lost_is_sent_again(asked: Classifier, sent: Jobs) -> None:
    sent.clear()
    assert training.trainings_requeue_lost() == 0
    Classifier.objects.update(queued_at=timezone.now() - timedelta(minutes=6))
    assert training.trainings_requeue_lost() == 1
    assert training.trainings_requeue_lost() == 0, "it was sent a moment ago"
    assert sent == [("train.classifier", str(asked.pk))]


def test_large_sites_learn_from_fewer_photos_each_and_too_large_ones_are_told(
    staff: Staff, site: Site, staff_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff(2, photos=5)
    best = EnrollmentPhoto.objects.all()[0]
    EnrollmentPhoto.objects.filter(pk=best.pk).update(quality=0.99)
    monkeypatch.setattr(selectors, "MOST_OF_ALL", 6)
    chosen = selectors.photos_to_learn(selectors.roster_of(site))
    assert [len([p for p in chosen if p.person_id == pk]) for pk in {p.person_id for p in chosen}] == [3, 3]
    assert best in chosen
    monkeypatch.setattr(selectors, "MOST_PEOPLE", 1)
    with pytest.raises(InvalidInput, match=r"classifier\.too_many_people: .*1 people at most; .* has 2"):
        services.training_ask(site=site, user=staff_user)
