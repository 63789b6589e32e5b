"""The face network, cut off before its last layers and frozen: pictures of faces in, features out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from recognition.models import DLIB_RESNET29, ModelSpec, verified_bytes
from recognition.runtime import start_tensorflow

#: Whose layers these are. Chips must be cut out for it (:func:`recognition.alignment.embedder_chip`).
SPEC: ModelSpec = DLIB_RESNET29
#: What is left of a chip behind the last residual block: rows, columns, channels. What is cut off makes
#: an embedding of it: the mean over rows and columns, and a product with a matrix.
FEATURES = (2, 2, 256)

_lock = threading.Lock()
_run: Callable[[Any], Any] | None = None


def backbone() -> Callable[[Any], Any]:
    """A function of pictures, float32 RGB 0..1 (n, 150, 150, 3), giving float32 (n, 2, 2, 256).

    Loaded once per process, under a lock; safe to call from several threads. Raises
    :class:`recognition.errors.ModelError` for missing or changed weights, or without TensorFlow.
    """
    global _run
    with _lock:
        if _run is None:
            _run = _load()
        return _run


def _load() -> Callable[[Any], Any]:
    data = verified_bytes(SPEC.files[0])
    tf = start_tensorflow()
    from keras import Model

    from recognition.embedding.dlib_dat import parse
    from recognition.embedding.resnet import build

    network = build(parse(data))
    # Behind the features come only the average over the picture and the product with a matrix.
    truncated = Model(network.inputs, network.layers[-3].output, name="truncated")
    truncated.trainable = False
    assert truncated.output_shape[1:] == FEATURES

    @tf.function(input_signature=[tf.TensorSpec((None, *truncated.input_shape[1:]), tf.float32)])
    def run(pictures: Any) -> Any:
        return truncated(pictures * 255.0, training=False)

    return run
