"""From scores to a decision: is this one of the people we know, and if so, who?

Open-set identification: most systems name the nearest person whatever the score. Here a face must
be near enough (``threshold``) and clearly nearer to one person than to the next (``margin``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from recognition.distance import distances
from recognition.gallery import Candidate
from recognition.types import Embedding, Floats

THRESHOLD = 0.95
MARGIN = 0.005
VERIFY_THRESHOLD = 0.35


class Decision(StrEnum):
    ACCEPTED = "accepted"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Policy:
    """``threshold``: the least score to be accepted with. ``margin``: the least lead over the next."""

    threshold: float = THRESHOLD
    margin: float = MARGIN


DEFAULT = Policy()


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


def decide(candidates: Sequence[Candidate], policy: Policy = DEFAULT) -> Identification:
    """Accept the best candidate, or say why not. ``candidates`` may be empty and in any order."""
    ranked = tuple(sorted(candidates, key=lambda candidate: (-candidate.score, candidate.person)))
    decision = Decision.ACCEPTED
    if not ranked or ranked[0].score < policy.threshold:
        decision = Decision.UNKNOWN
    elif len(ranked) > 1 and ranked[0].score - ranked[1].score < policy.margin:
        decision = Decision.AMBIGUOUS
    person = ranked[0].person if decision is Decision.ACCEPTED else None
    return Identification(decision, person, ranked, policy.threshold, policy.margin)


def verify(a: Embedding | Floats, b: Embedding | Floats, threshold: float = VERIFY_THRESHOLD) -> Verification:
    """Compare two faces one to one. Raises :class:`GalleryError` as :func:`distances` does."""
    distance = float(distances(a, [b])[0])
    return Verification(distance <= threshold, distance, threshold, 1.0 - distance**2 / 2.0)


def assign(identifications: Sequence[Identification]) -> list[Identification]:
    """Decide the faces of one frame together: nobody is in one picture twice.

    Where two faces were accepted as one person, the better keeps the name and the other is decided
    again among the people still free. Faces are settled in the order of their scores, so no settled
    face is ever reopened and the answer is stable: no free person fits a face better than the one
    it got. Returns one identification per face, in the order given.
    """
    result = list(identifications)
    open_faces = {i for i, found in enumerate(result) if found.decision is Decision.ACCEPTED}
    taken: set[str] = set()
    while open_faces:
        face = max(open_faces, key=lambda i: (result[i].candidates[0].score, -i))
        found = result[face]
        if found.person not in taken:
            open_faces.remove(face)
            taken.add(str(found.person))
            continue
        free = [candidate for candidate in found.candidates if candidate.person not in taken]
        result[face] = decide(free, Policy(found.threshold, found.margin))
        if result[face].decision is not Decision.ACCEPTED:
            open_faces.remove(face)
    return result
