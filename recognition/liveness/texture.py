"""A small network that looks at one frame: skin before a camera, or paper and glass that show skin.

It is our own (docs/liveness-model.md says what it learned from and what it is worth) and is run by OpenCV's
own network code, whichever backend the engine uses: a worker needs neither Keras nor onnxruntime for it.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from recognition.errors import ModelError
from recognition.types import Face, Floats, Image

#: Side of the network's picture in pixels, and how much it shows in sides of the face's box.
SIDE, ROOM = 64, 1.7
WEIGHTS = Path(__file__).with_name("texture.onnx")

_of_thread = threading.local()


def crop(image: Image, face: Face) -> Image:
    """The square around ``face`` with some background, RGB uint8 (SIDE, SIDE, 3).

    ``image``: RGB uint8. What lies outside it is filled with its edge.
    """
    side = ROOM * max(face.box.w, face.box.h)
    x, y = face.box.center
    left, top, scale = x - side / 2, y - side / 2, SIDE / side
    # Only the part that is needed is blurred: at once the most costly step and the smallest part.
    x0, y0 = max(0, int(left) - 8), max(0, int(top) - 8)
    part = image[y0 : int(top + side) + 9, x0 : int(left + side) + 9]
    if part.size == 0:
        return np.zeros((SIDE, SIDE, 3), np.uint8)
    if scale < 1:
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.4 / scale), np.uint8)
    matrix = np.array([[scale, 0, (x0 - left) * scale - 0.5], [0, scale, (y0 - top) * scale - 0.5]])
    laid = cv2.warpAffine(part, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(laid, np.uint8)


def prepared(crops: Image | Floats) -> Floats:
    """Crops, uint8 (n, SIDE, SIDE, 3), as the network takes them: float32 (n, 3, SIDE, SIDE), -1 to 1."""
    scaled = np.asarray(crops, np.float32) / 127.5 - 1
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def texture_logit(image: Image, face: Face) -> float:
    """Log-odds that skin is seen rather than a reproduction of it, by the network alone, within -8 and 8.

    Raises :class:`ModelError` with code ``model.invalid`` when the shipped weights cannot be read.
    """
    network = _network()
    network.setInput(prepared(crop(image, face)[None]))
    return float(np.clip(np.asarray(network.forward()).reshape(-1)[0], -8, 8))


def _network() -> cv2.dnn.Net:
    """Each thread's own: OpenCV's networks keep their state between setInput and forward."""
    network: cv2.dnn.Net | None = getattr(_of_thread, "network", None)
    if network is None:
        try:
            network = cv2.dnn.readNetFromONNX(_weights())
        except (OSError, cv2.error) as error:
            raise ModelError(f"{WEIGHTS.name} cannot be read: {error}", code="model.invalid") from error
        _of_thread.network = network
    return network


@cache
def _weights() -> npt.NDArray[np.uint8]:
    return np.frombuffer(WEIGHTS.read_bytes(), np.uint8)
