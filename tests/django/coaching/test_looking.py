"""The coach on real pictures: one thing at a time, five varied shots, warnings, nothing half done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from faceroster.coaching import finishing, shots, tickets
from faceroster.coaching.models import EnrolmentTicket, Outcome
from faceroster.coaching.poses import Slot
from faceroster.core.errors import FaceRosterError
from faceroster.enrollment import services
from faceroster.enrollment.models import EnrollmentPhoto, PhotoStatus, Template
from faceroster.people.models import Person
from tests.support.coached import jpeg, poses_of

Look = Callable[[bytes], dict[str, Any]]
Follow = Callable[[int], dict[str, Any]]


def _image(data: bytes) -> Any:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return np.ascontiguousarray(image[:, :, ::-1])


def test_five_varied_shots_become_photos_and_the_person_is_known(
    follow: Follow, ticket: EnrolmentTicket, run_jobs: Callable[[], None], poses: dict[str, bytes]
) -> None:
    answer = follow(5)

    assert answer["state"] == "complete"
    assert answer["step"] is None
    assert answer["match"]["of"] == 5
    assert answer["match"]["found"] == 5
    assert answer["match"]["others"] == "apart"
    assert answer["match"]["percent"] > 50
    assert not EnrollmentPhoto.objects.exists()  # not before the end
    assert finishing.shots_store(ticket) == 5
    assert finishing.shots_store(ticket) == 5  # again: no more
    run_jobs()
    assert finishing.progress(ticket)["accepted"] == 5
    assert Template.objects.filter(person=ticket.person).count() == 5
    assert shots.load(ticket.pk).shots == []


def test_the_same_pose_again_is_asked_to_change(look: Look, follow: Follow, poses: dict[str, bytes]) -> None:
    follow(1)

    for _frame in range(3):
        answer = look(poses["straight"])
    assert (answer["code"], answer["step"], answer["taken"]) == ("coach.left", "left", None)
    answer = look(poses["right"])
    assert answer["code"] == "coach.left"  # the wrong way round is not taken either


def test_near_identical_frame_is_refused_though_its_pose_would_do(
    look: Look, follow: Follow, ticket: EnrolmentTicket, poses: dict[str, bytes]
) -> None:
    follow(2)
    state = shots.load(ticket.pk)
    state.order = [Slot.LEFT, *state.order]  # the left one is asked for once more
    shots.save(ticket.pk, state)

    answers = [look(poses["left"]) for _frame in range(3)]

    assert [answer["code"] for answer in answers[:2]] == ["coach.hold", "coach.vary"]
    assert len(shots.load(ticket.pk).shots) == 2


def test_a_shot_needs_a_face_held_still(look: Look, poses: dict[str, bytes]) -> None:
    first = look(poses["straight"])
    assert (first["code"], first["taken"]) == ("coach.hold", None)
    moved = jpeg(np.roll(_image(poses["straight"]), 60, axis=1))
    assert look(moved)["code"] == "coach.hold"
    assert look(moved)["code"] == "coach.taken"


def test_what_is_wrong_is_said_one_thing_at_a_time(look: Look, poses: dict[str, bytes]) -> None:
    image = _image(poses["straight"])
    small = np.full_like(image, 127)
    small[200:400, 300:566] = cv2.resize(image, (266, 200))
    beside = np.hstack([image[:, 200:600], image[:, 200:600]])
    said = {
        "empty": look(jpeg(np.full_like(image, 127)))["code"],
        "dark": look(jpeg((image * 0.2).astype(np.uint8)))["code"],
        "small": look(jpeg(small))["code"],
        "aside": look(jpeg(np.roll(image, 180, axis=1)))["code"],
        "two": look(jpeg(beside))["code"],
        "blurred": look(jpeg(cv2.GaussianBlur(image, (0, 0), 6)))["code"],
        "turned": look(poses["left"])["code"],
    }

    assert said == {
        "empty": "coach.look",
        "dark": "coach.lighter",
        "small": "coach.nearer",
        "aside": "coach.middle",
        "two": "coach.alone",
        "blurred": "coach.still",
        "turned": "coach.straight",
    }


def test_somebody_else_in_between_is_not_taken(look: Look, follow: Follow, demo_folder: Path) -> None:
    follow(1)
    other = poses_of(demo_folder / "strangers" / "oluwen-bakaride")

    answers = [look(other["left"]) for _frame in range(2)]

    assert answers[-1]["code"] == "coach.other_face"
    assert answers[-1]["taken"] is None


def test_too_few_shots_are_not_stored(
    follow: Follow, ticket: EnrolmentTicket, code_of: Callable[..., str]
) -> None:
    follow(2)
    for fewer in (False, True):
        assert code_of(partial(finishing.shots_store, ticket, fewer=fewer)) == "coaching.more_shots"

    follow(3)
    assert code_of(lambda: finishing.shots_store(ticket)) == "coaching.more_shots"
    assert finishing.shots_store(ticket, fewer=True) == 3


def test_cancel_leaves_nothing(
    follow: Follow, ticket: EnrolmentTicket, run_jobs: Callable[[], None], poses: dict[str, bytes]
) -> None:
    follow(2)
    assert shots.picture_get(ticket.pk, Slot.STRAIGHT) == poses["straight"]

    assert tickets.session_cancel(ticket) == 0
    assert shots.load(ticket.pk).shots == []
    assert all(shots.picture_get(ticket.pk, slot) is None for slot in Slot)


def test_cancel_after_storing_deletes_the_photos_of_this_session_alone(
    follow: Follow,
    ticket: EnrolmentTicket,
    run_jobs: Callable[[], None],
    person: Person,
) -> None:
    follow(5)
    finishing.shots_store(ticket)
    run_jobs()
    kept = ticket.photos.order_by("created_at").last()
    assert kept is not None
    ticket.photos.remove(kept)  # as if it had been there before

    assert tickets.session_cancel(ticket) == 4
    assert list(EnrollmentPhoto.objects.filter(person=person)) == [kept]
    assert Template.objects.filter(person=person).count() == 1
    ticket.refresh_from_db()
    assert ticket.outcome == Outcome.CANCELLED


def test_storing_fails_as_a_whole(
    follow: Follow, ticket: EnrolmentTicket, monkeypatch: Any, code_of: Callable[..., str]
) -> None:
    follow(3)
    real = services.photo_add
    calls: list[Any] = []

    def second_fails(**kwargs: Any) -> EnrollmentPhoto:
        calls.append(kwargs)
        if len(calls) == 2:
            raise FaceRosterError("image.broken", "broken")
        return real(**kwargs)

    monkeypatch.setattr(finishing, "photo_add", second_fails)
    assert code_of(lambda: finishing.shots_store(ticket, fewer=True)) == "image.broken"
    assert not EnrollmentPhoto.objects.exists()
    monkeypatch.setattr(finishing, "photo_add", real)
    assert finishing.shots_store(ticket, fewer=True) == 3  # the shots are still there


def test_duplicate_person_is_told_at_once_without_a_name_and_goes_to_the_review(
    look: Look,
    follow: Follow,
    ticket: EnrolmentTicket,
    make_person: Callable[..., Person],
    demo_folder: Path,
    run_jobs: Callable[[], None],
    poses: dict[str, bytes],
    code_of: Callable[..., str],
) -> None:
    from faceroster.enrollment.models import PhotoSource
    from faceroster.enrollment.services import photo_add

    twin = make_person(name="Known Already")
    for number in (1, 2, 3, 6):
        data = (demo_folder / "strangers" / "ellis-wintermoor" / f"{number}.jpg").read_bytes()
        photo_add(person=twin, data=data, source=PhotoSource.API)
    run_jobs()

    answers = [look(poses["straight"]) for _frame in range(2)]

    assert answers[-1]["state"] == "warning"
    assert answers[-1]["taken"] is None
    assert answers[-1]["warning"]["code"] == "coach.duplicate_person"
    assert "Known Already" not in str(answers[-1])
    assert look(poses["straight"])["state"] == "warning"  # until staff have answered
    assert code_of(lambda: finishing.shots_store(ticket, fewer=True)) == "coaching.warning_open"

    state = shots.load(ticket.pk)
    state.heard, state.warning = [state.warning], ""
    shots.save(ticket.pk, state)
    answer = follow(3)
    assert answer["match"]["others"] == "alike"
    finishing.shots_store(ticket, fewer=True)
    run_jobs()
    assert finishing.progress(ticket)["review"] == 3
    assert not Template.objects.filter(person=ticket.person).exists()
    assert ticket.photos.filter(status=PhotoStatus.REVIEW, similar_person=twin).count() == 3


def test_shots_in_the_cache_are_sealed(
    follow: Follow, ticket: EnrolmentTicket, poses: dict[str, bytes]
) -> None:
    from django.core.cache import cache

    follow(1)
    blob = cache.get(f"coach:{ticket.pk}:straight")
    assert blob is not None
    assert poses["straight"][:200] not in blob
    assert b"JFIF" not in blob
    assert b"vector" not in cache.get(f"coach:{ticket.pk}")
