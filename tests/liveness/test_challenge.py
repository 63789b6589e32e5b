"""The challenge as a machine over time, on faces of five points, and with heads before the real detector."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from recognition.liveness import Observation, challenge, depth, observe
from recognition.liveness.challenge import Plan, State, Step
from recognition.types import Box, Face
from tests.liveness.eyes import look
from tests.liveness.scenes import Camera, Person, Photo, head_of, printed, slugs, ticks

PLAN = Plan((Step.LEFT, Step.RIGHT, Step.NEARER), (0.3, 0.3, 0.3), (0.2, 0.2, 0.2))
_NOISE = np.random.default_rng(3).integers(0, 255, (480, 640, 3), dtype=np.uint8)


def face(at: float, turn: float = 0.0, size: float = 1.0) -> Observation:
    """Five points with the nose ``turn`` eye distances to the right of the middle."""
    points = np.array([[-40, -30], [40, -30], [80 * turn, 10], [-30, 50], [30, 50]], np.float32) * size
    points += np.array([320, 240], np.float32)
    box = Box(320 - 80 * size, 240 - 90 * size, 160 * size, 180 * size)
    return observe(_NOISE, Face(box, points.astype(np.float32), 0.99), at)


@pytest.fixture(autouse=True)
def _depth_is_elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "whole" not in request.keywords:
        monkeypatch.setattr(challenge, "has_depth", lambda observations: True)


def asked(state: State, at: float = 0.0) -> tuple[State, float]:
    """Straight until the next step is asked for."""
    before = state.step
    while state.prompt == "straight" and state.verdict is None:
        state, at = challenge.advance(state, face(at)), at + 0.1
        assert at < 60
    assert state.step == before
    return state, at - 0.1


def moved(state: State, at: float, seconds: float, **movement: float) -> tuple[State, float]:
    until = at + seconds
    while at < until and state.verdict is None:
        at += 0.1
        state = challenge.advance(state, face(at, **movement))
    return state, at


_DONE = {Step.LEFT: {"turn": 0.2}, Step.RIGHT: {"turn": -0.2}, Step.NEARER: {"size": 1.3}}


def answered(state: State, at: float, *, wait: float = 0.4) -> tuple[State, float]:
    state, at = asked(state, at)
    movement = _DONE[Step(state.prompt)]
    state, at = moved(state, at, wait)
    state, at = moved(state, at, 0.5, **movement)
    return moved(state, at, 0.2)


def test_three_steps_in_their_order_pass() -> None:
    state, at = challenge.begin(PLAN, 0.0), 0.0
    for step in range(3):
        assert state.step == step
        state, at = answered(state, at)
        state = State.from_dict(json.loads(json.dumps(state.to_dict())))  # as a session keeps it
    assert (state.verdict, state.code) == ("passed", None)
    assert challenge.advance(state, face(at + 0.1)) is state


@pytest.mark.parametrize(
    ("movement", "code"),
    [
        ({"turn": -0.2}, "challenge.wrong_step"),
        ({"size": 1.3}, "challenge.wrong_step"),
        ({"size": 0.7}, "challenge.wrong_step"),
        ({"turn": 0.05}, "challenge.too_late"),
    ],
)
def test_another_movement_is_no_answer(movement: dict[str, float], code: str) -> None:
    state, at = asked(challenge.begin(PLAN, 0.0))
    assert state.prompt == "left"
    state, at = moved(state, at, 0.4)
    state, _ = moved(state, at, 3.0, **movement)
    assert (state.verdict, state.code) == ("refused", code)


def test_an_answer_in_no_time_was_none() -> None:
    state, at = asked(challenge.begin(PLAN, 0.0))
    state = challenge.advance(state, face(at + 0.15, turn=0.2))
    assert state.code == "challenge.too_early"


def test_after_the_first_step_a_turn_before_it_is_asked_for_is_a_film() -> None:
    state, at = answered(challenge.begin(PLAN, 0.0), 0.0)
    assert (state.step, state.prompt) == (1, "straight")
    state = challenge.advance(state, face(at + 0.1))
    state = challenge.advance(state, face(at + 0.2, turn=-0.2))
    assert state.code == "challenge.too_early"


def test_who_goes_back_before_being_asked_is_asked_still() -> None:
    state, at = asked(challenge.begin(PLAN, 0.0))
    state, at = moved(state, at, 0.4)
    state = challenge.advance(state, face(at + 0.1, turn=0.2))
    state = challenge.advance(state, face(at + 0.2))
    assert (state.step, state.prompt, state.verdict) == (0, "left", None)


def test_who_does_not_come_back_is_refused() -> None:
    state, at = asked(challenge.begin(PLAN, 0.0))
    state, at = moved(state, at, 0.4)
    state, _ = moved(state, at, 4.0, turn=0.2)
    assert state.code == "challenge.not_neutral"


def test_its_time_ends() -> None:
    state, at = asked(challenge.begin(PLAN, 0.0))
    assert challenge.advance(state, face(20.1)).code == "challenge.expired"
    far = challenge.begin(PLAN, 0.0)
    for at in np.arange(0.0, 20.7, 0.5):
        far = challenge.advance(far, face(float(at), size=0.3))
    assert far.code == "challenge.too_far"


def test_a_turn_without_depth_is_flat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenge, "has_depth", lambda observations: False)
    state, _ = answered(challenge.begin(PLAN, 0.0), 0.0)
    assert state.code == "challenge.flat"


def test_what_is_drawn_cannot_be_known() -> None:
    plans = {challenge.draw(random.Random(seed)) for seed in range(500)}
    assert len({plan.steps for plan in plans}) == 30
    for plan in plans:
        assert sum(step in challenge.TURNS for step in plan.steps) >= 2
        assert len(set(plan.steps)) > 1
    assert len({plan.dwell for plan in plans} | {plan.hold for plan in plans}) == 1000


def test_an_order_that_was_filmed_is_not_drawn_again() -> None:
    every = {challenge.draw(random.Random(seed)).steps for seed in range(500)}
    filmed = sorted(every)[:10]
    drawn = {challenge.draw(random.Random(seed), filmed).steps for seed in range(500)}
    assert drawn == every - set(filmed)
    assert challenge.draw(random.Random(1), every).steps in every, "somebody must be asked something"


def performed(actor: Person | Photo, head: object, seed: int) -> State:
    chance = random.Random(seed)
    camera, state = Camera(chance), challenge.begin(challenge.draw(chance), 0.0)
    for at in ticks(21, chance):
        seen = look(at, camera.take(*head.seen(actor.pose(at, state.prompt))), cues=False)  # type: ignore[attr-defined]
        if seen is not None:
            state = challenge.advance(state, seen)
        if state.verdict is not None:
            break
    return state


@pytest.mark.whole
@pytest.mark.parametrize("seed", [1, 2])
def test_a_head_that_does_as_it_is_asked_passes(seed: int) -> None:
    state = performed(Person(random.Random(seed), 65), head_of(slugs()[seed]), seed)
    assert (state.verdict, state.code) == ("passed", None)


@pytest.mark.whole
@pytest.mark.parametrize(("seed", "follow"), [(1, "pan"), (2, "tilt"), (3, "roll"), (4, "zoom")])
def test_a_print_that_follows_does_not(seed: int, follow: str) -> None:
    chance = random.Random(seed)
    photo = Photo(chance, 65, "following")
    photo.follow = follow
    state = performed(photo, printed(head_of(slugs()[seed]), chance, "following"), seed)
    assert state.verdict == "refused"


@pytest.mark.whole
@pytest.mark.parametrize("swing", [0.4, 0.8])
def test_a_print_that_swings_shows_no_depth(swing: float) -> None:
    """Whatever moves its nose between its eyes: judged as if it had been taken for a turn."""
    chance = random.Random(5)
    head, camera, photo = (
        printed(head_of(slugs()[5]), chance, "swung"),
        Camera(chance),
        Photo(chance, 70, "swung"),
    )
    photo.tilt, photo.upright = swing, False
    seen = [look(at, camera.take(*head.seen(photo.pose(at))), cues=False) for at in ticks(2.5, chance)]
    found = [one for one in seen if one is not None]
    assert len(found) >= 10
    assert not depth.has_depth(found)
    assert depth.measures(found)["parallax"] < 0.05
