"""Pictures changed at random as a camera and a day might change them, through Keras layers in batches.

Two pipelines that are not the same: :func:`training_pipeline` turns, shears, zooms, mirrors and relights,
:func:`test_pipeline` only rescales, since what is judged must be what is there. Both take RGB 0..255 and
give float32 0..1. TensorFlow must have been started (:func:`recognition.runtime.start_tensorflow`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recognition.types import Image

#: Pixels of one run, all its pictures together: bounds the memory (some 12 times 4 bytes for each).
BATCH_PIXELS = 4_000_000


@dataclass(frozen=True, slots=True)
class Distortion:
    """How far a picture is changed at most, each time evenly spread over the range, either way.

    ``rotation``: degrees. ``shear``: of one side against the other, as a fraction of the picture.
    ``zoom``: fraction of the size. ``light``: what is added to every pixel, as a fraction of white.
    ``contrast``: fraction by which differences from the mean grow or shrink. ``flip``: half of the
    pictures are mirrored, left to right.
    """

    rotation: float = 10.0
    shear: float = 0.08
    zoom: float = 0.1
    light: float = 0.15
    contrast: float = 0.2
    flip: bool = True


def training_pipeline(seed: int, distortion: Distortion = Distortion()) -> Any:
    """A Keras model of random layers: RGB 0..255 (n, h, w, 3), any number type, to float32 0..1.

    Call it with ``training=True``; every picture of a batch is changed differently. Its state moves on with
    each call, so the same ``seed`` and the same batches in the same order give the same pictures to the
    bit. What comes in from outside the picture repeats its border.
    """
    from keras import Sequential, layers

    # One seed for all layers would turn, shear and zoom a picture by the same random number.
    seeds = iter(np.random.SeedSequence(seed).generate_state(6).tolist())
    outside = {"fill_mode": "nearest", "interpolation": "bilinear"}
    chain = [
        layers.Rescaling(1 / 255),
        layers.RandomRotation(distortion.rotation / 360, seed=next(seeds), **outside),
        layers.RandomShear(distortion.shear, distortion.shear, seed=next(seeds), **outside),
        layers.RandomZoom(distortion.zoom, seed=next(seeds), **outside),
        layers.RandomBrightness(distortion.light, value_range=(0, 1), seed=next(seeds)),
        layers.RandomContrast(distortion.contrast, value_range=(0, 1), seed=next(seeds)),
    ]
    if distortion.flip:
        chain.append(layers.RandomFlip("horizontal", seed=next(seeds)))
    return Sequential(chain, name="training_pictures")


def test_pipeline() -> Any:
    """A Keras model that only rescales: RGB 0..255 (n, h, w, 3) to float32 0..1, always the same."""
    from keras import Sequential, layers

    return Sequential([layers.Rescaling(1 / 255)], name="test_pictures")


def apply(pipeline: Any, images: Image) -> Image:
    """RGB uint8 (n, h, w, 3) through a pipeline and back to uint8, in one batch."""
    changed = np.asarray(pipeline(images, training=True))
    return np.rint(np.clip(changed, 0, 1) * 255).astype(np.uint8)


def copies(pipeline: Any, images: Sequence[Image], count: int) -> list[Image]:
    """``count`` changed copies of each of these pictures of one size, RGB uint8 (h, w, 3).

    As many arrays (count, h, w, 3), in their order.
    """
    height, width = images[0].shape[:2]
    every = [image for image in images for _ in range(count)]
    step = max(1, BATCH_PIXELS // (height * width))
    made = [apply(pipeline, np.stack(every[start : start + step])) for start in range(0, len(every), step)]
    return list(np.concatenate(made).reshape(len(images), count, height, width, 3))


def batch_size(height: int, width: int, count: int) -> int:
    """How many pictures of this size, with ``count`` copies each, make one run."""
    return max(1, BATCH_PIXELS // (height * width * count))
