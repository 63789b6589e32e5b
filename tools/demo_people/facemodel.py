"""Fit the whole face model on LFW, keep it, and turn its coefficients back into a person that can be rendered."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from demo_people import features, lfw
from demo_people.lfw import FRAME_H, FRAME_W, Floats
from demo_people.model import Block, Population, fit_block, fit_population
from demo_people.render import Person2D

APPEARANCE, OUTLINE = 240, 60  # components kept
OUTLINE_WEIGHT = 0.6  # against appearance, in units of each block's total standard deviation
CLUSTERS = 8


@dataclass(frozen=True)
class FaceModel:
    """`appearance` and `outline` bases, and the population of their standardised, weighted coefficients."""

    appearance: Block
    outline: Block
    population: Population
    photos: int
    people: int

    @property
    def sigma(self) -> tuple[float, float]:
        """Units of the two parts of a coefficient vector."""
        total = [float(np.sqrt((b.scale**2).sum())) for b in (self.appearance, self.outline)]
        return total[0], total[1] / OUTLINE_WEIGHT

    def decode(self, vector: Floats) -> Person2D:
        """Coefficients [K] to colour, outline and skin."""
        k = len(self.appearance.scale)
        sa, so = self.sigma
        colour = self.appearance.mean + (vector[:k] * sa) @ self.appearance.basis
        colour = colour.reshape(FRAME_H, FRAME_W, 3) / features.importance()
        edge = self.outline.mean + (vector[k:] * so) @ self.outline.basis
        cheeks = colour[112:134, [*range(82, 100), *range(132, 150)]].reshape(-1, 3)
        return Person2D(
            colour.astype(np.float32),
            edge.reshape(FRAME_H // 2, FRAME_W // 2).astype(np.float32),
            np.zeros((FRAME_H, FRAME_W, 2), np.float32),
            np.median(cheeks, axis=0).astype(np.float32),
        )


def load(root: Path, cache: Path, jobs: int, seed: int) -> FaceModel:
    """The fitted model: from `cache` if it was fitted there before with the same seed, else from the photos."""
    at = cache / f"model-{seed}.pickle"
    if not at.exists():
        model = _fit(root, cache, jobs, np.random.default_rng(seed))
        at.write_bytes(pickle.dumps(model, protocol=5))
    loaded = pickle.loads(at.read_bytes())
    assert isinstance(loaded, FaceModel)
    return loaded


def _fit(root: Path, cache: Path, jobs: int, rng: np.random.Generator) -> FaceModel:
    data = lfw.load(root, cache, jobs)
    used = np.flatnonzero(features.plausible(data.masks))
    faces = features.filled_faces(data, cache, jobs)
    weight = features.importance()
    outlines = np.stack([features.outline(data.masks[i]) for i in used]).reshape(len(used), -1).astype(np.float16)

    def read_faces(start: int, stop: int) -> Floats:
        return (faces[used[start:stop]] * weight).reshape(stop - start, -1)

    def read_outlines(start: int, stop: int) -> Floats:
        return outlines[start:stop].astype(np.float32)

    appearance, a = fit_block(read_faces, len(used), APPEARANCE, rng, "appearance")
    outline, o = fit_block(read_outlines, len(used), OUTLINE, rng, "outline")
    a *= appearance.scale / np.sqrt((appearance.scale**2).sum())
    o *= outline.scale / np.sqrt((outline.scale**2).sum()) * OUTLINE_WEIGHT
    people = data.people[used]
    population = fit_population(np.hstack([a, o]), people, CLUSTERS, rng)
    return FaceModel(appearance, outline, population, len(used), len(set(people.tolist())))
