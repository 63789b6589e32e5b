"""The site's policy with the real networks: a film of somebody who moves, and a photo held still."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import cv2
import pytest

from faceroster import vision
from faceroster.enrollment import demo
from faceroster.kiosks.messages import State
from faceroster.kiosks.models import Decision, Kiosk
from faceroster.kiosks.services import Visit, visit_answer, visit_decide
from faceroster.people.models import Liveness, Person

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
#: Seconds between two frames, as the page sends them.
STEP = 0.2
Play = Callable[[Iterator[bytes]], list[Visit]]


@pytest.fixture
def play(kiosk: Kiosk, freeze: Callable[[datetime], None]) -> Play:
    """Frames, one after the other, until one is not asked for more looks."""
    assert kiosk.site is not None
    kiosk.site.liveness = Liveness.PASSIVE
    kiosk.site.save()

    def until_decided(frames: Iterator[bytes]) -> list[Visit]:
        visits = []
        for i, frame in enumerate(frames):
            now = START + timedelta(seconds=i * STEP)
            freeze(now)
            visits.append(visit_decide(kiosk=kiosk, frame=frame, received=now.timestamp()))
            if visits[-1].state not in (State.HOLD, State.UNSURE):
                break
        return visits

    return until_decided


def _clip(slug: str) -> Iterator[bytes]:
    """Every fourth frame of a demo clip of 20 frames a second."""
    film = cv2.VideoCapture(str(demo.FOLDER / "clips" / f"{slug}.webm"))
    number = 0
    while number < 15 / STEP:
        there, picture = film.read()
        if not there:
            return
        if number % round(20 * STEP) == 0:
            yield bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])
        number += 1


def _never_named(visits: list[Visit], person: Person) -> None:
    for visit in visits:
        assert person.name not in json.dumps(visit_answer(visit))


def test_a_film_of_somebody_who_moves_is_let_in_within_two_seconds(
    play: Play, enroll: Callable[..., list[Person]]
) -> None:
    number = [entry["slug"] for entry in demo.roster()["people"]].index("ari-lindqvale")
    [person] = enroll(number)
    *before, last = play(_clip("ari-lindqvale"))
    assert (last.state, last.person) == (State.ACCEPTED, person)
    assert len(before) * STEP <= 2.2
    assert {visit.state for visit in before} <= {State.HOLD, State.UNSURE}
    _never_named(before, person)
    report = Decision.objects.get().liveness
    assert (report["policy"], report["verdict"]) == ("passive", "live")
    assert {"depth", "texture"} <= set(report["cues"])


def test_a_photo_held_still_is_asked_to_move_and_nobody_is_named(
    play: Play, enroll: Callable[..., list[Person]], demo_photo: Callable[[int, int], bytes]
) -> None:
    [person] = enroll(0)
    visits = play(iter([demo_photo(0, 1)] * 20))
    last = visits[-1]
    assert last.state is State.CHALLENGE
    assert last.challenge is not None
    assert last.challenge["prompt"] == "straight"
    _never_named(visits, person)
    assert not Decision.objects.exists()


def test_a_real_challenge_travels_as_json() -> None:
    state = vision.challenge_begin(5.0)
    assert vision.challenge_progress(json.loads(json.dumps(state))) == ("straight", 0, None, None)
    plans = {tuple(vision.challenge_begin(5.0)["steps"]) for _ in range(40)}
    assert len(plans) > 3, "nobody can know what will be asked"
    assert vision.liveness_clear() > 0
