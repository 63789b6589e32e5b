"""The texture network: its layers, how it learns, and how it becomes the ONNX file that is shipped."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from recognition.liveness.texture import SIDE, prepared
from recognition.onnx_graph import Graph

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
WIDTHS = (12, 16, 24, 32)
EPOCHS, BATCH, SEED = 14, 32, 6


def build() -> Any:
    """A Keras model from crops, float32 (n, SIDE, SIDE, 3) in -1 to 1, to one logit; 13 thousand weights."""
    import keras

    keras.utils.set_random_seed(SEED)
    x = inputs = keras.Input((SIDE, SIDE, 3))
    for width in WIDTHS:
        x = keras.layers.Conv2D(width, 3, strides=2, padding="valid", use_bias=False)(x)
        x = keras.layers.BatchNormalization(momentum=0.9)(x)
        x = keras.layers.ReLU()(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dropout(0.2)(x)))


def train(crops: Bytes, live: Bytes, weights: Floats, epochs: int = EPOCHS) -> Any:
    """Fit on uint8 (n, SIDE, SIDE, 3); ``live`` 0 or 1, ``weights`` how much each counts. Seeded."""
    import keras

    rng = np.random.default_rng(SEED)
    model = build()
    rate = keras.optimizers.schedules.CosineDecay(3e-3, epochs * (len(crops) // BATCH + 1))
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=1e-3), keras.losses.BinaryCrossentropy(True, 0.03)
    )
    for _ in range(epochs):
        order = rng.permutation(len(crops))
        varied = prepared(_varied(crops[order], rng)).transpose(0, 2, 3, 1)
        model.fit(varied, live[order], sample_weight=weights[order], batch_size=BATCH, verbose=0)
    return model


def _varied(crops: Bytes, rng: np.random.Generator) -> Bytes:
    """Mirrored, brighter, flatter, paler, noisier: what cameras, lamps and rooms decide, not paper."""
    count, rest = len(crops), (len(crops), 1, 1, 1)
    out = crops.astype(np.float32)
    flip = rng.random(count) < 0.5
    out[flip] = out[flip, :, ::-1]
    middle = out.mean(axis=(1, 2, 3), keepdims=True)
    out = middle + (out - middle) * rng.uniform(0.6, 1.2, rest)
    grey = out.mean(axis=3, keepdims=True)
    out = grey + (out - grey) * rng.uniform(0.4, 1.2, rest)
    out *= rng.uniform(0.75, 1.25, rest) * rng.uniform(0.93, 1.07, (count, 1, 1, 3))
    out += rng.normal(0, 1, out.shape) * rng.uniform(0, 4, rest)
    out = np.roll(out, tuple(rng.integers(-2, 3, 2)), axis=(1, 2))
    return np.asarray(np.clip(out, 0, 255), np.uint8)


def as_onnx(model: Any) -> bytes:
    """The model as OpenCV reads it, batch normalisation folded into the convolutions."""
    graph = Graph()
    x, layers = "crop", [layer for layer in model.layers if layer.get_weights()]
    for convolution, norm in zip(layers[:-1:2], layers[1:-1:2], strict=True):
        (kernel,), (gamma, beta, mean, variance) = convolution.get_weights(), norm.get_weights()
        factor = gamma / np.sqrt(variance + norm.epsilon)
        x = graph.add("Relu", graph.convolve(x, kernel * factor, beta - mean * factor, stride=2))
    kernel, bias = layers[-1].get_weights()
    pooled = graph.add("GlobalAveragePool", x)
    dense = graph.convolve(pooled, kernel[None, None], bias)
    graph.name(graph.add("Flatten", dense, axis=1), "logit")
    return graph.serialised(("crop", [1, 3, SIDE, SIDE]), {"logit": [1, 1]}, floats=True)
