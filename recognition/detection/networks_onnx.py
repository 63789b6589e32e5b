"""MTCNN's three networks on onnxruntime: graphs written in memory from the same weights.

onnxruntime computes convolutions, poolings and plain rectifiers in blocks of 16 channels; everything
else, and other numbers of channels, send the picture through a reordering first. So everything here is
made of these, and channels that are missing to a block are made up with zeros.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recognition.detection.networks import Networks
from recognition.detection.weights import Layer, NetworkWeights, PooledLayer, pool_first, read
from recognition.models import ModelSpec
from recognition.onnx_graph import Graph
from recognition.onnx_runtime import make_session
from recognition.types import Floats, Image

#: Channels that onnxruntime computes together where the processor has vectors of 512 bits; elsewhere half.
BLOCK = 16


def load(spec: ModelSpec, threads: int | None = None) -> Networks:
    """Load, check and build. Raises :class:`ModelError`: weights missing or changed, no onnxruntime."""
    propose, refine, finish = read(spec)
    return Networks(_proposer(propose, threads), _judge(refine, 24, threads), _judge(finish, 48, threads))


def _proposer(weights: NetworkWeights, threads: int | None) -> Callable[[Image], list[Floats]]:
    graph = Graph()
    x = _convolutions(graph, weights.convolutions)
    both = weights.offsets, weights.score
    kernel, bias = (
        np.concatenate(parts, axis=-1) for parts in zip(*((h.kernel, h.bias) for h in both), strict=True)
    )
    graph.name(graph.convolve(x, kernel, bias), "heads")
    model = graph.serialised(("images", ["n", "h", "w", 3]), {"heads": ["n", 5, "rows", "columns"]})
    session = make_session(model, threads)

    def run(sheets: Image) -> list[Floats]:
        heads = session.run(None, {"images": sheets})[0]
        return [heads[:, 4], heads[:, :4].transpose(0, 2, 3, 1)]

    return run


def _judge(weights: NetworkWeights, side: int, threads: int | None) -> Callable[[Image], list[Floats]]:
    graph = Graph()
    x = _convolutions(graph, weights.convolutions)
    # Flattened column by column, as in the framework in which the weights were trained.
    x = graph.add("Flatten", graph.add("Transpose", x, perm=(0, 3, 2, 1)), axis=1)
    if weights.dense:
        x = _dense(graph, x, weights.dense)
        x = graph.add("PRelu", x, graph.constant(weights.dense.slope))
    score = graph.add("Squeeze", _dense(graph, x, weights.score), graph.constant([1], np.int64))
    outputs: dict[str, list[int | str]] = {"scores": ["n"], "offsets": ["n", 4]}
    graph.name(score, "scores")
    graph.name(_dense(graph, x, weights.offsets), "offsets")
    if weights.landmarks:
        outputs["landmarks"] = ["n", 10]
        graph.name(_dense(graph, x, weights.landmarks), "landmarks")
    session = make_session(graph.serialised(("images", ["n", side, side, 3]), outputs), threads)
    return lambda crops: session.run(list(outputs), {"images": crops})


def _convolutions(graph: Graph, layers: tuple[Layer, ...]) -> str:
    x = graph.pixels("images")
    depth = 3  # the pictures' own channels are left as they are
    for layer in pool_first(layers):
        x = graph.convolve(x, _filled(layer.kernel, depth), _filled(layer.bias))
        depth = _blocks(len(layer.bias))
        if isinstance(layer, PooledLayer):
            pool = layer.pool
            x = graph.max_pool(x, pool.size, pool.stride, pool.end)
            keep, bend = (_filled(matrix[None, None], depth) for matrix in (layer.keep, layer.bend))
            x = graph.add("Add", graph.convolve(x, keep), graph.add("Relu", graph.convolve(x, bend)))
            depth = keep.shape[-1]
        else:
            x = graph.add("Add", x, graph.add("Relu", graph.scale(x, _filled(layer.slope - 1))))
    return x


def _blocks(channels: int) -> int:
    return -(-channels // BLOCK) * BLOCK


def _filled(weights: Floats, depth: int | None = None) -> Floats:
    """Zeros up to whole blocks of outputs, the last axis, and up to ``depth`` inputs, the one before."""
    missing = [(0, 0)] * weights.ndim
    missing[-1] = (0, _blocks(weights.shape[-1]) - weights.shape[-1])
    if depth:
        missing[-2] = (0, depth - weights.shape[-2])
    return np.pad(weights, missing)


def _dense(graph: Graph, x: str, layer: Layer) -> str:
    return graph.add("Gemm", x, graph.constant(layer.kernel), graph.constant(layer.bias))
