"""How likely a photo is to match other photos of its person, learned from people who played no other part.

Each measure is turned into three steps (worst hundredth to worst tenth, on to the worst third, on to the
best), and a logistic regression whose weights may not be negative adds them up. So the score rises with
each measure, can be explained one by one, and does not run away on photos unlike those it learned from.
Left out on purpose: how bright the face is as a whole, which says more about skin than about the photo, and
the embedding itself, which says who it is.

Two measures cost time. ``stability``: how little the embedding changes under small changes of the chip, after
Terhoerst et al. 2020, "SER-FIQ: Unsupervised Estimation of Face Image Quality Based on Stochastic Embedding
Robustness", with changes of the picture in place of dropout. ``wander``: how far the landmarks move when the
detector looks again; where they are not sure, the chip is cut out wrongly.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from recognition.types import Floats, Image

WEIGHTS = Path(__file__).with_name("usefulness.json")

#: Each measure so turned that more is better. Sizes and light level off where more does not help.
FEATURES: dict[str, Callable[[Mapping[str, float]], float]] = {
    "size": lambda m: min(m["eye_distance"], 60.0),
    "sharp": lambda m: -m["blur"],
    "light": lambda m: min(m["light_high"], 150.0),
    "facing": lambda m: -abs(m["turn"]),
    "level": lambda m: -abs(m["nod"] - 0.53),
    "shape": lambda m: -m["distortion"],
    "certain": lambda m: m["confidence"],
    "even": lambda m: m["evenness"],
    "symmetric": lambda m: m["symmetry"],
    "stable": lambda m: m["stability"],
    "settled": lambda m: -m["wander"],
}
#: What only photos are asked for, and the measures behind it.
STEADY = {"stable": "stability", "settled": "wander"}

#: Darkening of a changed chip: a gamma of 1.6.
_DARKER = (255 * (np.arange(256) / 255) ** 1.6).astype(np.uint8)


def score(measures: Mapping[str, float], model: str = "") -> float:
    """0 to 1: the expected share of the person's other photos that match. Without a known ``model``, or
    without ``stability`` and ``wander`` among the measures, the other measures decide alone.
    """
    known = measures.keys() >= set(STEADY.values()) and judges(model)
    names, knots, slopes, bias = _fitted(model if known else "")
    values = np.array([FEATURES[name](measures) for name in names])
    # All measures at once: some twenty calls of NumPy would take longer than looking at the face.
    parts = np.clip((values[:, None] - knots[:, :-1]) / np.maximum(np.diff(knots), 1e-9), 0.0, 1.0)
    return float(1 / (1 + np.exp(-bias - (parts * slopes).sum())))


@lru_cache(maxsize=4)
def _fitted(model: str) -> tuple[list[str], Any, Any, float]:
    """Names (F), knots (F, 4), slopes (F, 3) and bias for a model, or without stability for ``""``."""
    weights = _weights()
    fit = weights["models"][model] if model else weights["any"]
    rows = list(fit["features"].values())
    return list(fit["features"]), np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), fit["bias"]


def steps(values: Any, knots: Any) -> Any:
    """Values (N,) as (N, 3): how far each lies, 0 to 1, between each of four knots and the next."""
    low, high = np.asarray(knots[:-1], float), np.asarray(knots[1:], float)
    return np.clip((np.asarray(values, float)[:, None] - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)


def judges(model: str) -> bool:
    """Whether it was learned what stability means for the embedder with this key."""
    return model in _weights()["models"]


def changed(chip: Image) -> Image:
    """Three small changes of a chip (h, w, 3), uint8 (3, h, w, 3): enlarged by 4 %; mirrored and enlarged by
    8 %; darker and shifted by a thirtieth to the upper right. Of the 56 choices of three among eight changes
    this one said most, by cross-validation within the people to fit.
    """
    height, width = chip.shape[:2]
    shift = np.array([[1, 0, width / 30], [0, 1, -height / 30]])
    darker = cv2.warpAffine(_DARKER[chip], shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
    mirrored = np.ascontiguousarray(chip[:, ::-1])
    return np.stack([_enlarged(chip, 1.04), _enlarged(mirrored, 1.08), darker]).astype(np.uint8)


def _enlarged(chip: Image, factor: float) -> Image:
    height, width = chip.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, factor)
    return np.asarray(cv2.warpAffine(chip, matrix, (width, height)), np.uint8)


def stability(vectors: Floats) -> float:
    """Length of the mean of the embeddings (N, D) of a chip and of its changes: 1 when none matters."""
    return float(np.linalg.norm(vectors.mean(axis=0)))


@lru_cache(maxsize=1)
def _weights() -> dict[str, Any]:
    return json.loads(WEIGHTS.read_text(encoding="utf-8"))
