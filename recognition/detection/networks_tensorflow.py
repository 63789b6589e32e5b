"""MTCNN's three networks as TensorFlow functions.

Called through Keras layer by layer they spend most of their time in Python; as concrete functions
of any batch and picture size they need no second trace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from recognition.detection.networks import Networks
from recognition.detection.weights import Layer, NetworkWeights, PooledLayer, pool_first, read
from recognition.models import ModelSpec
from recognition.runtime import start_tensorflow
from recognition.types import Floats, Image

#: Batches beyond this are filled up to a multiple of it: each new size costs TensorFlow some preparation.
_STEP = 4


def load(spec: ModelSpec) -> Networks:
    """Load, check and trace. Raises :class:`ModelError` when a file is missing or changed."""
    propose, refine, finish = read(spec)
    return Networks(_proposer(propose), _judge(refine, 24), _judge(finish, 48))


def _proposer(weights: NetworkWeights) -> Callable[[Image], list[Floats]]:
    tf = start_tensorflow()
    both = weights.offsets, weights.score
    kernel = np.concatenate([head.kernel for head in both], axis=-1)
    bias = np.concatenate([head.bias for head in both])

    def run(sheets: Any) -> Any:
        x = _convolutions(sheets, weights.convolutions)
        return tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "VALID"), bias)

    concrete = _concrete(run, (None, None, None, 3))

    def propose(sheets: Image) -> list[Floats]:
        heads = concrete(tf.constant(sheets)).numpy()
        return [heads[..., 4], heads[..., :4]]

    return propose


def _judge(weights: NetworkWeights, side: int) -> Callable[[Image], list[Floats]]:
    tf = start_tensorflow()
    heads = [head for head in (weights.score, weights.offsets, weights.landmarks) if head]
    kernel = np.concatenate([head.kernel for head in heads], axis=-1)
    bias = np.concatenate([head.bias for head in heads])

    def run(crops: Any) -> Any:
        x = _convolutions(crops, weights.convolutions)
        if weights.dense:
            x = _dense(x, weights.dense)
        return x @ kernel + bias

    concrete = _concrete(run, (None, side, side, 3))

    def judge(crops: Image) -> list[Floats]:
        count = len(crops)
        if count > _STEP:
            missing = -count % _STEP
            crops = np.concatenate([crops, np.zeros((missing, side, side, 3), np.uint8)])
        values = concrete(tf.constant(crops)).numpy()[:count]
        return [values[:, 0], *np.split(values[:, 1:], [4], axis=1)][: len(heads)]

    return judge


def _convolutions(pixels: Any, layers: tuple[Layer, ...]) -> Any:
    tf = start_tensorflow()
    x = tf.cast(pixels, tf.float32)
    for layer in pool_first(layers):
        x = tf.nn.bias_add(tf.nn.conv2d(x, layer.kernel, 1, "VALID"), layer.bias)
        if isinstance(layer, PooledLayer):
            pool = layer.pool
            x = tf.nn.max_pool2d(x, pool.size, pool.stride, "SAME" if pool.end else "VALID")
            bent = tf.nn.relu(tf.nn.conv2d(x, layer.bend[None, None], 1, "VALID"))
            x = tf.nn.conv2d(x, layer.keep[None, None], 1, "VALID") + bent
        else:
            x = x + tf.nn.relu(x * (layer.slope - 1))
    return x


def _dense(x: Any, layer: Layer) -> Any:
    """Flatten column by column, as the framework did in which the weights were trained."""
    tf = start_tensorflow()
    flat = tf.reshape(tf.transpose(x, (0, 2, 1, 3)), (-1, layer.kernel.shape[0]))
    x = flat @ layer.kernel + layer.bias
    return x + tf.nn.relu(x * (layer.slope - 1))


def _concrete(function: Callable[[Any], Any], shape: tuple[int | None, ...]) -> Any:
    tf = start_tensorflow()
    signature = [tf.TensorSpec(shape, tf.uint8)]
    return tf.function(function, input_signature=signature).get_concrete_function()
