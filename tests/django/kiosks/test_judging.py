"""The frames of one face together, in a gallery of vectors that are made up: no picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from faceroster import vision
from faceroster.kiosks import judging
from faceroster.kiosks.judging import Judged
from recognition.gallery import Gallery
from recognition.scoring import NearestTemplate
from recognition.types import Box

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MODEL = "net@1"
SIZE = (640, 480)
ADA, BO = np.eye(128, dtype=np.float32)[:2]
#: A cosine of .90 accepts, .91 does so clearly; frames of one human have .75 at least.
SCORER = NearestTemplate(accept=0.90, margin=0.01, verify=float(np.sqrt(2 - 2 * 0.75)))
Look = Callable[..., Judged]


def _like(direction: vision.Floats, cosine: float, away: int) -> vision.Floats:
    """A unit vector at this cosine to ``direction``; ``away`` numbers where the rest of it points."""
    vector = cosine * direction
    vector[10 + away] = np.sqrt(1 - cosine**2)
    return vector.astype(np.float32)


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch, freeze: Callable[[datetime], None]) -> Look:
    """``look(vector)``: the next frame, a fifth of a second later, shows this face at the same place."""
    known = Gallery(dimension=128, model=MODEL, scorer=SCORER)
    known.add([(1, "ada", ADA), (2, "bo", BO)])
    kiosk, frames = uuid4(), count()

    @contextmanager
    def synced(model: str) -> Iterator[tuple[Gallery, int]]:
        assert model == MODEL
        yield known, 7

    monkeypatch.setattr(judging.gallery, "synced", synced)
    monkeypatch.setattr(vision, "rotate", lambda vectors: vectors)

    def frame(vector: vision.Floats, quality: float = 0.8) -> Judged:
        freeze(START + timedelta(seconds=0.2 * next(frames)))
        face: Any = SimpleNamespace(
            embedding=SimpleNamespace(model=MODEL, vector=vector),
            face=SimpleNamespace(box=Box(200.0, 150.0, 120.0, 150.0)),
            quality=SimpleNamespace(score=quality),
        )
        return judging.judge(kiosk, face, SIZE)

    return frame


def test_a_clear_frame_is_enough(look: Look) -> None:
    judged = look(_like(ADA, 0.95, 0))
    assert (judged.found.person, judged.settled) == ("ada", True)
    assert (judged.score_kind, judged.gallery_version, judged.model) == ("nearest", 7, MODEL)


def test_a_narrow_frame_waits_for_a_second(look: Look) -> None:
    assert [look(_like(ADA, 0.902, n)).settled for n in (0, 1)] == [False, True]


def test_frames_that_say_little_alone_say_enough_together(look: Look) -> None:
    judged = [look(_like(ADA, 0.89, n)) for n in (0, 1, 2)]
    assert [one.found.person for one in judged] == [None, "ada", "ada"]
    assert judged[1].found.candidates[0].score > 0.92
    assert [one.settled for one in judged] == [False, False, True]


def test_frames_of_one_look_are_worth_no_more_than_one(look: Look) -> None:
    judged = [look(_like(ADA, 0.89, 0)) for _ in range(4)]
    assert [one.found.person for one in judged] == [None] * 4
    assert judged[-1].found.candidates[0].score == pytest.approx(0.89, abs=1e-5)


def test_a_lucky_frame_is_outweighed_by_the_others_of_the_same_stranger(look: Look) -> None:
    for _ in range(3):
        assert look(_like(ADA, 0.80, 0)).found.person is None
    lucky = look(_like(ADA, 0.95, 0))
    assert lucky.found.candidates[0].score < 0.90
    assert lucky.found.person is None


def test_lucky_frames_that_look_like_nobody_before_are_outvoted(look: Look) -> None:
    for _ in range(3):
        look(_like(ADA, 0.30, 0))
    judged = [look(_like(ADA, 0.97, n)) for n in (1, 2)]
    assert [(one.found.person, one.settled) for one in judged] == [("ada", False)] * 2


def test_whoever_steps_in_gets_nothing_of_the_one_before(look: Look) -> None:
    for n in range(3):
        assert look(_like(ADA, 0.95, n)).settled
    stranger = look(_like(ADA, 0.10, 5))
    assert (stranger.found.person, stranger.settled) == (None, False)
    judged = [look(_like(BO, 0.95, n)) for n in range(3)]
    assert [one.found.person for one in judged] == ["bo"] * 3
    assert [one.settled for one in judged] == [False, False, True]


@pytest.mark.parametrize(("quality", "person"), [(0.9, None), (0.1, "ada")])
def test_a_poor_frame_counts_less(quality: float, person: str | None, look: Look) -> None:
    look(_like(ADA, 0.80, 0), quality)
    assert look(_like(ADA, 0.93, 0), 0.9).found.person == person
