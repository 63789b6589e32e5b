"""Verify and identify, with a real worker, real models and people who do not exist."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from faceroster.attendance.models import Punch
from faceroster.enrollment import demo
from faceroster.kiosks.models import Decision
from faceroster.people.models import Department, Person
from faceroster.trust.models import Scope, User
from recognition import cli
from recognition.commands.server import TOKEN
from tests.django.api.conftest import Caller
from tests.django.api.test_problems import assert_problem
from tests.django.conftest import Enrolled
from tests.support import pictures
from tests.support.pictures import DemoPhoto

VERIFY, PAIR, IDENTIFY = (f"/api/v1/faces/{name}/" for name in ("verify", "verify-pair", "identify"))


@pytest.fixture
def recogniser(worker: None, staff: Client) -> None:
    """The worker, its models loaded: it may answer for other work before."""
    for _ in range(20):
        answer = staff.post(IDENTIFY, {"image": _file(pictures.no_face())})
        if answer.status_code != 503:
            return
    pytest.fail(f"the recogniser never answered: {answer.content!r}")


def _file(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("probe.jpg", data, "image/jpeg")


def _json(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    return answer.json()


def _identify(client: Client, data: bytes, **form: Any) -> Any:
    return _json(client.post(IDENTIFY, {"image": _file(data), **form}))


def test_verify_and_identify_people_and_strangers(
    recogniser: None,
    staff: Client,
    enrolled: Enrolled,
    demo_photo: DemoPhoto,
    stranger_photo: DemoPhoto,
) -> None:
    ada, bo = enrolled(0), enrolled(1)
    found = _identify(staff, demo_photo(0, 5))
    assert found["decision"] == "accepted"
    assert found["person"] == {
        "id": str(ada.pk),
        "employee_number": ada.employee_number,
        "name": ada.name,
    }
    first, second = found["candidates"]
    assert (first["person"], second["person"]["id"]) == (found["person"], str(bo.pk))
    assert first["score"] >= found["threshold"] > second["score"]
    assert first["score"] - second["score"] >= found["margin"]
    assert [face["main"] for face in found["faces"]] == [True]

    stranger = _identify(staff, stranger_photo(0, 1), candidates=1)
    assert (stranger["decision"], stranger["person"]) == ("unknown", None)
    assert len(stranger["candidates"]) == 1
    assert stranger["candidates"][0]["score"] < stranger["threshold"]

    def verify(person: Person, data: bytes) -> Any:
        return _json(staff.post(VERIFY, {"image": _file(data), "person": str(person.pk)}))

    same, other, unknown = (
        verify(ada, demo_photo(0, 5)),
        verify(bo, demo_photo(0, 5)),
        verify(ada, stranger_photo(0, 1)),
    )
    assert (same["same"], other["same"], unknown["same"]) == (True, False, False)
    assert same["score"] >= same["threshold"] > max(other["score"], unknown["score"])
    assert same["score"] == pytest.approx(first["score"], abs=1e-4), "one score, one to one and to many"
    assert same["score_kind"] == found["score_kind"] == "llr"
    assert same["similarity"] == pytest.approx(1 - same["distance"] ** 2 / 2, abs=1e-4)
    assert same["similarity"] == pytest.approx(first["nearest"], abs=1e-4)
    assert same["person"]["id"] == str(ada.pk)
    assert same["templates"] == ada.templates.count()
    # Asking leaves nothing behind.
    assert not Decision.objects.exists()
    assert not Punch.objects.exists()


def test_the_command_line_watches_with_the_people_of_a_running_server(
    recogniser: None,
    enrolled: Enrolled,
    staff_user: User,
    api_token: Callable[..., str],
    live_server: Any,
    demo_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = [Path(one["photos"][0]).parent.name for one in demo.roster()["people"]]
    person = enrolled(names.index("ari-lindqvale"))
    clip = str(demo_folder / "clips" / "ari-lindqvale.webm")
    arguments = ["watch", clip, "--gallery", live_server.url, "--json", "--quiet"]
    monkeypatch.setenv(TOKEN, api_token(staff_user, Scope.FACES_IDENTIFY))
    assert cli.main(arguments) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["came", "stayed", "summary"]
    assert events[0]["person"] == f"{person.name} ({person.employee_number})"
    for token, code in (
        (api_token(staff_user, Scope.PEOPLE_READ), "gallery.forbidden"),
        ("frt_unknown", "gallery.bad_token"),
    ):
        monkeypatch.setenv(TOKEN, token)
        assert cli.main(arguments) == 2
        out, err = capsys.readouterr()
        assert err.startswith(f"error {code}: ")
        assert token not in out + err


def test_a_pair_needs_no_roster(
    recogniser: None, staff: Client, demo_photo: DemoPhoto, stranger_photo: DemoPhoto
) -> None:
    def pair(first: bytes, second: bytes) -> Any:
        return staff.post(PAIR, {"first": _file(first), "second": _file(second)})

    same = _json(pair(demo_photo(0, 1), demo_photo(0, 2)))
    assert same["same"] is True
    assert _json(pair(demo_photo(0, 1), stranger_photo(0, 1)))["same"] is False
    assert [len(image["faces"]) for image in same["images"]] == [1, 1]
    problem = assert_problem(pair(demo_photo(0, 1), pictures.no_face()), 400, "face.not_found")
    assert problem["detail"].startswith("The second picture: ")


def test_a_manager_is_told_of_their_own_department_only(
    recogniser: None,
    staff: Client,
    manager: Client,
    enrolled: Enrolled,
    department: Department,
    demo_photo: DemoPhoto,
) -> None:
    mine, theirs = enrolled(0, department=department), enrolled(1)
    own = _identify(manager, demo_photo(0, 5))
    assert (own["decision"], own["person"]["id"]) == ("accepted", str(mine.pk))
    other = _identify(manager, demo_photo(1, 5))
    assert (other["decision"], other["person"]) == ("unknown", None)
    for answer in (own, other):
        assert [candidate["person"]["id"] for candidate in answer["candidates"]] == [str(mine.pk)]
        assert str(theirs.pk) not in str(answer)
    assert _identify(staff, demo_photo(1, 5))["person"]["id"] == str(theirs.pk)


def test_who_has_left_is_not_known_any_more(
    recogniser: None,
    staff: Client,
    enrolled: Enrolled,
    make_person: Callable[..., Person],
    demo_photo: DemoPhoto,
) -> None:
    ada = enrolled(0)
    assert _identify(staff, demo_photo(0, 5))["decision"] == "accepted"
    staff.patch(f"/api/v1/people/{ada.pk}/", {"active": False}, content_type="application/json")
    gone = _identify(staff, demo_photo(0, 5))
    assert (gone["decision"], gone["candidates"]) == ("unknown", [])
    for person in (ada, make_person()):
        answer = staff.post(VERIFY, {"image": _file(demo_photo(0, 5)), "person": str(person.pk)})
        assert_problem(answer, 409, "person.not_enrolled")


def test_boxes_are_in_pixels_of_the_picture_as_it_was_sent(
    recogniser: None, staff: Client, demo_photo: DemoPhoto
) -> None:
    photo = Image.open(io.BytesIO(demo_photo(0, 1))).convert("RGB")
    large = photo.resize((photo.width * 5, photo.height * 5), Image.Resampling.BICUBIC)
    small_box, large_box = (
        _identify(staff, pictures.jpeg(picture))["faces"][0]["box"] for picture in (photo, large)
    )
    assert large_box == pytest.approx([5 * side for side in small_box], rel=0.12)


def test_the_body_may_be_the_picture(recogniser: None, staff: Client, demo_photo: DemoPhoto) -> None:
    answer = staff.post(IDENTIFY, demo_photo(0, 1), content_type="image/jpeg")
    assert _json(answer)["decision"] == "unknown"


def test_pictures_without_a_usable_face(recogniser: None, staff: Client, demo_photo: DemoPhoto) -> None:
    for make, code in (
        (pictures.no_face, "face.not_found"),
        (lambda: pictures.tiny_face(demo_photo), "face.too_small"),
    ):
        problem = assert_problem(staff.post(IDENTIFY, {"image": _file(make())}), 400, code)
        assert problem["detail"].endswith(".")


def test_several_faces_are_all_shown_and_one_of_them_is_meant(
    recogniser: None, staff: Client, enrolled: Enrolled, demo_photo: DemoPhoto
) -> None:
    middle = enrolled(1)
    found = _identify(staff, pictures.three_faces(demo_photo))
    assert [face["main"] for face in found["faces"]] == [True, False, False]
    assert found["person"]["id"] == str(middle.pk), "of three equally near the one in the middle"


@pytest.mark.django_db
@pytest.mark.parametrize("url", [VERIFY, PAIR, IDENTIFY])
@pytest.mark.parametrize(("make", "code"), [row[1:] for row in pictures.UNREADABLE], ids=lambda _: "")
def test_unreadable_pictures_reach_no_worker(
    url: str, make: Callable[[], bytes], code: str, staff: Client, person: Person
) -> None:
    # There is no worker in this test: whoever asked one would wait for it in vain.
    form = {"image": _file(make()), "first": _file(make()), "second": _file(make()), "person": str(person.pk)}
    assert_problem(staff.post(url, form), 400, code)


@pytest.mark.parametrize("candidates", ["0", "21", "many"])
def test_how_many_candidates(candidates: str, staff: Client) -> None:
    answer = staff.post(IDENTIFY, {"image": _file(b"x"), "candidates": candidates})
    problem = assert_problem(answer, 400, "input.invalid")
    assert [error["pointer"] for error in problem["errors"]] == ["#/candidates"]


def test_a_token_without_the_scope_asks_no_worker(caller: Caller, staff_user: Any) -> None:
    client = caller(staff_user, "faces:verify")
    assert_problem(client.post(IDENTIFY, {"image": _file(pictures.no_face())}), 403, "auth.forbidden")
