"""Networks and weights of other people's folds judge each person, and everybody's are what is shipped."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from recognition.liveness.passive import Model
from recognition.liveness.texture import prepared

from . import fitting, network
from .crops import Crops
from .fitting import Row
from .folds import FOLDS, fold
from .network import Bytes
from .sequences import Stretch

#: The most of each kind of attack that may be accepted by the score, of those that pass the limits.
FALSE_LIVE = 0.015
#: Set by hand, on live data and the test kit's renders; recognition.liveness.passive.Thresholds explains.
LIMITS = {
    "motion": 0.02,
    "depth": 0.0015,
    "ratio": 1.5,
    "texture": -0.5,
    "grid": 1.05,
    "carried": 0.12,
    "share": 0.1,
    "border": 0.5,
}


def trained(crops: Crops, without: int | None, epochs: int) -> bytes:
    """The ONNX file of a network that has seen nobody of fold ``without``."""
    used = np.ones(len(crops.live), bool) if without is None else crops.folds != without
    model = network.train(
        crops.pixels[used], crops.live[used].astype(np.uint8), crops.weights(used)[used], epochs
    )
    return network.as_onnx(model)


def textures(file: bytes, crops: Bytes) -> npt.NDArray[np.float64]:
    """The network's log-odds of each crop, uint8 (n, side, side, 3), as a kiosk has them."""
    net = cv2.dnn.readNetFromONNX(np.frombuffer(file, np.uint8))
    found = []
    for one in prepared(crops):
        net.setInput(one[None])
        found.append(np.clip(np.asarray(net.forward()).reshape(-1)[0], -8, 8))
    return np.array(found, np.float64)


def rows(sequences: Sequence[Stretch], files: Sequence[bytes]) -> list[Row]:
    """With the texture by the network that has not seen the person; ``files``: one for each fold."""
    return [
        Row(
            one.kind,
            one.who,
            one.live,
            {**one.cues, "texture": float(textures(files[fold(one.who)], one.crops).mean())},
        )
        for one in sequences
    ]


def others(every: Sequence[Row]) -> list[Model]:
    """For each fold the weights and thresholds that the other folds give."""
    return [fitted([row for row in every if fold(row.who) != of]) for of in range(FOLDS)]


def crossed(every: Sequence[Row], models: Sequence[Model]) -> list[tuple[Row, bool]]:
    """Each row, and whether weights and thresholds of the other folds accept it."""
    return [(row, fitting.accepted(row, models[fold(row.who)])) for row in every]


def fitted(every: Sequence[Row]) -> Model:
    """The model that rows give, with the limits that are set by hand."""
    return fitting.fit(every, LIMITS, FALSE_LIVE)


def table(judged: Sequence[tuple[Row, bool]]) -> str:
    """A line for each kind of sequence: how many of how many are accepted as LIVE."""

    def kind(pair: tuple[Row, bool]) -> Any:
        return pair[0].kind

    lines = []
    for name, pairs in groupby(sorted(judged, key=kind), kind):
        accepted = [was for _, was in pairs]
        lines.append(f"{name:<16} {sum(accepted):4d} of {len(accepted):4d}")
    return "\n".join(lines)
