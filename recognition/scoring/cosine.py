"""Scores by angle alone: what a gallery falls back on where no score model was trained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recognition.policy import Policy
from recognition.scoring.fusion import Weights, direction
from recognition.scoring.two_covariance import Doubles
from recognition.types import Floats

#: Averaging takes the noise out of a person's templates, so the mean of many is more like *everyone*
#: than one template is: the score that 1 % of strangers reach rises from .942 (1 template each) over
#: .946 (2) and .949 (3) to .950 (5). It falls on MEAN_GAIN * (1 - 1 / n), which is taken off again, so
#: that one threshold means the same for people with few and with many photos. Measured on View 1 of
#: LFW with dlib-resnet29.
MEAN_GAIN = 0.010

#: Least cosine of ``dlib-resnet29`` to be accepted: about 1 in 1,000 strangers of View 1 reach it in a
#: gallery of 100 people. PER_DOUBLING: every doubling of the gallery gives a stranger twice the chances.
THRESHOLD, PER_DOUBLING, MARGIN = 0.952, 0.0035, 0.005

#: Largest distance of one person's faces, one to one: 1 in 1,000 pairs of different people is
#: nearer. (Both errors are equal, 1.2 %, at .43: too many strangers for a door.)
VERIFY_DISTANCE = 0.38


@dataclass(frozen=True, slots=True, eq=False)
class MeanTemplate:
    """The cosine of the probe with the normalised mean of a person's templates, less :data:`MEAN_GAIN`.

    ``accept`` and ``margin``: the policy, which for ``dlib-resnet29`` grows with the gallery.
    ``verify``: the largest distance one to one.
    """

    accept: float = THRESHOLD
    margin: float = MARGIN
    per_doubling: float = PER_DOUBLING
    verify: float = VERIFY_DISTANCE
    name = "mean"
    tenfold = 0.01

    @property
    def verify_threshold(self) -> float:
        return _cosine(self.verify)

    def person(self, templates: Floats) -> tuple[Floats, float]:
        """What is kept of a person: the direction (D,), and what several templates gain by averaging."""
        return direction(templates), MEAN_GAIN * (1 - 1 / len(templates))

    def scores(
        self,
        people: Sequence[tuple[Floats, float]],
        probe: Floats,
        weights: Weights | None = None,
    ) -> Doubles:
        """Cosines (P,) of a probe, (D,) or frames (F, D) averaged by ``weights``, with each person."""
        if not people:
            return np.zeros(0)
        means = np.stack([mean for mean, _ in people]) @ direction(np.atleast_2d(probe), weights)
        return means.astype(np.float64) - [gain for _, gain in people]

    def policy(self, people: int) -> Policy:
        """The default, with a threshold that grows with galleries of more than 100 people."""
        doublings = math.log2(min(max(people, 100), 10_000) / 100)
        return Policy(round(self.accept + self.per_doubling * doublings, 4), self.margin)


@dataclass(frozen=True, slots=True, eq=False)
class NearestTemplate:
    """The cosine of the probe with the most similar template: what most systems use, for comparison."""

    accept: float = THRESHOLD
    margin: float = MARGIN
    verify: float = VERIFY_DISTANCE
    name = "nearest"
    tenfold = 0.01

    @property
    def verify_threshold(self) -> float:
        return _cosine(self.verify)

    def person(self, templates: Floats) -> Floats:
        return templates

    def scores(self, people: Sequence[Floats], probe: Floats, weights: Weights | None = None) -> Doubles:
        """The largest cosines (P,) of a probe, (D,) or frames (F, D) averaged by ``weights``."""
        towards = direction(np.atleast_2d(probe), weights)
        return np.array([float((templates @ towards).max()) for templates in people])

    def policy(self, people: int) -> Policy:
        """One threshold for every size of gallery."""
        return Policy(self.accept, self.margin)


def _cosine(distance: float) -> float:
    """Of unit vectors that are this far apart."""
    return 1 - distance**2 / 2
