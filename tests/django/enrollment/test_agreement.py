"""The searchable copy holds what the database holds, whatever happened on the way."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from faceroster import vision
from faceroster.enrollment import gallery, storage
from faceroster.enrollment.models import (
    ChangeAction,
    EnrollmentPhoto,
    GalleryChange,
    GalleryState,
    PhotoStatus,
    Template,
)
from faceroster.people.models import Person
from faceroster.trust import sealing
from faceroster.trust.models import SubjectKey

_MODEL_DIMENSION = 128


def _template(person: Person, rng: np.random.Generator, number: int) -> Template:
    """A photo with a random embedding, stored as the pipeline stores one."""
    photo = EnrollmentPhoto.objects.create(
        person=person, status=PhotoStatus.ACCEPTED, width=1, height=1, digest=f"{number}"
    )
    vector = rng.standard_normal(_MODEL_DIMENSION).astype(np.float32)
    vector /= np.linalg.norm(vector)
    model = vision.engine().model
    sealed = sealing.seal(
        storage.person_key(person),
        vector.astype("<f4").tobytes(),
        context=gallery.template_context(person_id=person.pk, photo_id=photo.pk, model=model),
    )
    template = Template.objects.create(photo=photo, person=person, model=model, sealed=sealed)
    gallery.changes_append(ChangeAction.ADD, [template.pk])
    return template


def _content(faces: vision.Gallery, people: list[Person]) -> dict[str, dict[int, list[float]]]:
    return {
        str(person.pk): {
            number: np.round(vector, 5).tolist() for number, vector in faces.person_templates(str(person.pk))
        }
        for person in people
    }


@pytest.mark.parametrize("seed", range(3))
def test_following_the_log_equals_building_from_nothing(
    make_person: Callable[..., Person], seed: int
) -> None:
    choices = random.Random(seed)
    rng = np.random.default_rng(seed)
    people = [make_person() for _ in range(4)]
    number = 0
    for step in range(60):
        person = choices.choice(people)
        what = choices.choice(["add", "add", "add", "delete", "switch", "search"])
        if what == "add":
            number += 1
            _template(person, rng, number)
        elif what == "delete":
            photo = EnrollmentPhoto.objects.filter(person=person).first()
            if photo is not None:
                photo.delete()
        elif what == "switch":
            person.active = not person.active
            person.save()
        if what == "search" or step % 7 == 0:
            with gallery.synced():
                pass  # this process follows now and then, as it would between requests
    with gallery.synced() as (faces, followed):
        after_following = _content(faces, people)
        size = len(faces)
    gallery.forget()
    with gallery.synced() as (faces, rebuilt):
        assert _content(faces, people) == after_following
        assert len(faces) == size
    assert followed == rebuilt
    searchable = Template.objects.filter(person__active=True)
    assert sorted(pk for held in after_following.values() for pk in held) == sorted(
        searchable.values_list("pk", flat=True)
    )
    assert size > 0


def test_one_damaged_template_is_left_out_and_the_others_are_searched(
    make_person: Callable[..., Person], caplog: pytest.LogCaptureFixture
) -> None:
    rng = np.random.default_rng(0)
    person, other = make_person(), make_person()
    damaged, whole = _template(person, rng, 1), _template(other, rng, 2)
    Template.objects.filter(pk=damaged.pk).update(sealed=bytes(damaged.sealed)[:-1] + b"?")
    for _ in ("built", "followed"):
        with gallery.synced() as (faces, _):
            assert (whole.pk in faces, damaged.pk in faces) == (True, False)
        gallery.changes_append(ChangeAction.ADD, [damaged.pk, whole.pk])
    assert f"Template {damaged.pk} does not open" in caplog.text


def test_under_another_root_key_nothing_is_answered(make_person: Callable[..., Person]) -> None:
    person = make_person()
    _template(person, np.random.default_rng(0), 1)
    SubjectKey.objects.update(root_key_id="another")
    with pytest.raises(sealing.SealError, match=r"sealed\.wrong_root_key"), gallery.synced():
        pass


def test_a_template_that_comes_while_its_person_leaves_goes_too(
    make_person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = make_person()
    lock, added = gallery.state_lock, []

    def waits_for_a_worker() -> GalleryState:
        if not added:
            added.append(0)
            added[0] = _template(person, np.random.default_rng(0), 1).pk
        return lock()

    monkeypatch.setattr(gallery, "state_lock", waits_for_a_worker)
    person.active = False
    person.save()
    newest = GalleryChange.objects.order_by("-version").first()
    assert newest is not None
    assert (newest.template_id, newest.action) == (added[0], ChangeAction.REMOVE)


def test_deleting_a_person_takes_everything_of_theirs(make_person: Callable[..., Person]) -> None:
    person, other = make_person(), make_person()
    rng = np.random.default_rng(0)
    _template(person, rng, 1)
    _template(other, rng, 2)
    with gallery.synced() as (faces, _):
        assert len(faces) == 2
    person.delete()
    with gallery.synced() as (faces, _):
        assert len(faces) == 1
        assert len(list(faces.person_templates(str(other.pk)))) == 1
