"""The statistical face model: what varies between people, and what varies between photos of one person.

Three blocks describe a photo: appearance (colours in the frame, the background filled in from the person's
edge), outline (signed distance to the person's silhouette) and shape (a smooth displacement field that
brings the face into register with the mean face). Each block gets a principal-component analysis
(randomised range finder: Halko, Martinsson, Tropp 2011); the standardised coefficients together are one
vector per photo, as in active appearance models (Cootes, Edwards, Taylor, PAMI 2001). Total covariance =
between people + within people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

Floats = NDArray[Any]  # float32 unless a docstring says otherwise
_CHUNK = 400


@dataclass(frozen=True)
class Block:
    """One principal-component basis. `mean` [D], `basis` [K, D] (unit rows), `scale` [K] standard
    deviations."""

    mean: Floats
    basis: Floats
    scale: Floats

    def decode(self, coefficients: Floats) -> Floats:
        """Standardised coefficients [K] back to the block's D values."""
        return self.mean + (coefficients * self.scale) @ self.basis


def fit_block(
    read: Callable[[int, int], Floats], count: int, keep: int, rng: np.random.Generator, title: str
) -> tuple[Block, Floats]:
    """Principal components of `count` rows that `read(start, stop)` gives as float32 [n, D].

    Returns the block and the standardised coefficients [count, keep] of the rows.
    """
    starts = range(0, count, _CHUNK)
    mean = np.sum([read(s, min(s + _CHUNK, count)).sum(0, dtype=np.float64) for s in starts], axis=0) / count
    mean = mean.astype(np.float32)
    width = keep + 20
    probe = rng.standard_normal((mean.size, width), dtype=np.float32)
    for _ in tqdm(range(2), desc=f"components of {title}", unit="pass"):
        sketch = np.vstack([(read(s, min(s + _CHUNK, count)) - mean) @ probe for s in starts])
        sketch, _ = np.linalg.qr(sketch)
        probe = np.zeros_like(probe)
        for s in starts:
            stop = min(s + _CHUNK, count)
            probe += (read(s, stop) - mean).T @ sketch[s:stop]
    # probe = X^T Q: its SVD gives the right singular vectors of Q Q^T X
    u, values, vt = np.linalg.svd(probe.T, full_matrices=False)
    scale = (values[:keep] / np.sqrt(count)).astype(np.float32)
    coefficients = (sketch @ u[:, :keep]) * np.sqrt(count)
    return Block(mean, np.ascontiguousarray(vt[:keep]), scale), coefficients.astype(np.float32)


@dataclass(frozen=True)
class Population:
    """Where people lie in coefficient space: a mixture of Gaussians with one shared between-person
    covariance.

    `centres` [C, K], `weights` [C], `between` [K, K] and `within` [K, K] square roots of the covariances,
    `whiten` [K, K] (for distances), `training` [N, K] the coefficients that the model was fitted on and
    `people` [N] whose they are.
    """

    centres: Floats
    weights: Floats
    between: Floats
    within: Floats
    whiten: Floats
    training: Floats
    people: NDArray[np.int32]

    def draw_person(self, rng: np.random.Generator, spread: float, limit: float = 1.7) -> Floats:
        """One person [K]: a centre plus a between-person draw, each axis cut at `limit` standard
        deviations."""
        centre = self.centres[rng.choice(len(self.weights), p=self.weights)]
        return centre + spread * self.between @ truncated(rng, self.between.shape[1], limit)

    def draw_change(self, rng: np.random.Generator, limit: float = 1.7) -> Floats:
        """What one more photo adds to a person [K], at full within-person scale."""
        return self.within @ truncated(rng, self.within.shape[1], limit)

    def nearest_training(self, person: Floats) -> float:
        """Whitened distance to the nearest training photo (root mean square per axis)."""
        gap = (self.training - person) @ self.whiten
        return float(np.sqrt((gap**2).mean(1).min()))

    def nearest_of_training(self) -> Floats:
        """The same distance from each training photo to the nearest one of another person."""
        rows = self.training @ self.whiten
        square = (rows**2).mean(1)
        gap = square[:, None] + square - 2 * (rows @ rows.T) / rows.shape[1]
        gap[self.people[:, None] == self.people] = np.inf
        return np.asarray(np.sqrt(np.clip(gap.min(1), 0, None)), np.float32)


def truncated(rng: np.random.Generator, count: int, limit: float) -> Floats:
    """`count` standard normal numbers, those beyond `limit` drawn again."""
    values = rng.standard_normal(count)
    while (far := np.abs(values) > limit).any():
        values[far] = rng.standard_normal(int(far.sum()))
    return values.astype(np.float32)


def _root(covariance: NDArray[np.float64], keep: float = 0.995) -> Floats:
    """A square root of `covariance` from its positive eigenvalues, the last half per cent of variance left
    out."""
    values, vectors = np.linalg.eigh(covariance)
    order = np.argsort(values)[::-1]
    values, vectors = np.clip(values[order], 0, None), vectors[:, order]
    used = int(np.searchsorted(np.cumsum(values) / values.sum(), keep)) + 1
    return (vectors[:, :used] * np.sqrt(values[:used])).astype(np.float32)


def fit_population(
    coefficients: Floats, people: NDArray[np.int32], clusters: int, rng: np.random.Generator
) -> Population:
    """Between- and within-person covariances of `coefficients` [N, K], and `clusters` centres of people."""
    ids, member, sizes = np.unique(people, return_inverse=True, return_counts=True)
    means = np.zeros((len(ids), coefficients.shape[1]))
    np.add.at(means, member, coefficients)
    means /= sizes[:, None]
    several = sizes[member] >= 2
    rest = coefficients[several] - means[member][several]
    within = rest.T @ rest / (several.sum() - (sizes >= 2).sum())
    centres, label = _kmeans(means, clusters, rng)
    spread = means - centres[label]
    noise = within * (1.0 / sizes).mean()  # a mean of n photos still carries within / n
    between = spread.T @ spread / len(ids) - noise
    total = np.cov(coefficients.T)
    values, vectors = np.linalg.eigh(total)
    whiten = vectors / np.sqrt(np.maximum(values, 1e-6))
    weights = np.bincount(label, minlength=clusters) / len(label)
    flat = weights**0.5 / (weights**0.5).sum()  # rarer kinds of faces drawn more often than LFW shows them
    f32 = np.float32
    return Population(
        centres.astype(f32), flat, _root(between), _root(within), whiten.astype(f32), coefficients, people
    )


def _kmeans(
    points: NDArray[np.float64], clusters: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Lloyd's algorithm from a random start: centres [C, K] and the label of every point."""
    centres = points[rng.choice(len(points), clusters, replace=False)]
    label = np.zeros(len(points), np.int64)
    for _ in range(40):
        gap = (centres**2).sum(1) - 2 * points @ centres.T
        label = gap.argmin(1)
        for c in range(clusters):
            if (label == c).any():
                centres[c] = points[label == c].mean(0)
    return centres, label
