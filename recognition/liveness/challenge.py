"""Movements that are asked for, and whether a head made them: a machine that a frame at a time moves on.

"left" and "right" are what the person sees in a mirror: somebody who is asked for "left" turns the head to
their own left, and their nose goes to the right in the camera's picture. Each step is asked for once the head
has been straight for a random while; the answer must come in its time, be held for another one, until
"straight" is asked for, and go back. So a film of somebody who once passed has the wrong steps, or the wrong
times. A turn must also show depth (:mod:`recognition.liveness.geometry`): coming nearer proves none, which is
why two of three steps are turns.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product
from typing import Any

from recognition.liveness import geometry
from recognition.liveness.depth import has_depth, packed, unpacked
from recognition.liveness.observation import Observation
from recognition.types import Floats


class Step(StrEnum):
    """What may be asked for."""

    LEFT = "left"
    RIGHT = "right"
    NEARER = "nearer"
    FURTHER = "further"


STRAIGHT = "straight"
TURNS = (Step.LEFT, Step.RIGHT)
STEPS, LEAST_TURNS = 3, 2
#: Seconds from a prompt in which the answer must come, and then be back at straight.
EARLIEST, LATEST, BACK = 0.25, 2.5, 2.5
#: Seconds for which the head must be straight before a step is asked for, and for which the answer must be
#: held; drawn anew for each step.
DWELL, HOLD = (0.25, 0.9), (0.15, 0.8)
#: Seconds for the whole challenge.
LIFE = 20.0
#: From this much of the eyes' distance on, the nose's way counts as a turn; below the other, as straight.
TURNED, IS_STRAIGHT = 0.13, 0.06
#: The eyes' distance by that of the straight face: as nearer and as further, and still as the same.
IS_NEARER, IS_FURTHER, SAME_DISTANCE = 1.15, 0.87, 0.06
#: Pixels: eyes nearer to each other than this leave too little to see depth by.
LEAST_EYES = 32.0
#: A face that is turned this far already is not straight.
FRONTAL = 0.22
_FRAMES = 24
#: Two frames of a step with a higher peak of the spectrum (their ``moire`` cue) show a screen; the second
#: highest of two seconds of real people's films was at most 0.94.
SCREEN = 1.05


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be asked for: three steps; for how many seconds the head must be straight before each, and
    for how many each must be held.
    """

    steps: tuple[Step, ...]
    dwell: tuple[float, ...]
    hold: tuple[float, ...]


def draw(chance: random.Random, avoid: Collection[tuple[str, ...]] = ()) -> Plan:
    """A plan nobody can foresee, as far as ``chance`` cannot be: at least two turns, one to each side or both
    to one.

    ``avoid``: orders that were passed before and may have been filmed; unless nothing else is left, none of
    them is asked for.
    """
    orders = [
        steps
        for steps in product(Step, repeat=STEPS)
        if sum(step in TURNS for step in steps) >= LEAST_TURNS and len(set(steps)) > 1
    ]
    steps = chance.choice([order for order in orders if order not in avoid] or orders)
    return Plan(steps, _times(chance, DWELL), _times(chance, HOLD))


def _times(chance: random.Random, span: tuple[float, float]) -> tuple[float, ...]:
    return tuple(round(chance.uniform(*span), 3) for _ in range(STEPS))


