"""Fit the whole face model on LFW, keep it, and turn its coefficients back into a person that can be
rendered."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from demo_people import features, lfw, register
from demo_people.finish import Finished, finish
from demo_people.lfw import FRAME_H, FRAME_W, Floats
from demo_people.model import Block, Population, fit_block, fit_population

KEPT = {"appearance": 240, "outline": 60, "shape": 50}  # components of each block
WEIGHTS = {
    "appearance": 1.0,
    "outline": 0.6,
    "shape": 0.6,
}  # in units of each block's total standard deviation
CLUSTERS = 8


@dataclass(frozen=True)
class FaceModel:
    """Three bases (`blocks`, by the names of KEPT) and the population of their standardised, weighted
    coefficients."""

    blocks: dict[str, Block]
    population: Population
    photos: int
    people: int

    def _values(self, vector: Floats) -> dict[str, Floats]:
        """A coefficient vector [K] taken apart: each block's own values."""
        values, start = {}, 0
        for name, block in self.blocks.items():
            part = vector[start : start + len(block.scale)]
            start += len(block.scale)
            values[name] = block.mean + (part * _unit(name, block)) @ block.basis
        return values

    def change(self, rng: np.random.Generator, scale: float) -> Floats:
        """A within-person draw [K] times `scale`; the outline hardly changes: hair lies as it lay."""
        change = scale * self.population.draw_change(rng)
        start = KEPT["appearance"]
        change[start : start + KEPT["outline"]] *= 0.15
        return change

    def draw(self, vector: Floats, rng: np.random.Generator) -> Finished:
        """Coefficients [K] to a finished face; `rng` only for hair strands and pores."""
        values = self._values(vector)
        colour = (values["appearance"].reshape(FRAME_H, FRAME_W, 3) / features.importance()).astype(
            np.float32
        )
        h, w = FRAME_H // register.GRID, FRAME_W // register.GRID
        field = register.full(values["shape"].reshape(h, w, 2).astype(np.float32))
        colour = np.asarray(register.warp(colour, register.invert(field)), np.float32)
        outline = values["outline"].reshape(FRAME_H // 2, FRAME_W // 2).astype(np.float32)
        cheeks = colour[112:134, [*range(82, 100), *range(132, 150)]].reshape(-1, 3)
        return finish(colour, outline, np.median(cheeks, axis=0).astype(np.float32), rng)


def _unit(name: str, block: Block) -> float:
    """What one unit of a coefficient means in the block's own values."""
    return float(np.sqrt((block.scale**2).sum())) / WEIGHTS[name]


def load(root: Path, cache: Path, jobs: int, seed: int) -> FaceModel:
    """The fitted model: from `cache` if it was fitted there before with the same seed, else from the
    photos."""
    at = cache / f"model-{seed}.pickle"
    if not at.exists():
        model = _fit(root, cache, jobs, np.random.default_rng(seed))
        at.write_bytes(pickle.dumps(model, protocol=5))
    loaded = pickle.loads(at.read_bytes())
    assert isinstance(loaded, FaceModel)
    return loaded


def _fit(root: Path, cache: Path, jobs: int, rng: np.random.Generator) -> FaceModel:
    cv2.setNumThreads(1)  # the threads of `jobs` are enough
    data = lfw.load(root, cache, jobs)
    used = np.flatnonzero(features.plausible(data.masks))
    count = len(used)
    faces, fields = register.registered_faces(features.filled_faces(data, used, cache, jobs), cache, jobs)
    weight = features.importance()
    outlines = np.stack([features.outline(data.masks[i]) for i in used]).reshape(count, -1).astype(np.float16)
    readers: dict[str, Callable[[int, int], Floats]] = {
        "appearance": lambda start, stop: (faces[start:stop] * weight).reshape(stop - start, -1),
        "outline": lambda start, stop: outlines[start:stop].astype(np.float32),
        "shape": lambda start, stop: fields[start:stop].reshape(stop - start, -1),
    }
    blocks, parts = {}, []
    for name, read in readers.items():
        blocks[name], coefficients = fit_block(read, count, KEPT[name], rng, name)
        parts.append(coefficients * (blocks[name].scale / _unit(name, blocks[name])))
    people = data.people[used]
    population = fit_population(np.hstack(parts), people, CLUSTERS, rng)
    return FaceModel(blocks, population, count, len(set(people.tolist())))
