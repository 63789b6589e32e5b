"""Weights and thresholds of the passive score, from the cues of sequences known to be live or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from recognition.liveness.passive import Model, Thresholds, has_moved, screened

#: Every cue that is weighed, and the sign that its meaning gives its weight.
SIGNS = {"texture": 1, "relief": 1, "clearness": 1, "planarity": 1, "border": -1, "attached": -1, "moire": -1}
STEPS, RATE, RIDGE = 1200, 0.05, 0.01


@dataclass(frozen=True)
class Row:
    """One sequence: what it is of, who is in it, whether that is live, and its cues."""

    kind: str
    who: str
    live: bool
    cues: Mapping[str, float]


def fit(rows: Sequence[Row], limits: Mapping[str, float], false_live: float = 0.01) -> Model:
    """Logistic regression whose weights may not take the wrong sign; each kind of sequence counts as much.

    ``limits``: all of :class:`Thresholds` but the three scores. The threshold ``live`` is the
    least that accepts at most ``false_live`` of every kind of attack that passes the limits; ``clear`` and
    ``not_live`` lie where one attack in 300, one live sequence in 100 lies beyond (at least 1.5 from
    ``live``).
    """
    names = list(SIGNS)
    raw = np.array([[row.cues[name] for name in names] for row in rows])
    mean, deviation = raw.mean(axis=0), np.maximum(raw.std(axis=0), 1e-3)
    x = np.clip((raw - mean) / deviation, -3, 3)
    y = np.array([row.live for row in rows], float)
    weights, bias = _logistic(x, y, _counts(rows))
    cues = {
        name: (round(float(m), 4), round(float(d), 4), round(float(w), 4))
        for name, m, d, w in zip(names, mean, deviation, weights, strict=True)
    }
    scored = Model(round(bias, 4), cues, Thresholds(0, 0, 0, **limits))
    return Model(scored.bias, cues, _thresholds(rows, scored, limits, false_live))


def _counts(rows: Sequence[Row]) -> Any:
    """Live and not live weigh the same, and so do the kinds within each."""
    kinds = [(row.live, row.kind) for row in rows]
    of_kind = {kind: kinds.count(kind) for kind in kinds}
    sorts = {live: len({kind for kind in of_kind if kind[0] == live}) for live in (True, False)}
    return np.array([1 / (2 * of_kind[kind] * sorts[kind[0]]) for kind in kinds])


def _logistic(x: Any, y: Any, counts: Any) -> tuple[Any, float]:
    """Projected gradient descent with a small ridge; deterministic."""
    signs = np.array(list(SIGNS.values()))
    weights, bias = np.zeros(x.shape[1]), 0.0
    for _ in range(STEPS):
        error = (1 / (1 + np.exp(-(x @ weights + bias))) - y) * counts
        weights = weights - RATE * 4 * (x.T @ error + RIDGE * weights)
        weights = np.where(weights * signs < 0, 0, weights)
        bias -= RATE * 4 * float(error.sum())
    return weights, float(bias)


def passes(row: Row, limits: Thresholds) -> bool:
    """Whether a sequence shows what LIVE cannot do without, whatever its score."""
    skin = row.cues["texture"] >= limits.texture and not screened(row.cues, limits)
    return bool(skin and has_moved(row.cues, limits))


def accepted(row: Row, model: Model) -> bool:
    """Whether a sequence is LIVE."""
    return passes(row, model.thresholds) and model.score(row.cues) >= model.thresholds.live


def _thresholds(
    rows: Sequence[Row], model: Model, limits: Mapping[str, float], false_live: float
) -> Thresholds:
    live = -1.0
    highest = -1.0
    for kind in sorted({row.kind for row in rows if not row.live}):
        of_kind = [row for row in rows if row.kind == kind]
        scores = sorted(
            (model.score(row.cues) for row in of_kind if passes(row, model.thresholds)), reverse=True
        )
        allowed = int(false_live * len(of_kind))
        if len(scores) > allowed:
            live = max(live, scores[allowed] + 0.05)
        highest = max([highest, *scores[:1]])
    lowest = float(np.percentile([model.score(row.cues) for row in rows if row.live], 1))
    clear, not_live = max(live + 1.5, highest + 0.5), min(live - 1.5, lowest)
    return Thresholds(round(live, 3), round(clear, 3), round(not_live, 3), **limits)


def as_json(model: Model) -> dict[str, Any]:
    """As ``recognition/liveness/passive.json`` has it."""
    return {
        "bias": model.bias,
        "cues": {
            name: {"mean": mean, "deviation": deviation, "weight": weight}
            for name, (mean, deviation, weight) in model.weights.items()
        },
        "thresholds": asdict(model.thresholds),
    }