@dataclass(frozen=True, slots=True)
class State:
    """A challenge at one moment.

    ``step``: how many steps are done. ``prompt``: what is asked now, "straight" between them.
    ``prompted_at``, ``answered_at`` (since when the answer is held), ``released_at`` (when "straight" was
    asked for), ``straight_since``: seconds of the observations' clock. ``neutral``: asymmetry and eye
    distance (pixels) of the straight face. ``seen``: packed observations of the present step;
    ``grids``: their ``moire`` cue, where they have one.
    ``verdict``: "passed", "refused" with its ``code``, None while it runs.
    """

    plan: Plan
    begun_at: float
    step: int = 0
    prompt: str = STRAIGHT
    prompted_at: float | None = None
    answered_at: float | None = None
    released_at: float | None = None
    straight_since: float | None = None
    neutral: tuple[float, float] | None = None
    seen: tuple[str, ...] = ()
    grids: tuple[float, ...] = ()
    verdict: str | None = None
    code: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it. It tells the steps to come: nothing for the other side."""
        return {
            "steps": list(self.plan.steps),
            "dwell": list(self.plan.dwell),
            "hold": list(self.plan.hold),
            **{name: getattr(self, name) for name in _PLAIN},
        }

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> State:
        """What :meth:`to_dict` made."""
        plan = Plan(tuple(Step(step) for step in kept["steps"]), tuple(kept["dwell"]), tuple(kept["hold"]))
        plain = {name: kept[name] for name in _PLAIN}
        neutral = plain.pop("neutral")
        return cls(
            plan=plan,
            **{**plain, "seen": tuple(plain["seen"]), "grids": tuple(plain["grids"])},
            neutral=(neutral[0], neutral[1]) if neutral else None,
        )


_PLAIN = (
    "begun_at", "step", "prompt", "prompted_at", "answered_at", "released_at", "straight_since", "neutral",
    "seen", "grids", "verdict", "code",
)  # fmt: skip


def begin(plan: Plan, at: float) -> State:
    """A challenge that begins at ``at`` seconds, with the head straight."""
    return State(plan, at)


def advance(state: State, observation: Observation) -> State:
    """The challenge after one more frame of the same face. One that has ended stays as it is.

    Codes: ``challenge.expired``, ``challenge.too_early``, ``challenge.too_late``, ``challenge.wrong_step``,
    ``challenge.not_neutral`` (not back at straight in time), ``challenge.flat`` (the turn showed no depth,
    or the frames the grid of a screen),
    ``challenge.too_far`` (the time ended with a face too small to see it by).
    """
    if state.verdict is not None:
        return state
    far = observation.eye_distance < LEAST_EYES
    if observation.at - state.begun_at > LIFE:
        return _refused(state, "too_far" if far and state.neutral is None else "expired")
    if state.prompted_at is None:
        return state if far else _waiting(state, observation)
    grids = (*state.grids, observation.cues["moire"]) if "moire" in observation.cues else state.grids
    state = replace(state, seen=_thinned((*state.seen, packed(observation))), grids=grids)
    if state.released_at is not None:
        return _released(state, observation)
    if state.answered_at is not None:
        state = _held(state, observation)
    return _asked(state, observation) if state.answered_at is None else state


def _thinned(seen: tuple[str, ...]) -> tuple[str, ...]:
    """At most so many frames, from the first to the newest."""
    return seen if len(seen) <= _FRAMES else (*seen[:-1:2], seen[-1])


def _refused(state: State, code: str) -> State:
    return replace(state, verdict="refused", code=f"challenge.{code}", seen=(), grids=())


def _waiting(state: State, now: Observation) -> State:
    """Until the head has been straight for as long as was drawn; then the next step is asked for."""
    turn, eyes = geometry.asymmetry(now.landmarks), now.eye_distance
    straight = abs(turn) < FRONTAL
    if straight and state.neutral is not None and state.straight_since is not None:
        before, distance = state.neutral
        straight = abs(turn - before) < IS_STRAIGHT and abs(eyes / distance - 1) < SAME_DISTANCE
    if not straight:
        # A film goes on whether it was asked or not; a person may sway, but does not turn by chance.
        if state.step and state.neutral is not None and abs(turn - state.neutral[0]) >= TURNED:
            return _refused(state, "too_early")
        return replace(state, straight_since=None, neutral=None)
    if state.straight_since is None or state.neutral is None:
        return replace(state, straight_since=now.at, neutral=(turn, eyes))
    # Slowly after the face, which is never quite still.
    neutral = (0.7 * state.neutral[0] + 0.3 * turn, 0.7 * state.neutral[1] + 0.3 * eyes)
    if now.at - state.straight_since < state.plan.dwell[state.step]:
        return replace(state, neutral=neutral)
    return replace(
        state,
        neutral=neutral,
        prompt=str(state.plan.steps[state.step]),
        prompted_at=now.at,
        seen=(packed(now),),
    )


def _movements(state: State, landmarks: Floats, share: float = 1.0) -> set[Step]:
    """What the face does, against how it was when it was asked; ``share`` of a movement is enough."""
    assert state.neutral is not None  # a step is asked for of a straight face only
    turn = geometry.asymmetry(landmarks) - state.neutral[0]
    size = geometry.eye_distance(landmarks) / state.neutral[1]
    found = set()
    if abs(turn) >= share * TURNED:
        found.add(Step.LEFT if turn > 0 else Step.RIGHT)
    elif size - 1 >= share * (IS_NEARER - 1):
        found.add(Step.NEARER)
    elif 1 - size >= share * (1 - IS_FURTHER):
        found.add(Step.FURTHER)
    return found


def _asked(state: State, now: Observation) -> State:
    assert state.prompted_at is not None
    waited = now.at - state.prompted_at
    found = _movements(state, now.landmarks)
    if not found:
        return _refused(state, "too_late") if waited > LATEST else state
    if Step(state.prompt) not in found:
        return _refused(state, "wrong_step")
    if waited < EARLIEST:
        return _refused(state, "too_early")
    if waited > LATEST:
        return _refused(state, "too_late")
    return replace(state, answered_at=now.at)


def _held(state: State, now: Observation) -> State:
    """For as long as was drawn; whoever goes back before is asked still."""
    assert state.answered_at is not None
    if Step(state.prompt) not in _movements(state, now.landmarks, share=0.7):
        return replace(state, answered_at=None)
    if now.at - state.answered_at < state.plan.hold[state.step]:
        return state
    return replace(state, released_at=now.at, prompt=STRAIGHT)


def _released(state: State, now: Observation) -> State:
    """Back to straight, and then the whole movement is judged."""
    assert state.released_at is not None
    assert state.neutral is not None
    turn = geometry.asymmetry(now.landmarks) - state.neutral[0]
    size = now.eye_distance / state.neutral[1]
    if abs(turn) > IS_STRAIGHT or abs(size - 1) > 1.5 * SAME_DISTANCE:
        return _refused(state, "not_neutral") if now.at - state.released_at > BACK else state
    step = state.plan.steps[state.step]
    if state.grids and sorted(state.grids)[-2:][0] > SCREEN:
        return _refused(state, "flat")
    if step in TURNS and not has_depth([unpacked(kept) for kept in state.seen]):
        return _refused(state, "flat")
    done = state.step + 1
    return replace(
        state,
        step=done,
        prompt=STRAIGHT,
        prompted_at=None,
        answered_at=None,
        released_at=None,
        straight_since=now.at,
        seen=(),
        grids=(),
        verdict="passed" if done == len(state.plan.steps) else None,
    )
