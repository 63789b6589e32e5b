"""The two-covariance model of face embeddings: how people differ, and how photos of one person do.

An embedding is taken for the sum of a person and a photo, both normally distributed: ``x = y + e``,
``y ~ N(mean, between)``, ``e ~ N(0, within)``. Prince and Elder 2007, "Probabilistic Linear
Discriminant Analysis for Inferences About Identity"; Chen et al. 2012, "Bayesian Face Revisited: A
Joint Formulation" (there called Joint Bayesian). Estimated by expectation maximisation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognition.errors import RecognitionError
from recognition.types import Floats

Doubles = npt.NDArray[np.float64]

#: Rounds of expectation maximisation. From the moments' estimate 20 are plenty: on LFW the scores of
#: 10 and of 40 rounds agree to the third digit.
ROUNDS = 20
#: A direction with less than this share of the widest one's variance is empty.
EMPTY = 1e-3
#: Fewer people than this cannot show how people differ in a hundred directions.
MIN_PEOPLE = 30


@dataclass(frozen=True, slots=True, eq=False)
class TwoCovariance:
    """The model, brought to coordinates in which nothing is correlated with anything.

    ``(x - mean) @ projection.T`` of an embedding (D,) has d coordinates of within-person variance 1
    and between-person variances ``between`` (d,), falling. ``mean`` (D,), ``projection`` (d, D).
    """

    mean: Doubles
    projection: Doubles
    between: Doubles


def estimate(people: Sequence[Floats], rounds: int = ROUNDS) -> TwoCovariance:
    """The model of these people, each (n, D) with n >= 1; only those with n >= 2 tell of ``within``.

    Raises ``scoring.too_few_people`` when fewer than :data:`MIN_PEOPLE` have two photos or more.
    """
    if sum(len(rows) > 1 for rows in people) < MIN_PEOPLE:
        raise RecognitionError(
            f"At least {MIN_PEOPLE} people with two photos or more are needed to learn how faces differ.",
            code="scoring.too_few_people",
        )
    photos = np.concatenate(people).astype(np.float64)
    mean, basis = photos.mean(axis=0), _basis(photos)
    reduced = [(rows - mean) @ basis for rows in people]
    sums: dict[int, list[Doubles]] = defaultdict(list)
    for rows in reduced:
        sums[len(rows)].append(rows.sum(axis=0))
    groups = {count: np.stack(of) for count, of in sums.items()}
    together = np.concatenate(reduced)
    scatter = together.T @ together
    within, between = _moments(reduced)
    for _ in range(rounds):
        within, between = _round(groups, scatter, len(photos), within, between)
    whiten = np.linalg.inv(np.linalg.cholesky(within))
    values, vectors = np.linalg.eigh(whiten @ between @ whiten.T)
    order = values.argsort()[::-1]
    projection = (vectors.T @ whiten)[order] @ basis.T
    return TwoCovariance(mean, projection, np.clip(values[order], 0.0, None))


def _basis(photos: Doubles) -> Doubles:
    """The directions (D, d) in which embeddings differ at all.

    Training with a metric loss collapses some: the 128 values of dlib's network live in 77 dimensions,
    and the others hold rounding errors, which whitening would blow up into evidence.
    """
    values, vectors = np.linalg.eigh(np.cov(photos.T))
    return vectors[:, values > EMPTY * values.max()]


def _moments(people: Sequence[Doubles]) -> tuple[Doubles, Doubles]:
    """A first guess: the scatter around each person's mean, and that of the means."""
    several = [rows for rows in people if len(rows) > 1]
    apart = np.concatenate([rows - rows.mean(axis=0) for rows in several])
    within = apart.T @ apart / (len(apart) - len(several))
    means = np.stack([rows.mean(axis=0) for rows in several])
    between = np.cov(means.T) - within * float(np.mean([1 / len(rows) for rows in several]))
    return _positive(within), _positive(between)


def _positive(matrix: Doubles) -> Doubles:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.clip(values, 1e-4 * values.max(), None)) @ vectors.T)


def _round(
    groups: dict[int, Doubles], scatter: Doubles, photos: int, within: Doubles, between: Doubles
) -> tuple[Doubles, Doubles]:
    """One step: guess each person's ``y`` from their photos, then both covariances from the guesses."""
    noise, prior = np.linalg.inv(within), np.linalg.inv(between)
    new_between = np.zeros_like(between)
    new_within = scatter.copy()
    for count, sums in groups.items():
        spread = np.linalg.inv(prior + count * noise)
        guess = sums @ noise @ spread
        second = guess.T @ guess + len(sums) * spread
        cross = sums.T @ guess
        new_between += second
        new_within += count * second - cross - cross.T
    people = sum(len(sums) for sums in groups.values())
    return _positive(new_within / photos), _positive(new_between / people)
