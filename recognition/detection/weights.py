"""The weights of MTCNN's three networks, out of the files of the ``mtcnn`` package.

Zhang, Zhang, Li and Qiao 2016, "Joint Face Detection and Alignment using Multi-task Cascaded
Convolutional Networks". Their rectifiers have a learnt slope per channel below zero (He et al.
2015, "Delving Deep into Rectifiers"), which inference engines run slowly, and over the full picture
where a pooling follows. :func:`pool_first` gets the same numbers from plain rectifiers behind the
pooling.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO

import joblib
import numpy as np

from recognition.errors import ModelError
from recognition.models import ModelSpec, verified_bytes
from recognition.types import Floats


@dataclass(frozen=True, slots=True)
class Pool:
    """Maximum pooling over squares; ``end``: padding below and to the right."""

    size: int
    stride: int
    end: int = 0


@dataclass(frozen=True, slots=True)
class Layer:
    """``kernel`` (height, width, in, out) or (in, out), ``bias`` (out,), and what comes behind:
    a rectifier with ``slope`` (out,) below zero, but none where that is empty; then ``pool``.
    """

    kernel: Floats
    bias: Floats
    slope: Floats
    pool: Pool | None = None


@dataclass(frozen=True, slots=True)
class NetworkWeights:
    """One network on pixels 0 to 255: convolutions, then perhaps a dense layer, then the heads.

    ``score`` has one output, the logit of "this is a face". Only the last network has ``landmarks``.
    """

    convolutions: tuple[Layer, ...]
    dense: Layer | None
    offsets: Layer
    score: Layer
    landmarks: Layer | None


@dataclass(frozen=True, slots=True)
class PooledLayer:
    """Convolution, maximum pooling ``pool``, then ``p @ keep + relu(p @ bend)`` for each pixel ``p``.

    ``keep`` and ``bend``: (channels of p, out).
    """

    kernel: Floats
    bias: Floats
    pool: Pool
    keep: Floats
    bend: Floats


#: The poolings behind the convolutions, and whether a dense layer follows.
_PROPOSE = ((Pool(2, 2), None, None), False)
_REFINE = ((Pool(3, 2, 1), Pool(3, 2), None), True)
_FINISH = ((Pool(3, 2, 1), Pool(3, 2), Pool(2, 2), None), True)


def read(spec: ModelSpec) -> list[NetworkWeights]:
    """The three networks in order.

    Raises :class:`ModelError` when a file is missing, was changed or holds another network.
    """
    networks = []
    for file, (pools, dense), heads in zip(spec.files, (_PROPOSE, _REFINE, _FINISH), (2, 2, 3), strict=True):
        arrays = joblib.load(BytesIO(verified_bytes(file)))  # a pickle: opened only after its checksum held
        if len(arrays) != 3 * (len(pools) + dense) + 2 * heads:
            raise ModelError(f"{file.name} does not hold this network.", code="model.invalid")
        networks.append(_network([np.asarray(array, np.float32) for array in arrays], pools, dense))
    return networks


def _network(arrays: list[Floats], pools: tuple[Pool | None, ...], dense: bool) -> NetworkWeights:
    layers = [
        Layer(arrays[3 * n], arrays[3 * n + 1], arrays[3 * n + 2].reshape(-1), pool)
        for n, pool in enumerate(pools + (None,) * dense)
    ]
    layers[0] = _on_pixels(layers[0])
    none = np.zeros(0, np.float32)
    rest = arrays[3 * len(layers) :]
    offsets, *landmarks, classes = [Layer(rest[n], rest[n + 1], none) for n in range(0, len(rest), 2)]
    # A softmax over two classes is the sigmoid of their difference.
    kernel, bias = (values[..., 1:] - values[..., :1] for values in (classes.kernel, classes.bias))
    return NetworkWeights(
        tuple(layers[: len(pools)]),
        layers[-1] if dense else None,
        offsets,
        Layer(kernel, bias, none),
        landmarks[0] if landmarks else None,
    )


def _on_pixels(layer: Layer) -> Layer:
    """The first layer, made for (pixel - 127.5) / 128, on pixels; exact, as it pads nothing."""
    kernel = layer.kernel / np.float32(128)
    return replace(layer, kernel=kernel, bias=layer.bias - np.float32(127.5) * kernel.sum(axis=(0, 1, 2)))


def pool_first(layers: tuple[Layer, ...]) -> list[Layer | PooledLayer]:
    """The same convolutions with every pooling before its rectifier."""
    made: list[Layer | PooledLayer] = []
    rest = list(layers)
    for number, layer in enumerate(rest):
        if layer.pool is None:
            made.append(layer)
            continue
        # The sign that a channel may have got goes into the next layer's weights.
        pooled, signs = _pooled(layer, layer.pool)
        rest[number + 1] = replace(rest[number + 1], kernel=rest[number + 1].kernel * signs[:, None])
        made.append(pooled)
    return made


def _pooled(layer: Layer, pool: Pool) -> tuple[PooledLayer, Floats]:
    """Also the sign (out,) with which each channel comes out.

    Let p be the maximum of a channel y over a window. Where the slope s is not negative, the rectifier
    never falls, so its maximum is the rectifier of p: p + relu((s - 1) p). Where s is negative, the
    rectifier is max(y, s y): with a further channel q, the maximum of s y, it is p + relu(q - p).
    Beyond s = 1 the first form would need a minus, so the channel's negative is made instead:
    -p + relu((1 - s) p).
    """
    slope = layer.slope
    count, falls = len(slope), np.flatnonzero(slope < 0)
    signs = np.where(slope > 1, -1, 1).astype(np.float32)
    keep = np.zeros((count + len(falls), count), np.float32)
    bend = np.zeros_like(keep)
    keep[:count] = np.diag(signs)
    bend[:count] = np.diag(np.where(slope < 0, -1, -np.abs(slope - 1)))
    bend[count + np.arange(len(falls)), falls] = 1
    kernel = np.concatenate([layer.kernel, layer.kernel[..., falls] * slope[falls]], axis=-1)
    bias = np.concatenate([layer.bias, layer.bias[falls] * slope[falls]])
    return PooledLayer(kernel, bias, pool, keep, bend), signs
