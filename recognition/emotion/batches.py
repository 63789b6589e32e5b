"""Batches of faces and of what the network should say to them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from recognition.emotion.data import Faces
from recognition.emotion.distortion import distort, plain
from recognition.emotion.labels import EMOTIONS
from recognition.emotion.recipes import Recipe
from recognition.emotion.softening import Expectation
from recognition.types import Floats

#: Batches that are made before they are asked for.
_AHEAD = 4


class Batches:
    """Shuffled batches of one epoch after the other, the same for the same seed and epoch."""

    def __init__(self, faces: Faces, recipe: Recipe, seed: int) -> None:
        self._faces, self._recipe, self._seed = faces, recipe, seed
        self.count = max(1, len(faces) // recipe.batch)
        self.targets = Targets(faces, recipe)
        self._said = self.targets.of(faces)

    def epoch(self, number: int) -> Iterator[tuple[Any, ...]]:
        """All batches of one epoch, from 0; the next ones are made while the network learns from one."""
        order = np.random.default_rng([self._seed, number]).permutation(len(self._faces))
        size = self._recipe.batch

        def made(index: int) -> tuple[Any, ...]:
            rng = np.random.default_rng([self._seed, number, index])
            return self._batch(order[index * size : (index + 1) * size], rng)

        # Not a PyDataset: with Keras 3.15 on TensorFlow every other epoch stalled at its end, for up to a
        # third of its time; why is not known.
        with ThreadPoolExecutor(1) as helper:
            waiting = deque(helper.submit(made, index) for index in range(min(_AHEAD, self.count)))
            for index in range(self.count):
                batch = waiting.popleft().result()
                if index + _AHEAD < self.count:
                    waiting.append(helper.submit(made, index + _AHEAD))
                yield batch

    def _batch(self, which: Any, rng: np.random.Generator) -> tuple[Any, ...]:
        faces = self._faces.take(which)
        inputs = distort(faces.pixels, rng) if self._recipe.distorted else plain(faces.pixels)
        return (inputs, *(_part(said, which) for said in self._said))


def _part(said: Any, which: Any) -> Any:
    """Some rows of an array, or of each array of a dictionary."""
    return {name: rows[which] for name, rows in said.items()} if isinstance(said, dict) else said[which]


class Targets:
    """What the network should say, and how much each face counts for it.

    Made for the faces that are trained on, because what votes mean is learned from these.
    """

    def __init__(self, faces: Faces, recipe: Recipe) -> None:
        self._recipe = recipe
        self._expected = Expectation(faces) if recipe.softened and faces.votes is not None else None

    def of(self, faces: Faces) -> tuple[Any, ...]:
        """Probabilities of the seven emotions; with a second task also the shares of votes, and weights."""
        labels = self._labels(faces)
        if self._recipe.votes == 0 or faces.votes is None:
            return (labels,)
        voted = (faces.votes.sum(axis=1) > 0).astype(np.float32)
        return (
            {"emotion": labels, "votes": faces.votes},
            {"emotion": np.ones(len(faces), np.float32), "votes": voted},
        )

    def _labels(self, faces: Faces) -> Floats:
        """The likeliest is always the face's own label."""
        recipe, said = self._recipe, np.eye(len(EMOTIONS), dtype=np.float32)[faces.labels]
        labels = said * (1 - recipe.smoothing) + recipe.smoothing / len(EMOTIONS)
        if self._expected is not None and faces.votes is not None:
            voted = np.flatnonzero(faces.votes.sum(axis=1))
            expected = self._expected(faces.votes[voted]) if len(voted) else labels[voted]
            labels[voted] = said[voted] * (1 - recipe.softened) + expected * recipe.softened
        return np.asarray(labels, np.float32)
