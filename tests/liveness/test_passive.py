"""The verdict over a visit: what is never live, what asks for more, and what the score does."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition.errors import ModelError
from recognition.liveness import Observation, observe, passive
from recognition.liveness.passive import Verdict, assess
from recognition.liveness.relief import relief
from recognition.types import Box, Face, Floats, Image

MARKS = np.array([[270, 200], [370, 200], [320, 260], [282, 315], [358, 315]], np.float32)
LIVELY = {"texture": 6.0, "moire": 0.6, "glare": 0.0, "colour": 8.0, "border": 0.0}
PAPER = {"texture": -6.0, "moire": 1.2, "glare": 0.0, "colour": 2.0, "border": 3.0}


def _picture(rng: np.random.Generator) -> Image:
    """Blotches of every size, so that any point can be followed."""
    picture = sum(cv2.GaussianBlur(rng.normal(0, 1, (480, 640, 3)), (0, 0), s) * s * 40 for s in (2, 4, 8))
    return np.asarray(np.clip(np.asarray(picture) + 128, 0, 255), np.uint8)


def _bulge(picture: Image, turn: float) -> Image:
    """As a head turns: what is near the nose goes further than the plane of the rest."""
    y, x = np.mgrid[:480, :640].astype(np.float32)
    depth = np.exp(-(((x - 320) / 60) ** 2 + ((y - 255) / 75) ** 2))
    return np.asarray(
        cv2.remap(picture, (x - turn * depth).astype(np.float32), y, cv2.INTER_LINEAR), np.uint8
    )


def _seen(picture: Image, at: float, marks: Floats, cues: dict[str, float], seed: int) -> Observation:
    noisy = picture + np.random.default_rng(seed).normal(0, 1.5, picture.shape)
    x, y = marks.mean(axis=0)
    face = Face(Box(float(x) - 80, float(y) - 105, 160, 210), marks.astype(np.float32), 0.99)
    return observe(np.asarray(np.clip(noisy, 0, 255), np.uint8), face, at, cues)


def _flat(count: int = 8, cues: dict[str, float] | None = None) -> list[Observation]:
    """A picture that is moved and tilted before the camera."""
    return [replace(one, cues=cues or LIVELY) for one in _flat_frames()[:count]]


def _head(count: int = 8, cues: dict[str, float] | None = None) -> list[Observation]:
    """A head that turns to and fro."""
    return [replace(one, cues=cues or LIVELY) for one in _head_frames()[:count]]


@cache
def _flat_frames() -> list[Observation]:
    picture = _picture(np.random.default_rng(1))
    found = []
    for i in range(24):
        matrix = np.array([[1, 0.004 * i, 3.0 * i], [0.002 * i, 1, -2.0 * i], [2e-5 * i, 1e-5 * i, 1]])
        marks = np.asarray(cv2.perspectiveTransform(MARKS[:, None], matrix)[:, 0], np.float32)
        moved = np.asarray(cv2.warpPerspective(picture, matrix, (640, 480)), np.uint8)
        found.append(_seen(moved, 0.12 * i, marks, {}, i))
    return found


@cache
def _head_frames() -> list[Observation]:
    picture = _picture(np.random.default_rng(1))
    return [_seen(_bulge(picture, 9 * np.sin(0.5 * i)), 0.12 * i, MARKS, {}, i) for i in range(20)]


def test_a_head_has_relief_and_a_moved_picture_has_none() -> None:
    head, flat = relief(_head()), relief(_flat())
    assert head.frames == flat.frames == 7
    assert head.depth > 5 * flat.depth
    assert head.ratio > 10
    assert flat.depth < passive.THRESHOLDS.depth < head.depth


def test_too_few_frames_have_no_relief() -> None:
    assert relief(_head(2)).depth == 0.0


def test_a_picture_takes_its_surroundings_along_and_a_head_leaves_them() -> None:
    rng = np.random.default_rng(3)
    room, face = _picture(rng), _picture(rng)
    y, x = np.mgrid[:480, :640]
    head = ((((x - 320) / 80) ** 2 + ((y - 255) / 110) ** 2) < 1)[:, :, None]
    walked = []
    for i in range(6):
        shift = np.array([[1, 0, 6.0 * i], [0, 1, 0]])
        mask = cv2.warpAffine(head.astype(np.uint8), shift, (640, 480))[:, :, None]
        scene = np.where(mask > 0, cv2.warpAffine(face, shift, (640, 480)), room)
        walked.append(_seen(np.asarray(scene, np.uint8), 0.1 * i, MARKS + np.array([6.0 * i, 0]), LIVELY, i))
    assert relief(walked).attached < 0.25
    assert relief(_flat()).attached > 0.75


def test_a_head_that_looks_like_skin_is_live_within_a_second() -> None:
    found = assess(_head())
    assert found.verdict is Verdict.LIVE
    assert found.codes == ()
    assert found.score >= passive.THRESHOLDS.live


def test_a_flat_thing_is_never_live_however_much_like_skin_it_looks() -> None:
    for count in (5, 8, 14, 24):
        found = assess(_flat(count))
        assert found.verdict is not Verdict.LIVE
        assert passive.FLAT in found.codes


def test_paper_is_not_live_however_it_is_bent() -> None:
    found = assess(_head(20, PAPER))
    assert found.verdict is not Verdict.LIVE
    assert passive.REPRODUCED in found.codes


def test_a_still_picture_with_a_sensors_noise_is_not_live() -> None:
    picture = _picture(np.random.default_rng(1))
    still = [_seen(picture, 0.12 * i, MARKS, LIVELY, i) for i in range(20)]
    assert assess(still).verdict is not Verdict.LIVE


@pytest.mark.parametrize("count", [1, 2, 3])
def test_with_few_frames_it_asks_for_more(count: int) -> None:
    found = assess(_head(count))
    assert (found.verdict, found.codes) == (Verdict.DOUBT, (passive.MORE,))


def test_nothing_at_all_asks_for_more() -> None:
    assert assess([]).codes == (passive.MORE,)


def test_after_two_seconds_it_asks_for_no_more() -> None:
    slow = [replace(one, at=1.0 * i) for i, one in enumerate(_head(3))]
    assert passive.MORE not in assess(slow).codes
    assert passive.MORE not in assess(_flat(18)).codes


def test_a_camera_that_shows_one_picture_for_ever_is_frozen() -> None:
    first = _head(1)[0]
    found = assess([replace(first, at=0.1 * i) for i in range(20)])
    assert (found.verdict, found.codes) == (Verdict.NOT_LIVE, (passive.FROZEN,))


def test_a_clip_that_begins_again_is_looped() -> None:
    once = _head(5)
    again = [replace(one, at=0.6 + one.at) for one in once]
    found = assess(once + again)
    assert (found.verdict, found.codes) == (Verdict.NOT_LIVE, (passive.LOOPED,))


def test_a_page_that_asks_faster_than_its_camera_films_is_no_loop() -> None:
    twice = [replace(one, at=one.at + late) for one in _head() for late in (0.0, 0.05)]
    assert assess(twice).verdict is Verdict.LIVE


def test_only_the_newest_seconds_count() -> None:
    old = [replace(one, at=one.at - 10) for one in _flat(8, PAPER)]
    assert assess(old + _head()).score == pytest.approx(assess(_head()).score)


def test_frames_without_cues_of_their_own_can_be_judged() -> None:
    bare = [replace(one, cues={}) for one in _head()]
    assert np.isfinite(assess(bare).score)


def test_packed_observations_give_the_same_verdict() -> None:
    seen = _head()
    again = [Observation.unpack(one.pack()) for one in seen]
    assert assess(again) == assess(seen)


def test_every_cue_pulls_the_way_its_meaning_says() -> None:
    signs = {"texture": 1, "relief": 1, "clearness": 1, "planarity": 1}
    signs |= {"border": -1, "attached": -1, "moire": -1}
    weights = passive.model().weights
    assert set(weights) <= set(signs)
    assert all(weight * signs[name] >= 0 for name, (_, _, weight) in weights.items())
    assert weights["texture"][2] > 0
    assert weights["relief"][2] > 0


def test_the_thresholds_are_in_order() -> None:
    limits = passive.THRESHOLDS
    assert limits.not_live < limits.live < limits.clear


def test_a_broken_file_is_told_with_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "passive.json"
    broken.write_text(json.dumps({"bias": 1}))
    monkeypatch.setattr(passive, "FILE", broken)
    passive.model.cache_clear()
    with pytest.raises(ModelError) as error:
        passive.model()
    assert error.value.code == "model.invalid"
    passive.model.cache_clear()
