"""A start for our network: the filters of dlib's face network, which has seen three million faces.

What tells faces apart (the lines of mouth, brows and eyes) is also what expressions are made of, and
FER2013 alone is too small to learn it well. Our network has the same order of layers, so filters are
taken over one by one; blocks that it does not have are left out, and fine-tuning mends the rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recognition.embedding.dlib_dat import parse
from recognition.embedding.resnet import BLOCKS, folded
from recognition.emotion.networks import STAGES
from recognition.models import get_spec, verified_bytes
from recognition.types import Floats

_EPSILON = 1e-3  # of Keras' batch normalisation


def take_over(model: Any, faces: Floats) -> None:
    """Fill the convolutions of ``compact`` and set its normalisation from ``faces``, float32 (n, 48, 48, 1).

    Raises ``ModelError`` when the face network's file is missing or damaged.
    """
    network = parse(verified_bytes(get_spec("dlib-resnet29", "embedder").files[0]))
    sources = [(kernel, bias) for _, kernel, bias in folded(network)]
    names = ["stem"]
    chosen = [(_half_the_size(sources[0][0]), sources[0][1])]
    for stage, (channels, blocks) in enumerate(STAGES):
        first = [width for width, _ in BLOCKS].index(channels)
        for block in range(blocks):
            at = 1 + 2 * (first + block)
            names += [f"stage{stage}_block{block}_first", f"stage{stage}_block{block}_second"]
            chosen += sources[at : at + 2]
    biases = {}
    for name, (kernel, bias) in zip(names, chosen, strict=True):
        model.get_layer(name).set_weights([kernel])
        biases[name] = bias
    for stage in range(len(STAGES)):
        # dlib adds a narrow picture to a wide one by filling up with zeros.
        widen = model.get_layer(f"stage{stage}_block0_widen")
        widen.set_weights([np.eye(*widen.get_weights()[0].shape[2:], dtype=np.float32)[None, None]])
    _normalise(model, biases, faces)


def _half_the_size(kernel: Floats) -> Floats:
    """dlib's first filters, (7, 7, 3, 32) at every other pixel of RGB 0..255, for a grey face half as big.

    The same linear map as doubling the picture's size bilinearly, then filtering: each of the seven taps
    falls between two of five pixels. Grey 0..1 takes the place of three equal colours.
    """
    taps = np.zeros((7, 5))
    for tap in range(7):
        place = (tap - 3) / 2 - 0.25 + 2  # of the doubled picture's pixel, in pixels of the small one
        low = int(np.floor(place))
        for pixel, share in ((low, 1 - place + low), (low + 1, place - low)):
            taps[tap, pixel] += share
    grey = kernel.sum(axis=2, keepdims=True) * 255
    return np.asarray(np.einsum("ap,bq,abio->pqio", taps, taps, grey), np.float32)


def _normalise(model: Any, biases: dict[str, Floats], faces: Floats) -> None:
    """Set every normalisation so that it changes nothing now, but knows mean and variance of its input."""
    from keras import Model

    for name, bias in biases.items():
        still = np.ones_like(bias)
        model.get_layer(f"{name}_norm").set_weights([still, bias, still * 0, still - _EPSILON])
    before = [model.get_layer(f"{name}_norm").input for name in biases]
    outputs = Model(model.input, before).predict(faces, verbose=0)
    for (name, bias), seen in zip(biases.items(), outputs, strict=True):
        mean, variance = seen.mean(axis=(0, 1, 2)), seen.var(axis=(0, 1, 2))
        weights = [np.sqrt(variance + _EPSILON), bias + mean, mean, variance]
        model.get_layer(f"{name}_norm").set_weights(weights)
