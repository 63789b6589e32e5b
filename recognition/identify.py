"""From scores to a decision: is this one of the people we know, and if so, who?

Open-set identification: most systems name the nearest person whatever the score. Here a face must
be near enough (``threshold``) and clearly nearer to one person than to the next (``margin``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from recognition.distance import distances
from recognition.errors import GalleryError
from recognition.gallery import Candidate
from recognition.types import Embedding, Floats

# Chosen on View 1 of Labeled Faces in the Wild and on nothing else, by benchmarks/view1_thresholds.py;
# docs/thresholds.md has the figures behind each.

#: Least score to be accepted: about 1 in 1,000 strangers of View 1 reach it in a gallery of 100 people,
#: whether those have 1, 2, 3 or 5 templates each. Stricter than the 1 % that is wanted, because 1 %
#: was .942 there, and before a webcam .942 let in a third of all strangers within a few frames: a
#: visit is many tries, and faces of one camera and one group of people are more alike than those of
#: a collection from the news. The enrolled lose little by it there: 7 % of single frames, not 5 %.
THRESHOLD = 0.952

#: Every doubling of the gallery gives a stranger twice the chances, and puts the score that a given
#: share of them reach up by .003 to .004 (measured from 10 to 400 people).
PER_DOUBLING = 0.0035

#: Least lead over the runner-up. Strangers before a webcam often lie between several people:
#: roughly a quarter to two thirds of those who reach the threshold are refused by it. Of the enrolled,
#: on View 1, at most 2 in 1,000 must look into the camera again.
MARGIN = 0.005

#: Largest distance of one person's faces, one to one: 1 in 1,000 pairs of different people is
#: nearer. (Both errors are equal, 1.2 %, at .43: too many strangers for a door.)
VERIFY_THRESHOLD = 0.38


class Decision(StrEnum):
    ACCEPTED = "accepted"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Policy:
    """``threshold``: the least score to be accepted with. ``margin``: the least lead over the next.

    Raises :class:`GalleryError` ``gallery.bad_policy`` for what no score can be compared with: NaN as
    a threshold would accept everybody.
    """

    threshold: float = THRESHOLD
    margin: float = MARGIN

    def __post_init__(self) -> None:
        if not (math.isfinite(self.threshold) and math.isfinite(self.margin) and self.margin >= 0):
            raise GalleryError(
                "Threshold and margin must be numbers, the margin not negative.", code="gallery.bad_policy"
            )

    @classmethod
    def for_people(cls, people: int) -> Policy:
        """The default policy, with a threshold that grows with galleries of more than 100 people.

        Keeps the share of strangers who are accepted where it is for 100. Smaller galleries get no
        lower threshold: what that would gain is not needed, and resemblance within a group eats it up.
        """
        doublings = math.log2(min(max(people, 100), 10_000) / 100)
        return cls(threshold=round(THRESHOLD + PER_DOUBLING * doublings, 4))


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
