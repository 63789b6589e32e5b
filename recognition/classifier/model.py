"""A trained classifier: the head, its labels, and the folder they are kept in.

    head.keras    the head: Flatten, Dense 256 ReLU, Dropout 0.5, softmax
    labels.json   a list of the labels, in the order of the head's outputs
    args.json     how it was trained: plan and seed, numbers of people and photos, face network, versions
    history.csv   accuracy and loss of every epoch, in training and on photos held out
    curves.png    the same, drawn

Nothing is pickled, neither here nor in Keras's own file. The face network in front is not kept: it comes
from its package, and ``args.json`` says which it must be.
"""

from __future__ import annotations

import csv
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from recognition.augmentation import test_pipeline
from recognition.classifier.backbone import FEATURES, SPEC, backbone
from recognition.errors import ModelError, TrainingError
from recognition.runtime import start_tensorflow
from recognition.types import Floats, Image

HEAD, LABELS, ARGUMENTS, HISTORY, CURVES = (
    "head.keras", "labels.json", "args.json", "history.csv", "curves.png",
)  # fmt: skip

#: Chips through the networks at once.
BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """Tells the people it was trained on apart, and knows nobody else: a stranger looks like one of them.

    ``labels``: in the order of the columns of :meth:`predict`. ``head``: a Keras model, float32 features
    (n, 2, 2, 256) to probabilities. ``about``: how it was trained, what ``args.json`` holds. ``history``:
    for each epoch a row of ``epoch``, ``accuracy``, ``loss``, ``val_accuracy`` and ``val_loss`` (NaN
    where nothing was held out).
    """

    labels: tuple[str, ...]
    head: Any
    about: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, float]] = ()

    def predict(self, chips: Image) -> Floats:
        """Probabilities float32 (n, people), rows summing to 1, for RGB uint8 chips (n, 150, 150, 3).

        ``n`` may be 0. Chips as :func:`recognition.alignment.embedder_chip` cuts them out; nothing is changed
        at random. Safe to call from several threads. Raises ``ValueError`` for arrays of another kind.
        """
        if chips.dtype != np.uint8 or chips.ndim != 4 or chips.shape[1:] != (*(SPEC.input_size or ()), 3):
            raise ValueError(f"expected uint8 chips (n, 150, 150, 3), got {chips.dtype} {chips.shape}")
        found = np.empty((len(chips), len(self.labels)), np.float32)
        if len(chips):
            run, plain = backbone(), test_pipeline()
            for start in range(0, len(chips), BATCH):
                features = run(plain(chips[start : start + BATCH]))
                found[start : start + BATCH] = np.asarray(self.head(features, training=False))
        return found

    def save(self, folder: Path) -> Path:
        """Write the folder, replacing the files of an earlier one. ``training.not_written`` if that fails."""
        from recognition.plots import curves

        history = [dict(row) for row in self.history]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.head.save(folder / HEAD)
            _write_json(folder / LABELS, list(self.labels))
            _write_json(folder / ARGUMENTS, dict(self.about))
            with (folder / HISTORY).open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"])
                writer.writeheader()
                writer.writerows(history)
            curves(history, folder / CURVES)
        except OSError as error:
            raise TrainingError(
                f"The classifier cannot be written to {folder}: {error.strerror or error}.",
                code="training.not_written",
            ) from error
        return folder

    @classmethod
    def load(cls, folder: Path) -> Classifier:
        """Read what :meth:`save` wrote; its history is left where it is.

        Raises :class:`ModelError` ``model.missing`` where there is no classifier, ``model.bad_classifier``
        where its files are damaged or do not fit together, or it was trained on another face network.
        """
        missing = [name for name in (LABELS, ARGUMENTS, HEAD) if not (folder / name).is_file()]
        if missing:
            raise ModelError(
                f"{folder} holds no classifier: there is no {missing[0]}. Make one with `classifier train`.",
                code="model.missing",
            )
        try:
            labels = json.loads((folder / LABELS).read_text(encoding="utf-8"))
            about = json.loads((folder / ARGUMENTS).read_text(encoding="utf-8"))
            _check_words(labels, about)
            head = _load_head(folder / HEAD)
            if (*head.input_shape[1:], *head.output_shape[1:]) != (*FEATURES, len(labels)):
                raise ValueError(f"the head does not belong to {len(labels)} labels")
        except (ValueError, KeyError, TypeError, OSError, AttributeError) as error:
            raise ModelError(
                f"The classifier in {folder} cannot be used: {_first_line(error)}",
                code="model.bad_classifier",
            ) from error
        return cls(tuple(labels), head, about)


def versions() -> dict[str, str]:
    """Of what a classifier was made with."""
    packages = ("tensorflow", "keras", "numpy")
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}}


def _check_words(labels: Any, about: Any) -> None:
    if not (isinstance(labels, list) and len(labels) > 1 and all(isinstance(name, str) for name in labels)):
        raise ValueError(f"{LABELS} is no list of names")
    if len(set(labels)) != len(labels):
        raise ValueError(f"{LABELS} names somebody twice")
    if about["embedder_fingerprint"] != SPEC.fingerprint:
        raise ValueError(f"it was trained on {about['embedder']}, another face network than {SPEC.key}")


def _load_head(path: Path) -> Any:
    start_tensorflow()
    from zipfile import BadZipFile

    from keras import saving

    try:
        # safe_mode: a file that brings code of its own is refused.
        return saving.load_model(path, compile=False, safe_mode=True)
    except BadZipFile as error:
        raise ValueError(f"{HEAD} is damaged") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".") + "."


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
