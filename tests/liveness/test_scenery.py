"""The room behind a face: it stays where it is, or it is in somebody's hands."""

from __future__ import annotations

import random
from dataclasses import replace

import cv2
import numpy as np
import pytest

from recognition.liveness import Observation, challenge, depth, observe, passive
from recognition.liveness.relief import Relief
from recognition.liveness.scenery import scenery
from recognition.types import Box, Face, Image
from tests.liveness.eyes import look
from tests.liveness.scenes import Camera, Person, head_of, slugs, ticks
from tests.liveness.screens import Shown

MARKS = np.array([[290, 220], [350, 220], [320, 250], [297, 285], [343, 285]], np.float32)


def _blotches(seed: int) -> Image:
    rng = np.random.default_rng(seed)
    made = sum(cv2.GaussianBlur(rng.normal(0, 1, (480, 640, 3)), (0, 0), s) * s * 40 for s in (6, 12))
    return np.asarray(np.clip(np.asarray(made) + 128, 0, 255), np.uint8)


def _seen(picture: Image, at: float, across: float) -> Observation:
    marks = MARKS + np.array([across, 0], np.float32)
    return observe(picture, Face(Box(float(265 + across), 170, 110, 150), marks, 0.99), at)


def test_a_room_that_is_shaken_with_the_face_was_carried() -> None:
    picture = _blotches(1)
    shaken = []
    for i in range(6):
        across = 4.0 * np.sin(1.9 * i)
        moved = cv2.warpAffine(picture, np.array([[1, 0, across], [0, 1, 0]]), (640, 480))
        shaken.append(_seen(np.asarray(moved, np.uint8), 0.1 * i, across))
    found = scenery(shaken)
    assert found.frames == 5
    assert found.carried > 0.3
    assert found.share > 0.5


def test_a_head_that_sways_leaves_the_room_where_it_is() -> None:
    room, face = _blotches(1), _blotches(2)
    y, x = np.mgrid[:480, :640]
    swaying = []
    for i in range(6):
        across = 8.0 * np.sin(1.9 * i)
        inside = (((x - 320 - across) / 70) ** 2 + ((y - 245) / 95) ** 2 < 1)[:, :, None]
        swaying.append(_seen(np.where(inside, face, room).astype(np.uint8), 0.1 * i, across))
    found = scenery(swaying)
    assert found.frames == 5
    assert found.carried < 0.05
    assert found.share < 0.05


def test_nothing_is_said_of_a_wall_without_anything_on_it() -> None:
    wall = np.full((480, 640, 3), 200, np.uint8)
    assert scenery([_seen(wall, 0.1 * i, 0.0) for i in range(6)]).frames == 0
    bare = [replace(_seen(_blotches(1), 0.1 * i, 0.0), scene=np.zeros((0, 0), np.uint8)) for i in range(4)]
    assert scenery(bare).frames == 0


def test_the_scene_is_kept_when_packed_but_not_by_a_challenge() -> None:
    one = _seen(_blotches(1), 0.0, 0.0)
    assert one.scene.shape == (90, 120)
    assert (Observation.unpack(one.pack()).scene == one.scene).all()
    assert depth.unpacked(depth.packed(one)).scene.size == 0


@pytest.mark.parametrize(
    ("cues", "is_screen"),
    [
        ({"grid": 1.5}, True),
        ({"carried": 0.5, "share": 0.4, "border": 1.0}, True),
        ({"carried": 0.5, "share": 0.4}, False),
        ({"border": 3.0}, False),
    ],
)
def test_a_grid_or_a_carried_room_with_an_edge_is_a_screen(cues: dict[str, float], is_screen: bool) -> None:
    plain = {"moire": 0.75, "grid": 0.8, "carried": 0.0, "share": 0.0, "border": 0.0}
    assert passive.screened(plain | cues, passive.THRESHOLDS) is is_screen
    lively = (
        plain
        | cues
        | {"motion": 0.2, "depth": 0.01, "ratio": 20.0, "texture": 8.0, "relief": -4.6, "clearness": 3.0}
    )
    found = passive._decided(lively, 1.0)
    assert (found.verdict is passive.Verdict.LIVE) is not is_screen


def test_a_grid_that_is_seen_twice_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = [1.58, 1.45, 0.83, 0.75, 0.74, 0.78]
    room = _blotches(1)
    seen = [replace(_seen(room, 0.1 * n, 0.0), cues={"moire": peak}) for n, peak in enumerate(peaks)]
    monkeypatch.setattr(passive, "relief", lambda observations, least: Relief())
    monkeypatch.setattr(passive, "_geometry", lambda distinct: {})
    found = passive.cues_of(seen)
    assert found["grid"] == 1.45
    assert found["moire"] < 1.05, "the mean of a visit says no such thing"
    assert passive.cues_of(seen[1:])["grid"] == 0.83, "once may be a striped shirt"


def test_nothing_that_keeps_perfectly_still_is_live() -> None:
    lively = {"motion": 0.03, "depth": 0.01, "ratio": 20.0, "texture": 8.0, "relief": -4.6, "clearness": 3.0}
    plain = {"moire": 0.75, "grid": 0.8, "carried": 0.0, "share": 0.0, "border": 0.0}
    assert passive._decided(plain | lively, 1.0).verdict is passive.Verdict.LIVE
    still = passive._decided(plain | lively | {"motion": 0.01}, 3.0)
    assert (still.verdict, still.codes) == (passive.Verdict.DOUBT, (passive.FLAT,))


@pytest.mark.parametrize(("kind", "seed"), [("looped clip", 1), ("replayed session", 1), ("screen", 2)])
def test_a_film_on_a_telephone_is_not_live(kind: str, seed: int) -> None:
    chance = random.Random(f"{kind} {seed}")
    eyes = chance.uniform(45, 110)
    head = head_of(slugs()[seed], 1 + seed % 5)
    step = Shown(kind, head, chance, Camera(chance), ticks(60, chance), eyes)
    kept: list[Observation] = []
    for _ in range(12):
        if (one := look(*step("straight"))) is not None:
            kept.append(one)
        if len(kept) > 5:
            assert passive.assess(kept).verdict is not passive.Verdict.LIVE
    assert len(kept) > 8
    assert passive.screened(passive.cues_of(kept), passive.THRESHOLDS)


def test_a_challenge_answered_by_a_screen_is_refused() -> None:
    """Whatever it shows: the right person, who does the right things in time."""
    chance = random.Random(1)
    camera, person, head = Camera(chance), Person(random.Random(1), 65), head_of(slugs()[1])
    state = challenge.begin(challenge.draw(chance), 0.0)
    for at in ticks(21, chance):
        one = look(at, camera.take(*head.seen(person.pose(at, state.prompt))), cues=False)
        if one is not None:
            state = challenge.advance(state, replace(one, cues={"moire": 1.6}))
        if state.verdict is not None:
            break
    assert (state.verdict, state.code, state.step) == ("refused", "challenge.flat", 0)
