"""From scores to a decision: is this one of the people we know, and if so, who?

Open-set identification: most systems name the nearest person whatever the score. Here a face must
be near enough (``threshold``) and clearly nearer to one person than to the next (``margin``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from recognition.assignment import assign
from recognition.distance import distances
from recognition.gallery import Candidate
from recognition.policy import Policy
from recognition.scoring.cosine import VERIFY_DISTANCE
from recognition.types import Embedding, Floats

__all__ = [
    "VERIFY_THRESHOLD",
    "Decision",
    "Identification",
    "Policy",
    "Verification",
    "decide",
    "decide_frame",
    "verify",
]

VERIFY_THRESHOLD = VERIFY_DISTANCE


class Decision(StrEnum):
    ACCEPTED = "accepted"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Identification:
    """The decision on one face, with all that is needed to explain it later.

    ``person`` is set only when ``decision`` is accepted. ``candidates``: the people considered, best
    first; the runner-up is ``candidates[1]``.
    """

    decision: Decision
    person: str | None
    candidates: tuple[Candidate, ...]
    threshold: float
    margin: float


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether two faces are one person's. ``distance``: Euclidean, between normalised vectors, 0 to 2.

    ``same`` means ``distance <= threshold``. ``similarity``: the cosine, 1 - distance**2 / 2.
    """

    same: bool
    distance: float
    threshold: float
    similarity: float


def decide(candidates: Sequence[Candidate], policy: Policy) -> Identification:
    """Accept the best candidate, or say why not. ``candidates`` may be empty and in any order."""
    ranked = tuple(sorted(candidates, key=lambda candidate: (-candidate.score, candidate.person)))
    decision = Decision.ACCEPTED
    if not ranked or ranked[0].score < policy.threshold:
        decision = Decision.UNKNOWN
    elif len(ranked) > 1 and ranked[0].score - ranked[1].score < policy.margin:
        decision = Decision.AMBIGUOUS
    person = ranked[0].person if decision is Decision.ACCEPTED else None
    return Identification(decision, person, ranked, policy.threshold, policy.margin)


def decide_frame(faces: Sequence[Sequence[Candidate]], policy: Policy) -> list[Identification]:
    """Decide on all faces of one frame together: nobody can be in two places at once.

    ``faces``: the candidates of each face. Where two faces would get one name, the names are given
    out so that the sum of their leads over the threshold is greatest. Whoever has to go without
    becomes ``ambiguous``, never the next best: being the wrong one of two does not make a face
    someone else's.
    """
    alone = [decide(candidates, policy) for candidates in faces]
    names = sorted({found.person for found in alone if found.person is not None})
    cost = np.full((len(alone), len(names)), np.inf)
    for row, found in enumerate(alone):
        if found.person is not None:
            cost[row, names.index(found.person)] = policy.threshold - found.candidates[0].score
    keep = {row for row, _ in assign(cost)}
    return [
        found
        if found.person is None or row in keep
        else Identification(Decision.AMBIGUOUS, None, found.candidates, found.threshold, found.margin)
        for row, found in enumerate(alone)
    ]


def verify(a: Embedding | Floats, b: Embedding | Floats, threshold: float = VERIFY_THRESHOLD) -> Verification:
    """Compare two faces one to one. Raises :class:`GalleryError` as :func:`distances` does."""
    distance = float(distances(a, [b])[0])
    return Verification(distance <= threshold, distance, threshold, 1.0 - distance**2 / 2.0)
