"""MTCNN's three networks as TensorFlow functions, with the weights of the ``mtcnn`` package.

Zhang, Zhang, Li and Qiao 2016, "Joint Face Detection and Alignment using Multi-task Cascaded
Convolutional Networks". Called through Keras layer by layer they spend most of their time in
Python; as concrete functions of any batch and picture size they need no second trace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import joblib

from recognition.errors import ModelError
from recognition.models import ModelSpec, verified_path
from recognition.runtime import start_tensorflow
from recognition.types import Floats, Image

#: Number of arrays in the files of the three networks, in order.
_COUNTS = (13, 16, 21)


@dataclass(frozen=True, slots=True)
class Networks:
    """``propose(sheets)``: uint8 (b, h, w, 3) -> scores (b, rows, columns), offsets (..., 4).

    ``refine(images, boxes, which)`` and ``finish`` take uint8 (b, h, w, 3), boxes (n, 4) as
    y1, x1, y2, x2 in fractions of the picture, and the picture's index (n,) int32; they return
    scores (n,), offsets (n, 4) and, ``finish`` only, landmarks (n, 10) as five x then five y.
    """

    propose: Callable[[Image], list[Floats]]
    refine: Callable[[Image, Floats, Any], list[Floats]]
    finish: Callable[[Image, Floats, Any], list[Floats]]


def load(spec: ModelSpec) -> Networks:
    """Load, check and trace. Raises :class:`ModelError` when a file is missing or changed."""
    tf = start_tensorflow()
    weights = []
    for file, count in zip(spec.files, _COUNTS, strict=True):
        arrays = joblib.load(verified_path(file))  # a pickle: opened only after its checksum held
        if len(arrays) != count:
            raise ModelError(f"{file.name} does not hold this network.", code="model.invalid")
        weights.append([tf.constant(array, tf.float32) for array in arrays])
    return Networks(
        _proposer(weights[0]), _cropper(weights[1], 24, _refine), _cropper(weights[2], 48, _finish)
    )


def _proposer(w: list[Any]) -> Callable[..., list[Floats]]:
    tf = start_tensorflow()

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.uint8)])
    def run(sheets: Any) -> Any:
        x = _block(_normalise(sheets), *w[0:3])
        x = tf.nn.max_pool2d(x, 2, 2, "VALID")
        x = _block(x, *w[3:6])
        x = _block(x, *w[6:9])
        # One convolution for both heads; a softmax over two classes is the sigmoid of their difference.
        heads = tf.concat([w[9], w[11][..., 1:] - w[11][..., :1]], axis=3)
        x = tf.nn.conv2d(x, heads, 1, "VALID") + tf.concat([w[10], w[12][1:] - w[12][:1]], axis=0)
        return tf.sigmoid(x[..., 4]), x[..., :4]

    return _callable(run)


def _cropper(w: list[Any], side: int, network: Callable[..., Any]) -> Callable[..., list[Floats]]:
    tf = start_tensorflow()

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, None, None, 3), tf.uint8),
            tf.TensorSpec((None, 4), tf.float32),
            tf.TensorSpec((None,), tf.int32),
        ]
    )
    def run(images: Any, boxes: Any, which: Any) -> Any:
        # Outside the picture is mid-grey, which is zero to the networks.
        crops = tf.image.crop_and_resize(images, boxes, which, (side, side), extrapolation_value=127.5)
        return network(w, _normalise(crops))

    return _callable(run)


def _refine(w: list[Any], x: Any) -> Any:
    tf = start_tensorflow()
    x = tf.nn.max_pool2d(_block(x, *w[0:3]), 3, 2, "SAME")
    x = tf.nn.max_pool2d(_block(x, *w[3:6]), 3, 2, "VALID")
    x = _dense(_block(x, *w[6:9]), *w[9:12])
    return _face_score(x, *w[14:16]), x @ w[12] + w[13]


def _finish(w: list[Any], x: Any) -> Any:
    tf = start_tensorflow()
    x = tf.nn.max_pool2d(_block(x, *w[0:3]), 3, 2, "SAME")
    x = tf.nn.max_pool2d(_block(x, *w[3:6]), 3, 2, "VALID")
    x = tf.nn.max_pool2d(_block(x, *w[6:9]), 2, 2, "SAME")
    x = _dense(_block(x, *w[9:12]), *w[12:15])
    return _face_score(x, *w[19:21]), x @ w[15] + w[16], x @ w[17] + w[18]


def _normalise(pixels: Any) -> Any:
    tf = start_tensorflow()
    return (tf.cast(pixels, tf.float32) - 127.5) * (1 / 128)


def _block(x: Any, kernel: Any, bias: Any, slope: Any) -> Any:
    tf = start_tensorflow()
    return _prelu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "VALID"), bias), slope)


def _prelu(x: Any, slope: Any) -> Any:
    """Rectifier with a learnt slope below zero per channel (He et al. 2015)."""
    tf = start_tensorflow()
    return tf.maximum(x, 0.0) + slope * tf.minimum(x, 0.0)


def _dense(x: Any, kernel: Any, bias: Any, slope: Any) -> Any:
    """Flatten column by column, as the framework did in which the weights were trained."""
    tf = start_tensorflow()
    flat = tf.reshape(tf.transpose(x, (0, 2, 1, 3)), (-1, kernel.shape[0]))
    return _prelu(flat @ kernel + bias, slope)


def _face_score(x: Any, kernel: Any, bias: Any) -> Any:
    tf = start_tensorflow()
    return tf.nn.softmax(x @ kernel + bias)[:, 1]


def _callable(function: Any) -> Callable[..., list[Floats]]:
    tf = start_tensorflow()
    concrete = function.get_concrete_function()
    return lambda *arrays: [out.numpy() for out in concrete(*map(tf.constant, arrays))]
