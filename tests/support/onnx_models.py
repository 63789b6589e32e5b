"""Small ONNX embedders, made on the spot, with their cards: real networks without anybody's weights."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

#: Pairs of operator set and format that every onnxruntime of the last years reads.
_OPSET, _IR = 17, 8


def write_model(
    path: Path,
    nodes: Sequence[Any],
    *,
    shape: Sequence[int | str],
    dimension: int,
    weights: Sequence[Any] = (),
    kind: int = TensorProto.FLOAT,
) -> Path:
    """An ONNX file from ``image`` of this shape to ``vector`` (n, dimension)."""
    graph = helper.make_graph(
        list(nodes),
        "test",
        [helper.make_tensor_value_info("image", kind, list(shape))],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["n", dimension])],
        list(weights),
    )
    opsets = [helper.make_opsetid("", _OPSET)]
    save(helper.make_model(graph, opset_imports=opsets, ir_version=_IR), str(path))
    return path


def flattener(path: Path, *, side: int = 16, layout: str = "NCHW", batch: int | str = "n") -> Path:
    """The network that does nothing: its vector is its input, so a test sees all that reached it."""
    shape = (batch, 3, side, side) if layout == "NCHW" else (batch, side, side, 3)
    node = helper.make_node("Flatten", ["image"], ["vector"], axis=1)
    return write_model(path, [node], shape=shape, dimension=3 * side * side)


def random_embedder(path: Path, *, seed: int = 0, dimension: int = 64, side: int = 112) -> Path:
    """Two convolutions and a projection, all random: like pictures get like vectors."""
    random = np.random.default_rng(seed)

    def weight(name: str, *shape: int) -> Any:
        scale = 1 / np.sqrt(np.prod(shape[1:]))
        return numpy_helper.from_array((random.standard_normal(shape) * scale).astype(np.float32), name)

    rest = (side // 16) ** 2 * 16
    nodes = [
        helper.make_node("Conv", ["image", "first"], ["a"], strides=[4, 4]),
        helper.make_node("LeakyRelu", ["a"], ["b"], alpha=0.3),
        helper.make_node("Conv", ["b", "second"], ["c"], strides=[4, 4]),
        helper.make_node("Flatten", ["c"], ["d"], axis=1),
        helper.make_node("Gemm", ["d", "last"], ["vector"], transB=1),
    ]
    weights = [weight("first", 8, 3, 4, 4), weight("second", 16, 8, 4, 4), weight("last", dimension, rest)]
    return write_model(path, nodes, shape=("n", 3, side, side), dimension=dimension, weights=weights)


def write_card(onnx: Path, **fields: Any) -> Path:
    """A card beside ``onnx`` for a flattener of 16 x 16, with these fields changed; None leaves one out."""
    values: dict[str, Any] = {
        "name": onnx.stem,
        "version": 1,
        "input_size": 16,
        "color": "RGB",
        "mean": 0.0,
        "scale": 1.0,
        "layout": "NCHW",
        "template": "arcface112",
        "dimension": 768,
        "licence": "CC0-1.0",
        "source": "made by a test",
        "sha256": hashlib.sha256(onnx.read_bytes()).hexdigest(),
        **fields,
    }
    thresholds = values.pop("thresholds", None)
    lines = [f"{name} = {_toml(value)}" for name, value in values.items() if value is not None]
    if thresholds is not None:
        lines += ["[thresholds]", *(f"{name} = {_toml(value)}" for name, value in thresholds.items())]
    card = onnx.with_suffix(".toml")
    card.write_text("\n".join(lines) + "\n")
    return card


def random_model(folder: Path, name: str, *, seed: int, dimension: int = 64, **fields: Any) -> str:
    """A random embedder with its card, as the setting names it: ``onnx:PATH``."""
    onnx = random_embedder(folder / f"{name}.onnx", seed=seed, dimension=dimension)
    fields = {"thresholds": {"accept": 0.9, "margin": 0.001, "verify": 0.1}, **fields}
    card = write_card(onnx, input_size=112, dimension=dimension, mean=127.5, scale=1 / 127.5, **fields)
    return f"onnx:{card}"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value)
