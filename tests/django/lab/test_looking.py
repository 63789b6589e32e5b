"""A picture in, its faces out: with a real worker, real models and people who do not exist."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.core.cache import cache
from django.test import Client
from PIL import Image, ImageFilter

from faceroster import jobs
from faceroster.attendance.models import Punch
from faceroster.core.errors import InvalidInput, Unavailable
from faceroster.enrollment.models import EnrollmentPhoto
from faceroster.enrollment.probes import probe_put
from faceroster.kiosks.models import Decision
from faceroster.lab import looking, services
from faceroster.people.models import Department, Person
from faceroster.trust.models import User
from recognition.errors import FaceError
from tests.django.conftest import Enrolled
from tests.django.lab.conftest import fragment, look, problem, upload
from tests.support import pictures
from tests.support.pictures import DemoPhoto


def _faces(answer: Any) -> list[str]:
    """What is decided on each face, the main one first."""
    return fragment(answer).all("article", "data-decision")


def test_people_and_strangers(
    recogniser: None,
    staff_client: Client,
    enrolled: Enrolled,
    demo_photo: DemoPhoto,
    stranger_photo: DemoPhoto,
) -> None:
    ada, bo = enrolled(0, name="Ada Present"), enrolled(1, name="Bo Present")
    photos = EnrollmentPhoto.objects.count()
    answer = look(staff_client, demo_photo(0, 5))
    assert answer["Cache-Control"] == "private, no-store"
    seen = fragment(answer)
    assert _faces(answer) == ["accepted"]
    assert seen.text.index(ada.name) < seen.text.index(bo.name), "nearest first"
    assert ada.department.name in seen.text
    assert "times likelier this person than a stranger" in seen.text
    assert "Good enough to enroll" in seen.text

    stranger = look(staff_client, stranger_photo(0, 1))
    assert _faces(stranger) == ["unknown"]
    assert "Nobody on the roster" in fragment(stranger).text
    assert ada.name in fragment(stranger).text, "whom they resemble is shown, and that it is not enough"
    # Looking leaves nothing behind.
    assert EnrollmentPhoto.objects.count() == photos
    assert not Decision.objects.exists()
    assert not Punch.objects.exists()


def test_boxes_and_landmarks_lie_on_the_picture_as_it_is_shown(
    recogniser: None, staff_client: Client, demo_photo: DemoPhoto
) -> None:
    photo = Image.open(io.BytesIO(demo_photo(0, 1))).convert("RGB")
    canvas = Image.new("RGB", (4 * photo.width, 2 * photo.height), "grey")
    canvas.paste(photo, (3 * photo.width, photo.height))  # in its last quarter
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down: what the camera held so comes upright to the eye
    turned = io.BytesIO()
    canvas.rotate(180).save(turned, "JPEG", quality=92, exif=exif)
    for data in (pictures.jpeg(canvas), turned.getvalue()):
        seen = fragment(look(staff_client, data))
        width, height = map(float, seen.all("svg", "viewbox")[0].split()[2:])
        assert width / height == pytest.approx(canvas.width / canvas.height, rel=0.01)
        (x, *_), (y, *_) = ([float(value) for value in seen.all("rect", axis)] for axis in "xy")
        assert x / width > 0.75
        assert y / height > 0.5
        marks = seen.all("path", "data-landmark")
        assert marks == ["left eye", "right eye", "nose", "mouth left", "mouth right"]


def test_several_faces_are_all_shown(
    recogniser: None, staff_client: Client, enrolled: Enrolled, demo_photo: DemoPhoto
) -> None:
    people = [enrolled(i, name=f"Person {i}") for i in range(2)]
    answer = look(staff_client, pictures.three_faces(demo_photo))
    assert sorted(_faces(answer)) == ["accepted", "accepted", "unknown"]
    seen = fragment(answer)
    assert "3 faces" in seen.text
    assert seen.all("a", "data-face") == ["1", "2", "3"]
    assert all(person.name in seen.text for person in people)


def test_a_poor_face_is_shown_with_its_reasons_and_not_judged(
    recogniser: None, staff_client: Client, enrolled: Enrolled, demo_photo: DemoPhoto
) -> None:
    enrolled(0, name="Ada Present")
    for pixels, said in ((34, "Fine for a kiosk, not to enroll"), (22, "Not judged")):
        small = fragment(look(staff_client, pictures.tiny_face(demo_photo, pixels)))
        assert "face.too_small" in small.text
        assert " pixels " in small.text, "how small, in figures"
        assert said in small.text
    photo = Image.open(io.BytesIO(demo_photo(0, 5))).convert("RGB")
    soft = fragment(look(staff_client, pictures.jpeg(photo.filter(ImageFilter.GaussianBlur(6)))))
    assert "face.blurred" in soft.text


def test_no_face_is_said_in_words(recogniser: None, staff_client: Client) -> None:
    code, said = problem(look(staff_client, pictures.no_face()), 400)
    assert code == "face.not_found"
    assert "No face was found" in said


@pytest.mark.django_db
@pytest.mark.parametrize(("make", "code"), [row[1:] for row in pictures.UNREADABLE], ids=lambda _: "")
def test_unreadable_pictures_reach_no_worker(
    make: Callable[[], bytes], code: str, staff_client: Client
) -> None:
    # There is no worker in this test: whoever asked one would wait for it in vain.
    assert problem(look(staff_client, make()), 400)[0] == code


@pytest.mark.django_db
def test_what_is_no_picture_at_all(staff_client: Client) -> None:
    assert problem(staff_client.post("/lab/look/"), 400)[0] == "photo.missing"
    assert problem(staff_client.post("/lab/look/", {"picture": "text"}), 400)[0] == "photo.missing"


@pytest.mark.django_db
def test_large_files_are_refused_and_none_touches_the_disk(staff_client: Client) -> None:
    def forbidden(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a picture must not lie on the disk unsealed")

    with mock.patch.object(tempfile, "NamedTemporaryFile", forbidden):
        large = staff_client.post("/lab/look/", {"picture": upload(bytes(17 * 1024 * 1024))})
        assert problem(large, 413)[0] == "request.too_large"
        above = staff_client.post("/lab/look/", {"picture": upload(bytes(15 * 1024 * 1024 + 1))})
        assert problem(above, 400)[0] == "image.too_large"
        # Two that may come are more than Django would keep in memory by itself.
        both = {name: upload(bytes(14 * 1024 * 1024)) for name in ("first", "second")}
        assert problem(staff_client.post("/lab/compare/these/", both), 400)[0] == "image.not_an_image"


def test_a_manager_would_be_told_of_their_own_department_only(
    recogniser: None,
    manager_user: User,
    staff_user: User,
    enrolled: Enrolled,
    department: Department,
    demo_photo: DemoPhoto,
) -> None:
    """Managers have no right to the lab as it is. If they are given it, they still see only their own."""
    mine, theirs = enrolled(0, department=department), enrolled(1)
    picture = services.picture_checked(demo_photo(1, 5))

    def shown(user: User) -> tuple[str, Person | None, list[Person]]:
        with mock.patch.object(looking, "may", return_value=True):
            answer = looking.picture_look(probe_id=probe_put(picture.data), user_id=user.pk)
        assert (str(theirs.pk) in str(answer)) is user.sees_everyone
        with mock.patch.object(jobs, "ask", return_value=answer):
            [face] = services.picture_look(user=user, picture=picture).picture.faces
        return face.decision, face.person, [candidate.person for candidate in face.candidates]  # type: ignore[attr-defined]

    assert shown(staff_user) == ("accepted", theirs, [theirs, mine])
    assert shown(manager_user) == ("unknown", None, [mine])


@pytest.mark.django_db
def test_names_are_looked_up_again_when_the_answer_comes(
    manager_user: User, person: Person, make_person: Callable[..., Person], demo_photo: DemoPhoto
) -> None:
    """Whatever a worker says: who is out of sight, or was deleted meanwhile, is in no answer."""
    stranger, gone = make_person(name="Out Of Sight"), "00000000-0000-4000-8000-000000000000"
    face = {
        "box": [1, 1, 9, 9], "landmarks": [[1, 1]] * 5, "confidence": 1, "quality": 1, "main": True,
        "reasons": [], "decision": "accepted", "person": str(stranger.pk), "score_kind": "llr",
        "threshold": 3.0, "candidates": [
            {"person": str(pk), "score": 9.0, "nearest": 0.99, "templates": 1}
            for pk in (stranger.pk, gone, person.pk)
        ],
    }  # fmt: skip
    picture = services.picture_checked(demo_photo(0, 1))
    with mock.patch.object(jobs, "ask", return_value={"faces": [face], "model": "m@1"}):
        [seen] = services.picture_look(user=manager_user, picture=picture).picture.faces
    assert (seen.decision, seen.person) == ("unknown", None)  # type: ignore[attr-defined]
    assert [candidate.person for candidate in seen.candidates] == [person]  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_nothing_stays_when_no_worker_comes(staff_client: Client, demo_photo: DemoPhoto) -> None:
    kept: list[str] = []

    def nobody(task: str, probe_id: str, *args: Any, **kwargs: Any) -> Any:
        sealed = cache.get(f"probe:{probe_id}")
        assert sealed
        assert b"JFIF" not in sealed, "in the clear"
        kept.append(probe_id)
        raise Unavailable("worker.timeout", "The recogniser is busy. Please try again in a moment.")

    with mock.patch.object(jobs, "call", nobody):
        code, said = problem(look(staff_client, demo_photo(0, 1)), 503)
    assert (code, "Try again" in said) == ("worker.timeout", True)
    assert cache.get(f"probe:{kept[0]}") is None


@pytest.mark.django_db
def test_one_user_cannot_keep_the_workers_busy(
    staff_client: Client, demo_photo: DemoPhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "LOOKS_A_MINUTE", 1)
    answer = {"faces": [], "model": "m@1"}
    with mock.patch.object(jobs, "ask", return_value=answer) as asked:
        assert look(staff_client, demo_photo(0, 1)).status_code == 200
        assert problem(look(staff_client, demo_photo(0, 1)), 429)[0] == "lab.too_many"
    assert asked.call_count == 1


def test_a_crowd_far_away_is_not_told_that_one_is_too_many() -> None:
    engine = mock.Mock()
    engine.analyse.return_value = [[]]
    engine.analyse_photo.side_effect = FaceError("There are 5 faces", code="face.several")
    with pytest.raises(InvalidInput, match="too small") as refused:
        looking._faces(mock.Mock(), engine)
    assert refused.value.code == "face.too_small"
