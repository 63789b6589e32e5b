"""Random changes of faces for training: what a camera might have seen instead."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from recognition.emotion.labels import SIDE
from recognition.types import Floats

#: Largest turn (degrees), shift (pixels), change of size and of proportions (fractions), and side of
#: what is covered (pixels).
TURN, SHIFT, SIZE, ASPECT, COVER = 12.0, 4.0, 0.15, 0.06, 18


def distort(pixels: npt.NDArray[np.uint8], rng: np.random.Generator) -> Floats:
    """uint8 (n, 48, 48) to float32 (n, 48, 48, 1), 0..1: each turned, moved, lit, partly covered at random.

    Covering: Zhong et al. 2017, "Random Erasing Data Augmentation".
    """
    faces = np.empty((len(pixels), SIDE, SIDE, 1), np.float32)
    for number, face in enumerate(pixels):
        moved = cv2.warpAffine(
            face, _movement(rng), (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        lit = moved.astype(np.float32) / 255
        mean = lit.mean()
        lit = (lit - mean) * rng.uniform(0.8, 1.2) + mean + rng.uniform(-0.1, 0.1)
        if rng.random() < 0.3:
            height, width = rng.integers(4, COVER, 2)
            top, left = rng.integers(0, SIDE - height), rng.integers(0, SIDE - width)
            lit[top : top + height, left : left + width] = rng.random()
        faces[number, :, :, 0] = lit
    np.clip(faces, 0, 1, out=faces)
    return faces


def plain(pixels: npt.NDArray[np.uint8]) -> Floats:
    """uint8 (n, 48, 48) to float32 (n, 48, 48, 1), 0..1, otherwise as they are."""
    return np.asarray(pixels[..., None], np.float32) / np.float32(255)


def _movement(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """An affine map (2, 3) about the picture's middle; a mirror image every other time."""
    turn = np.deg2rad(rng.uniform(-TURN, TURN))
    size, aspect = 1 + rng.uniform(-SIZE, SIZE), 1 + rng.uniform(-ASPECT, ASPECT)
    mirror = 1 if rng.random() < 0.5 else -1
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = turned @ np.diag([size * aspect * mirror, size / aspect])
    middle = np.full(2, (SIDE - 1) / 2)
    return np.column_stack([linear, middle - linear @ middle + rng.uniform(-SHIFT, SHIFT, 2)])
