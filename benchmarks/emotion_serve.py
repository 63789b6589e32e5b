"""Our emotion network as a server for :mod:`benchmarks.emotion`, on one thread.

python -m benchmarks.emotion_serve tensorflow|onnxruntime [--model DIR] [--no-flips]
"""

from __future__ import annotations

import argparse
from typing import Any

import cv2
import numpy as np

from benchmarks.peers.wire import Handler, serve
from recognition.emotion.inference import load
from recognition.emotion.labels import EMOTIONS
from recognition.engine import EngineConfig, FaceEngine
from recognition.runtime import start


def handlers(backend: Any, model: str, flips: bool | None) -> dict[str, Handler]:
    start(backend, threads=1)
    cv2.setNumThreads(1)
    network = load(model, flips=flips, backend=backend, threads=1)
    engine = FaceEngine(EngineConfig(backend=backend, threads=1))
    network.warm_up()
    engine.warm_up((480, 640))

    def judge(faces: np.ndarray) -> dict[str, Any]:
        """uint8 (n, 48, 48), as FER2013 has them, to the likeliest emotion of each."""
        found = network.probabilities(faces.astype(np.float32) / np.float32(255))
        return {"emotions": [EMOTIONS[label] for label in found.argmax(axis=1)]}

    def frame(image: np.ndarray) -> dict[str, Any]:
        """The whole way of a photo: find, crop, read."""
        [found] = engine.analyse([image], embed=False)
        return {"emotions": [one.label for one in network.read(image, [one.face for one in found])]}

    def first(arrays: list[np.ndarray]) -> np.ndarray:
        return arrays[0].copy()

    return {"judge": (first, judge), "frame": (first, frame)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("backend", choices=("tensorflow", "onnxruntime"))
    parser.add_argument("--model", default="default")
    parser.add_argument("--flips", action=argparse.BooleanOptionalAction)
    options = parser.parse_args()
    serve(lambda: handlers(options.backend, options.model, options.flips))
