"""An emotion network on onnxruntime, straight from what Keras wrote: neither Keras nor TensorFlow is loaded.

A network on disk is its layers as JSON and their weights as HDF5, whether in one ``.keras`` file or apart.
The ONNX graph is written in memory from both.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from recognition.emotion.labels import EMOTIONS, SIDE
from recognition.errors import ModelError
from recognition.onnx_graph import Graph
from recognition.onnx_runtime import make_session
from recognition.types import Floats

#: Layers as ``model.to_json()`` writes them, and the HDF5 file of their weights.
Parts = tuple[Mapping[str, Any], Path | IO[bytes]]

_ACTIVATIONS = {"relu": ("Relu", {}), "softmax": ("Softmax", {"axis": 1}), "linear": None}


def compiled(parts: Parts, threads: int | None = None) -> Callable[[Floats], Floats]:
    """A function of faces, float32 (n, 48, 48, 1), that gives float32 (n, 7).

    Raises :class:`ModelError`: ``model.no_onnxruntime``, ``model.unsupported`` for layers that neither of
    our networks has, ``model.not_emotions`` for a network between other shapes, ``model.invalid``.
    """
    return opened(translated(parts), threads)


def opened(model: bytes | Path, threads: int | None = None) -> Callable[[Floats], Floats]:
    """As :func:`compiled`, of an ONNX model that was made from one of our networks before."""
    session = make_session(model, threads)

    def run(faces: Floats) -> Floats:
        return np.asarray(session.run(None, {"faces": faces})[0])

    return run


def translated(parts: Parts) -> bytes:
    """The ONNX model of a network. Raises as :func:`compiled`."""
    layers, weights = parts
    try:
        return _Translation(layers["config"]["layers"], weights).serialised()
    except (OSError, KeyError, ValueError, TypeError, IndexError) as error:
        raise ModelError(f"The network cannot be read: {error}", code="model.invalid") from error


class _Translation:
    """Adds layer after layer to a graph.

    ``values``: the graph's name of each layer's output. ``halved``: what pictures of half the size are means
    of, by their names.
    """

    def __init__(self, layers: list[Mapping[str, Any]], weights: Path | IO[bytes]) -> None:
        self._layers = layers
        self._weights = _weights(layers, weights)
        self._graph = Graph()
        self._values: dict[str, str] = {}
        self._halved: dict[str, str] = {}

    def serialised(self) -> bytes:
        last = ""
        for layer in self._layers:
            settings = layer["config"]
            name = str(settings["name"])
            if layer["class_name"] == "InputLayer":
                shape = settings.get("batch_shape") or settings.get("batch_input_shape")
                if tuple(shape) != (None, SIDE, SIDE, 1):
                    raise _other(f"pictures of {shape[1:]}")
                self._values[name] = last = self._graph.add("Transpose", "faces", perm=(0, 3, 1, 2))
                continue
            make = getattr(self, f"_{layer['class_name']}", None)
            if make is None:
                raise ModelError(
                    f"The layer {layer['class_name']} is none that can be run on onnxruntime; "
                    "use the backend tensorflow.",
                    code="model.unsupported",
                )
            # A Sequential model does not say what comes before: the last one does.
            inputs = [self._values[before] for before in _before(layer)] or [last]
            x = make(settings, self._weights.get(name, []), *inputs)
            self._values[name] = last = self._activated(x, settings)
        dense = [layer["config"] for layer in self._layers if layer["class_name"] == "Dense"]
        if not dense or dense[-1]["units"] != len(EMOTIONS):
            raise _other(f"{dense[-1]['units'] if dense else 'no'} classes")
        self._graph.name(last, "emotions")
        return self._graph.serialised(
            ("faces", ["n", SIDE, SIDE, 1]), {"emotions": ["n", len(EMOTIONS)]}, floats=True
        )

    def _activated(self, x: str, settings: Mapping[str, Any]) -> str:
        operation = _ACTIVATIONS[settings.get("activation", "linear")]
        return x if operation is None else self._graph.add(operation[0], x, **operation[1])

    def _Conv2D(self, settings: Mapping[str, Any], weights: list[Floats], x: str) -> str:  # noqa: N802
        kernel, *bias = weights
        if x in self._halved and kernel.shape[:2] == (1, 1):
            # The mean of four pixels, then a filter of one: the same as a filter of four, and far quicker.
            x, settings = self._halved[x], {"strides": (2, 2), "padding": "valid"}
            kernel = np.tile(kernel / 4, (2, 2, 1, 1))
        filters = self._graph.constant(kernel.transpose(3, 2, 0, 1))
        more = [self._graph.constant(one) for one in bias]
        return self._graph.add("Conv", x, filters, *more, kernel_shape=kernel.shape[:2], **_window(settings))

    def _BatchNormalization(self, settings: Mapping[str, Any], weights: list[Floats], x: str) -> str:  # noqa: N802
        # onnxruntime folds it into the convolution before it.
        constants = [self._graph.constant(one) for one in weights]
        return self._graph.add("BatchNormalization", x, *constants, epsilon=settings["epsilon"])

    def _MaxPooling2D(self, settings: Mapping[str, Any], _: list[Floats], x: str) -> str:  # noqa: N802
        return self._graph.add("MaxPool", x, kernel_shape=settings["pool_size"], **_window(settings))

    def _AveragePooling2D(self, settings: Mapping[str, Any], _: list[Floats], x: str) -> str:  # noqa: N802
        made = self._graph.add("AveragePool", x, kernel_shape=settings["pool_size"], **_window(settings))
        if tuple(settings["pool_size"]) == tuple(settings["strides"]) == (2, 2):
            self._halved[made] = x
        return made

    def _GlobalAveragePooling2D(self, _: Mapping[str, Any], __: list[Floats], x: str) -> str:  # noqa: N802
        return self._graph.add("Flatten", self._graph.add("GlobalAveragePool", x), axis=1)

    def _ReLU(self, _: Mapping[str, Any], __: list[Floats], x: str) -> str:  # noqa: N802
        return self._graph.add("Relu", x)

    def _Add(self, _: Mapping[str, Any], __: list[Floats], x: str, y: str) -> str:  # noqa: N802
        return self._graph.add("Add", x, y)

    def _Dropout(self, _: Mapping[str, Any], __: list[Floats], x: str) -> str:  # noqa: N802
        return x

    def _Flatten(self, _: Mapping[str, Any], __: list[Floats], x: str) -> str:  # noqa: N802
        # Keras flattens with the channels last.
        return self._graph.add("Flatten", self._graph.add("Transpose", x, perm=(0, 2, 3, 1)), axis=1)

    def _Dense(self, _: Mapping[str, Any], weights: list[Floats], x: str) -> str:  # noqa: N802
        kernel, bias = weights
        product = self._graph.add("MatMul", x, self._graph.constant(kernel))
        return self._graph.add("Add", product, self._graph.constant(bias))


def _window(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Strides and padding, which ONNX can do as TensorFlow does: more at the end where it is odd."""
    return {
        "strides": list(settings["strides"]),
        "auto_pad": "SAME_UPPER" if settings["padding"] == "same" else "VALID",
    }


