"""Softer labels: what people who voted on a face lead one to expect of its label.

FER2013's labels are the words that its pictures were searched by, and often wrong. How ten people voted on
the same picture (FER+, Barsoum et al. 2016) says which labels it is likely to have; a network that learns
from that meets less noise. Known as learning with privileged information (Lopez-Paz et al. 2016): votes are
there in training alone, and what is judged are the labels as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recognition.emotion.data import Faces
from recognition.emotion.labels import EMOTIONS
from recognition.types import Floats


class Expectation:
    """How probable each label is, given the votes: learned from the faces that are trained on."""

    def __init__(self, faces: Faces) -> None:
        """``faces`` come with votes; those that nobody voted on are passed over."""
        from keras import Input, Sequential, layers, optimizers

        assert faces.votes is not None
        voted = faces.votes.sum(axis=1) > 0
        self._model: Any = Sequential(
            [Input((2 * faces.votes.shape[1],)), layers.Dense(len(EMOTIONS), activation="softmax")]
        )
        self._model.compile(optimizers.Adam(0.03), "sparse_categorical_crossentropy")
        if voted.any():
            seen = _features(faces.votes[voted])
            batch = min(512, max(8, len(seen) // 40))  # few faces need as many steps
            self._model.fit(seen, faces.labels[voted], batch_size=batch, epochs=30, verbose=0)

    def __call__(self, votes: Floats) -> Floats:
        """Votes (n, 10), as shares of all, to probabilities float32 (n, 7) of ``EMOTIONS``."""
        return np.asarray(self._model.predict(_features(votes), batch_size=4096, verbose=0), np.float32)


def _features(votes: Floats) -> Floats:
    """The root lets one vote of ten count for more than a tenth of ten votes."""
    return np.concatenate([votes, np.sqrt(votes)], axis=1)
