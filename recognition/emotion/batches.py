"""Batches of faces and of what the network should say to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from recognition.emotion.data import Faces
from recognition.emotion.distortion import distort, plain
from recognition.emotion.labels import EMOTIONS
from recognition.emotion.recipes import Recipe


class Batches:
    """Shuffled batches of one epoch after the other, the same for the same seed and epoch."""

    def __init__(self, faces: Faces, recipe: Recipe, seed: int) -> None:
        self._faces, self._recipe, self._seed = faces, recipe, seed
        self.count = max(1, len(faces) // recipe.batch)

    def epoch(self, number: int) -> Any:
        """A ``PyDataset`` of one epoch, from 0: made of another thread while the network learns."""
        from keras.utils import PyDataset

        order = np.random.default_rng([self._seed, number]).permutation(len(self._faces))
        outer, size = self, self._recipe.batch

        class Epoch(PyDataset):
            def __len__(self) -> int:
                return outer.count

            def __getitem__(self, index: int) -> tuple[Any, ...]:
                rng = np.random.default_rng([outer._seed, number, index])
                return outer._batch(order[index * size : (index + 1) * size], rng)

        return Epoch(workers=1, max_queue_size=4)

    def _batch(self, which: Any, rng: np.random.Generator) -> tuple[Any, ...]:
        faces = self._faces.take(which)
        inputs = distort(faces.pixels, rng) if self._recipe.distorted else plain(faces.pixels)
        return (inputs, *targets(faces, self._recipe))


def targets(faces: Faces, recipe: Recipe) -> tuple[Any, ...]:
    """What the network should say, and how much each face counts for it."""
    labels = np.eye(len(EMOTIONS), dtype=np.float32)[faces.labels]
    if recipe.votes == 0 or faces.votes is None:
        return (labels,)
    voted = (faces.votes.sum(axis=1) > 0).astype(np.float32)
    return (
        {"emotion": labels, "votes": faces.votes},
        {"emotion": np.ones(len(faces), np.float32), "votes": voted},
    )
