"""How well a network names emotions: counts, and the figures that follow from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recognition.emotion.data import Doubts, Faces, doubts, repeated
from recognition.emotion.inference import UNSURE, EmotionNetwork
from recognition.emotion.labels import EMOTIONS
from recognition.types import Floats

#: Faces between two reports of progress.
_BATCH = 128


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Of one emotion. ``precision``: 0 where it was never named. ``n``: how many faces are labelled so."""

    precision: float
    recall: float
    f1: float
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """``confusion``: int (7, 7), rows are labels, columns what the network says, ordered as ``EMOTIONS``.

    ``sure`` and ``sure_right``: faces on which it is sure enough to be quoted, and how many of those it names
    rightly. ``fresh`` and ``fresh_right``: faces that are not pixel for pixel in the training split, and
    how many of those; ``None`` where there is no training split to compare with, or it is what was judged.
    """

    confusion: npt.NDArray[np.int64]
    sure: int
    sure_right: int
    doubts: Doubts
    fresh: int | None = None
    fresh_right: int | None = None

    @property
    def n(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of faces whose likeliest emotion is their label."""
        return float(self.confusion.trace() / max(1, self.n))

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy."""
        return wilson(int(self.confusion.trace()), self.n)

    @property
    def macro_f1(self) -> float:
        """Mean of the emotions' F1, rare ones counting as much as common ones."""
        return sum(one.f1 for one in self.per_class.values()) / len(EMOTIONS)

    @property
    def accuracy_fresh(self) -> float | None:
        """Accuracy on faces that are not in the training split; ``None`` where that makes no sense."""
        if self.fresh is None or self.fresh_right is None:
            return None
        return self.fresh_right / max(1, self.fresh)

    @property
    def per_class(self) -> dict[str, ClassFigures]:
        right = self.confusion.diagonal()
        said, labelled = self.confusion.sum(axis=0), self.confusion.sum(axis=1)
        return {
            name: ClassFigures(
                precision=float(right[i] / max(1, said[i])),
                recall=float(right[i] / max(1, labelled[i])),
                f1=float(2 * right[i] / max(1, said[i] + labelled[i])),
                n=int(labelled[i]),
            )
            for i, name in enumerate(EMOTIONS)
        }


def judge(network: EmotionNetwork, faces: Faces, progress: Callable[[int], object] | None = None) -> Floats:
    """The network's probabilities for all faces, float32 (n, 7); ``progress`` is told how many are done."""
    found = np.empty((len(faces), len(EMOTIONS)), np.float32)
    for start in range(0, len(faces), _BATCH):
        part = slice(start, start + _BATCH)
        found[part] = network.probabilities(faces.pixels[part].astype(np.float32) / np.float32(255))
        if progress is not None:
            progress(len(found[part]))
    return found


def evaluate(probabilities: Floats, faces: Faces, training: Faces) -> Evaluation:
    """Compare float32 (n, 7) with the labels of ``faces``; ``training`` is only looked through for copies."""
    said = probabilities.argmax(axis=1)
    right = said == faces.labels
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
    np.add.at(confusion, (faces.labels, said), 1)
    sure = probabilities.max(axis=1) >= UNSURE
    held_out = len(training) > 0 and not (faces.splits == "training").any()
    fresh = ~repeated(faces, training) if held_out else None
    return Evaluation(
        confusion,
        sure=int(sure.sum()),
        sure_right=int((sure & right).sum()),
        doubts=doubts(faces, training),
        fresh=None if fresh is None else int(fresh.sum()),
        fresh_right=None if fresh is None else int((fresh & right).sum()),
    )


def wilson(right: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927, "Probable inference, the law of succession")."""
    if n == 0:
        return 0.0, 1.0
    z, share = 1.959964, right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """All figures, shares from 0 to 1."""
    copies = evaluation.accuracy_fresh
    return {
        "accuracy": round(evaluation.accuracy, 6),
        "interval_95": [round(value, 6) for value in evaluation.interval],
        "macro_f1": round(evaluation.macro_f1, 6),
        "n": evaluation.n,
        "per_class": {
            name: {
                "precision": round(one.precision, 6),
                "recall": round(one.recall, 6),
                "f1": round(one.f1, 6),
                "n": one.n,
            }
            for name, one in evaluation.per_class.items()
        },
        "classes": list(EMOTIONS),
        "confusion": evaluation.confusion.tolist(),
        "sure": {
            "threshold": UNSURE,
            "n": evaluation.sure,
            "accuracy": round(evaluation.sure_right / max(1, evaluation.sure), 6),
        },
        "in_training": evaluation.doubts.in_training,
        "accuracy_not_in_training": None if copies is None else round(copies, 6),
        "blank": evaluation.doubts.blank,
        "conflicting": evaluation.doubts.conflicting,
    }
