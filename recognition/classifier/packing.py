"""A classifier as bytes, for callers who must not let it touch a disk in the clear.

:meth:`recognition.classifier.Classifier.save` writes a folder; here nothing is written anywhere. The bytes
are NumPy's own archive without pickle: the head's weights, and labels and notes as JSON.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np

from recognition.classifier.backbone import SPEC
from recognition.classifier.model import Classifier
from recognition.classifier.training import build_head
from recognition.errors import ModelError
from recognition.runtime import start_tensorflow

_WORDS = "words"


def to_bytes(classifier: Classifier) -> bytes:
    """All of ``classifier`` but its history."""
    words = json.dumps({"labels": classifier.labels, "about": dict(classifier.about)}).encode()
    arrays: dict[str, Any] = {_WORDS: np.frombuffer(words, np.uint8)}
    arrays |= {f"weights{number}": array for number, array in enumerate(classifier.head.get_weights())}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def from_bytes(data: bytes) -> Classifier:
    """What :func:`to_bytes` made of it.

    Raises :class:`ModelError` ``model.bad_classifier`` for anything else, and for one that was trained on
    another face network.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            words = json.loads(archive[_WORDS].tobytes())
            weights = [archive[f"weights{number}"] for number in range(len(archive.files) - 1)]
        return _rebuilt(words, weights)
    except (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"The classifier cannot be used: {error}", code="model.bad_classifier") from error


def _rebuilt(words: Any, weights: list[Any]) -> Classifier:
    labels, about = tuple(words["labels"]), words["about"]
    if about["embedder_fingerprint"] != SPEC.fingerprint:
        raise ValueError(f"it was trained on {about['embedder']}, another face network than {SPEC.key}.")
    start_tensorflow()
    head = build_head(len(labels), seed=0)  # whatever it begins with is replaced
    head.set_weights(weights)
    return Classifier(labels, head, about)
