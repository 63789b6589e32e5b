"""What is trained on and what is held out, with nothing in both.

FER2013 repeats itself: some pictures of its test sets are pixel for pixel also in its training set, and some
pictures appear there more than once, now and then under different labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recognition.emotion.data import Faces, blank
from recognition.emotion.labels import EMOTIONS
from recognition.errors import TrainingError

#: Every so many-th face of each class is held out to choose the best epoch by.
EVERY = 14


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """``notes``: how many faces went where, and why some were left out."""

    train: Faces
    validation: Faces
    notes: dict[str, int]


def hold_out(faces: Faces, seed: int = 0) -> Parts:
    """Divide the training split, by class and at random.

    Left out: blank faces, those that another split holds too, and all but one of those that repeat within
    training; all of them where their labels differ. Raises :class:`TrainingError` ``training.no_faces``.
    """
    mine = faces.splits == "training"
    keys = np.asarray([face.tobytes() for face in faces.pixels], object)
    elsewhere = set(keys[~mine])
    empty = blank(faces)
    leaked = mine & ~empty & np.asarray([key in elsewhere for key in keys], bool)
    usable = np.flatnonzero(mine & ~empty & ~leaked)
    first: dict[bytes, int] = {}
    conflicting: set[bytes] = set()
    for number in usable.tolist():
        kept = first.setdefault(keys[number], number)
        if faces.labels[kept] != faces.labels[number]:
            conflicting.add(keys[number])
    chosen = np.asarray([number for key, number in first.items() if key not in conflicting], np.intp)
    validation = _every(faces.labels, chosen, seed)
    train = np.setdiff1d(chosen, validation)
    _check(faces.labels[train])
    notes = {
        "train": len(train),
        "validation": len(validation),
        "blank": int((mine & empty).sum()),
        "in another split": int(leaked.sum()),
        "repeated": len(usable) - len(first),
        "conflicting": len(conflicting),
    }
    return Parts(faces.take(train), faces.take(validation), notes)


def _every(labels: np.ndarray, chosen: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    parts = [rng.permutation(chosen[labels[chosen] == label]) for label in range(len(EMOTIONS))]
    return np.sort(np.concatenate([part[: -(-len(part) // EVERY)] for part in parts]))


def _check(labels: np.ndarray) -> None:
    missing = [name for number, name in enumerate(EMOTIONS) if not (labels == number).any()]
    if missing:
        raise TrainingError(
            f"There are too few faces to train on: none is left for {', '.join(missing)}.",
            code="training.no_faces",
        )
