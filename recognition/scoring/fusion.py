"""Several photos of one face as one observation: their weighted mean, and what it is worth.

Five photos of five days say more than five frames of one second, whose light, pose and expression
are the same. How many independent photos a set is worth shows in how far its members lie apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recognition.scoring.two_covariance import Doubles
from recognition.types import Floats

#: Scatter of photos that have nothing but the person in common.
INDEPENDENT = 0.8


#: How far each of several vectors is to be trusted, (n,); more is better.
Weights = Sequence[float] | npt.NDArray[Any]


class Observation(NamedTuple):
    """``mean`` float64 (D,) of some whitened vectors; ``worth``: as many independent photos, 1 or more."""

    mean: Doubles
    worth: float


def observe(whitened: Doubles, weights: Weights | None = None) -> Observation:
    """Fuse vectors (n, D) whose within-person covariance is the unit matrix.

    ``weights`` (n,): how far each is to be trusted, more is better; equal when left out. Independent
    photos of a person scatter around their mean with variance 1 in every direction. Where they
    scatter less, the rest of that variance is common to them all and does not average out: with a
    scatter of ``s`` the mean keeps the variance ``(1 - s) + s * sum(w ** 2)``, weights summing to 1.
    (Some people's photos scatter less than others': :data:`INDEPENDENT` counts as all of it.)
    """
    count = len(whitened)
    trust = np.full(count, 1 / count) if weights is None else np.asarray(weights, np.float64)
    trust = np.maximum(trust, 1e-6)
    trust = trust / trust.sum()
    mean = trust @ whitened
    if count == 1:
        return Observation(mean, 1.0)
    alone = float((trust**2).sum())
    apart = float(trust @ ((whitened - mean) ** 2).mean(axis=1))
    scatter = min(1.0, apart / (1 - alone) / INDEPENDENT)
    return Observation(mean, 1 / ((1 - scatter) + scatter * alone))


def direction(vectors: Floats, weights: Weights | None = None) -> Floats:
    """The normalised, weighted mean float32 (D,) of vectors (n, D)."""
    mean = np.average(vectors, axis=0, weights=weights).astype(np.float32)
    length = float(np.linalg.norm(mean))
    # Opposite vectors have no direction in common; no real face gives any, but dividing by zero would
    # put NaN into every later answer.
    return mean / np.float32(length) if length > 1e-6 else vectors[0]
