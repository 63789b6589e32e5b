"""Whether somebody stands there: what is seen over the frames of one visit, and movements asked for.

The networks behind it load with the first frame, not with this module.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from recognition.liveness import Observation, observe
from recognition.types import Face, Image

if TYPE_CHECKING:
    from recognition.liveness.passive import Assessment

__all__ = [
    "Assessment", "Observation", "Progress", "assess_liveness", "challenge_advance", "challenge_begin",
    "challenge_progress", "liveness_clear", "observe_face",
]  # fmt: skip


class Progress(NamedTuple):
    """Where a challenge stands. ``verdict``: ``passed`` or ``refused`` with its ``code``, None while it runs.

    ``prompt``: what is asked now; ``step``: how many steps are done.
    """

    prompt: str
    step: int
    verdict: str | None
    code: str | None


def observe_face(image: Image, face: Face, at: float, *, cues: bool = True) -> Observation:
    """What is kept of a face in an RGB frame that came at ``at`` seconds, with or without passive cues."""
    from recognition.liveness.cues import frame_cues

    return observe(image, face, at, frame_cues(image, face) if cues else None)


def assess_liveness(observations: Sequence[Observation]) -> Assessment:
    """See :func:`recognition.liveness.passive.assess`."""
    from recognition.liveness import passive

    return passive.assess(observations)


def liveness_clear() -> float:
    """The score from which an assessment leaves no doubt at all."""
    from recognition.liveness import passive

    return passive.THRESHOLDS.clear


def challenge_begin(at: float, *, avoid: Collection[tuple[str, ...]] = ()) -> dict[str, Any]:
    """A new challenge, its steps drawn from the system's randomness, as JSON.

    ``avoid``: orders of steps that are not asked for again.
    """
    from recognition.liveness import challenge

    return challenge.begin(challenge.draw(random.SystemRandom(), avoid), at).to_dict()


def challenge_advance(state: dict[str, Any], observation: Observation) -> dict[str, Any]:
    """The challenge after one more frame of the same face."""
    from recognition.liveness import challenge

    return challenge.advance(challenge.State.from_dict(state), observation).to_dict()


def challenge_progress(state: dict[str, Any]) -> Progress:
    """Where a challenge stands."""
    from recognition.liveness import challenge

    now = challenge.State.from_dict(state)
    return Progress(str(now.prompt), now.step, now.verdict, now.code)
