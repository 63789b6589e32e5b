"""dlib's 29-layer face network, with every linear step folded into convolutions.

The network: King 2017, "High Quality Face Recognition with Deep Metric Learning", a ResNet (He et
al. 2015) of 29 convolutions trained with a metric loss. Subtracting the mean, dividing by 256 and
the affine layers (frozen batch normalisation) are linear, so they disappear into the filters.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from recognition.embedding.dlib_dat import Convolution, DlibNetwork, parse
from recognition.models import ModelSpec, verified_bytes
from recognition.runtime import Backend, start_tensorflow
from recognition.types import Floats, Image

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Residual blocks as dlib stacks them: (channels, whether the block halves the picture).
BLOCKS = (
    *((32, False),) * 3,
    *((64, True), (64, False), (64, False), (64, False)),
    *((128, True), (128, False), (128, False)),
    *((256, True), (256, False), (256, False)),
    (256, True),
)

#: Chips per run: beyond this a larger batch gains nothing and only takes memory.
MAX_BATCH = 32


class DlibResnet:
    """The :class:`recognition.embedding.Embedder`, on TensorFlow or onnxruntime."""

    def __init__(self, spec: ModelSpec, backend: Backend = "tensorflow", threads: int | None = None) -> None:
        self.spec = spec
        self.backend = backend
        self._threads = threads
        self._lock = threading.Lock()
        self._run: Any = None

    def warm_up(self, batches: tuple[int, ...] = (1,)) -> None:
        height, width = self.spec.input_size or (150, 150)
        for batch in batches:
            self.embed(np.zeros((batch, height, width, 3), np.uint8))

    def embed(self, chips: Image) -> Floats:
        """uint8 RGB (n, 150, 150, 3) to float32 (n, 128), L2-normalised; ``ValueError`` on others."""
        if (
            chips.dtype != np.uint8
            or chips.ndim != 4
            or chips.shape[1:] != (*(self.spec.input_size or ()), 3)
        ):
            raise ValueError(f"expected uint8 chips (n, 150, 150, 3), got {chips.dtype} {chips.shape}")
        vectors = np.empty((len(chips), self.spec.dimension), np.float32)
        run = self._load()
        for start in range(0, len(chips), MAX_BATCH):
            part = chips[start : start + MAX_BATCH]
            vectors[start : start + len(part)] = run(part)
        return vectors

    def _load(self) -> Any:
        with self._lock:
            if self._run is None:
                network = parse(verified_bytes(self.spec.files[0]))
                if self.backend == "onnxruntime":
                    from recognition.embedding.dlib_onnx import compiled

                    self._run = compiled(network, self._threads)
                else:
                    start_tensorflow()
                    self._run = _compile(build(network))
            return self._run


def build(network: DlibNetwork) -> Any:
    """The Keras model: float32 RGB 0..255 (n, 150, 150, 3) to float32 (n, 128), not normalised."""
    from keras import Input, Model, layers

    convolutions = folded(network)
    inputs = Input((*network.size, 3))
    first, kernel, bias = next(convolutions)
    x = _convolve(inputs, first, kernel, bias)
    x = layers.ReLU()(x)
    x = layers.MaxPooling2D(3, strides=2, padding="valid")(x)
    for channels, halve in BLOCKS:
        branch = layers.ReLU()(_convolve(x, *next(convolutions)))
        branch = _convolve(branch, *next(convolutions))
        if halve:
            x = layers.AveragePooling2D(2, strides=2, padding="valid")(x)
        x = layers.ReLU()(_add(x, branch, channels))
    x = layers.GlobalAveragePooling2D()(x)
    dense = layers.Dense(network.dense.shape[1], use_bias=False)
    x = dense(x)
    dense.set_weights([network.dense])
    return Model(inputs, x, name="dlib_resnet29")


def folded(network: DlibNetwork) -> Iterator[tuple[Convolution, Floats, Floats]]:
    """Each convolution with kernel (height, width, in, out) and bias, all linear steps folded in."""
    for position, layer in enumerate(network.convolutions):
        filters = layer.filters.astype(np.float64) * layer.gamma[:, None, None, None]
        bias = layer.bias.astype(np.float64) * layer.gamma + layer.beta
        if position == 0:
            filters = filters * network.scale
            bias = bias - np.einsum("oihw,i->o", filters, np.asarray(network.mean))
        yield layer, filters.transpose(2, 3, 1, 0).astype(np.float32), bias.astype(np.float32)


def _convolve(x: Any, layer: Convolution, kernel: Floats, bias: Floats) -> Any:
    from keras import layers

    made = layers.Conv2D(
        kernel.shape[3], kernel.shape[:2], strides=layer.stride, padding="same" if layer.padding else "valid"
    )
    x = made(x)
    made.set_weights([kernel, bias])
    return x


def _add(shortcut: Any, branch: Any, channels: int) -> Any:
    """Sum of tensors that differ in size: dlib pads each with zeros at the bottom, right and back."""
    from keras import layers, ops

    height, width = shortcut.shape[1:3]
    rows, columns = branch.shape[1:3]
    if (rows, columns) != (height, width):
        branch = layers.ZeroPadding2D(((0, height - rows), (0, width - columns)))(branch)
    missing = channels - shortcut.shape[3]
    if missing:
        shortcut = ops.pad(shortcut, ((0, 0), (0, 0), (0, 0), (0, missing)))
    return layers.Add()([shortcut, branch])


def _compile(model: Any) -> Any:
    """uint8 chips -> normalised vectors as one concrete function for batches of any length.

    With the weights as constants, which TensorFlow prepares once instead of in every run, a chip takes
    a quarter less time. XLA was measured too: no faster on two cores, and it compiles 1.3 s for every
    batch size.
    """
    tf = start_tensorflow()
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    @tf.function(input_signature=[tf.TensorSpec((None, *model.input_shape[1:]), tf.uint8)])
    def run(chips: Any) -> Any:
        return tf.math.l2_normalize(model(tf.cast(chips, tf.float32), training=False), axis=1)

    concrete = convert_variables_to_constants_v2(run.get_concrete_function())
    return lambda chips: concrete(tf.constant(chips))[0].numpy()
