"""A classifier as bytes: what comes out is what went in, and nothing else is believed."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest

from recognition.classifier import Classifier, packing
from recognition.classifier.backbone import FEATURES, SPEC
from recognition.classifier.training import build_head
from recognition.errors import ModelError
from recognition.runtime import start_tensorflow

LABELS = ("ada", "bo", "Zoë")
ABOUT = {"embedder": SPEC.key, "embedder_fingerprint": SPEC.fingerprint, "photos": 9}


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    start_tensorflow()
    return Classifier(LABELS, build_head(len(LABELS), seed=3), ABOUT)


def _archive(words: Any, **arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, words=np.frombuffer(json.dumps(words).encode(), np.uint8), **arrays)
    return buffer.getvalue()


def test_it_says_the_same_afterwards(classifier: Classifier) -> None:
    again = packing.from_bytes(packing.to_bytes(classifier))
    assert (again.labels, again.about) == (LABELS, ABOUT)
    features = np.random.default_rng(0).random((4, *FEATURES), np.float32)
    before = np.asarray(classifier.head(features, training=False))
    assert np.array_equal(np.asarray(again.head(features, training=False)), before)
    assert before.shape == (4, 3)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "cannot be used"),
        (b"text", "cannot be used"),
        (_archive({"labels": LABELS}), "about"),
        (_archive({"labels": LABELS, "about": ABOUT}), "weight"),
        (
            _archive({"labels": LABELS, "about": {**ABOUT, "embedder_fingerprint": "x"}}),
            "another face network",
        ),
        (_archive({"labels": LABELS, "about": ABOUT}, weights0=np.array([{}], object)), "pickle"),
    ],
)
def test_anything_else_is_refused(data: bytes, told: str, classifier: Classifier) -> None:
    with pytest.raises(ModelError, match=told) as refused:
        packing.from_bytes(data)
    assert refused.value.code == "model.bad_classifier"


def test_what_is_cut_short_or_of_other_people_is_refused(classifier: Classifier) -> None:
    data = packing.to_bytes(classifier)
    with pytest.raises(ModelError):
        packing.from_bytes(data[: len(data) // 2])
    weights = {f"weights{n}": array for n, array in enumerate(classifier.head.get_weights())}
    with pytest.raises(ModelError):
        packing.from_bytes(_archive({"labels": (*LABELS, "eve"), "about": ABOUT}, **weights))