def _before(layer: Mapping[str, Any]) -> list[str]:
    """The names of the layers whose outputs a layer takes."""
    found: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                look(one)
        elif isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            found.append(str(value["config"]["keras_history"][0]))

    for node in layer.get("inbound_nodes", ()):
        look(list(node["args"]))
    return found


def _weights(layers: list[Mapping[str, Any]], file: Path | IO[bytes]) -> dict[str, list[Floats]]:
    """The arrays of each layer that has any, by its name.

    In the file, layers are called by their class and, from the second on, its number: ``conv2d``,
    ``conv2d_1`` and so on.
    """
    import h5py

    found: dict[str, list[Floats]] = {}
    seen: dict[str, int] = {}
    with h5py.File(file, "r") as stored:
        for layer in layers:
            kind = _FILED_AS.get(layer["class_name"])
            if kind is None:
                continue
            number = seen[kind] = seen.get(kind, -1) + 1
            arrays = stored[f"layers/{kind}_{number}" if number else f"layers/{kind}"]["vars"]
            found[layer["config"]["name"]] = [
                np.asarray(arrays[str(place)], np.float32) for place in range(len(arrays))
            ]
    return found


_FILED_AS = {"Conv2D": "conv2d", "BatchNormalization": "batch_normalization", "Dense": "dense"}


def read_json(text: str | bytes) -> Mapping[str, Any]:
    """Layers as JSON; ``ValueError`` where they are none."""
    layers = json.loads(text)
    if not isinstance(layers, dict) or not isinstance(layers.get("config"), dict):
        raise ValueError("it has no layers")
    return layers


def _other(what: str) -> ModelError:
    return ModelError(
        f"This is no emotion network: it speaks of {what}, but must go from grey faces of {SIDE} x {SIDE} to "
        f"{len(EMOTIONS)} emotions.",
        code="model.not_emotions",
    )
