"""Values that cross module borders. Each checks its own shape and dtype when it is made.

Conventions: images are RGB, ``uint8``, height x width x 3. Boxes and landmarks are in pixels of the
image they belong to, x to the right, y down, as floats. Embeddings are L2-normalised ``float32``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

#: Order of the five landmarks in every array of this package. Left and right are the image's
#: (the viewer's) left and right, not the person's.
LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")


def check_image(image: npt.NDArray[Any]) -> Image:
    """Return ``image`` if it is RGB uint8 of shape (height, width, 3); else raise ``ValueError``."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"expected an RGB uint8 image (h, w, 3), got {image.dtype} {image.shape}")
    return image


class Box(NamedTuple):
    """A rectangle: left, top, width and height, in pixels."""

    x: float
    y: float
    w: float
    h: float

    @property
    def area(self) -> float:
        return self.w * self.h

    @property
    def center(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One detected face.

    ``landmarks``: float32 of shape (5, 2), rows in the order of :data:`LANDMARKS`, columns x, y.
    ``confidence``: the detector's probability, 0 to 1.
    """

    box: Box
    landmarks: Floats
    confidence: float

    def __post_init__(self) -> None:
        if self.landmarks.shape != (5, 2) or self.landmarks.dtype != np.float32:
            raise ValueError(f"expected landmarks float32 (5, 2), got {self.landmarks.shape}")
        if self.box.w <= 0 or self.box.h <= 0:
            raise ValueError(f"a face needs an area, got {self.box}")

    @property
    def eye_distance(self) -> float:
        """Distance between the eyes in pixels: the honest measure of a face's size."""
        return float(np.linalg.norm(self.landmarks[1] - self.landmarks[0]))


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured on a face and what is wrong with it.

    ``score``: 0 (useless) to 1 (fine). ``codes``: reason codes of :mod:`recognition.quality`, the
    worst first, empty when nothing is wrong. ``measures``: the figures behind them, by name.
    """

    score: float
    codes: tuple[str, ...] = ()
    measures: dict[str, float] = field(default_factory=dict)

    @property
    def acceptable(self) -> bool:
        return not self.codes


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """An L2-normalised face vector (float32, one axis) and the model it belongs to.

    Vectors of two models never meet: ``model`` is the ModelSpec's ``name@version``.
    """

    vector: Floats
    model: str

    def __post_init__(self) -> None:
        if self.vector.ndim != 1 or self.vector.dtype != np.float32:
            raise ValueError(f"expected a float32 vector, got {self.vector.dtype} {self.vector.shape}")
        if abs(float(np.linalg.norm(self.vector)) - 1.0) > 1e-3:
            raise ValueError("an embedding is L2-normalised")


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """All that the engine knows about one face of one image."""

    face: Face
    quality: Quality
    embedding: Embedding | None = None
