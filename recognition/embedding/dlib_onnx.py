"""dlib's 29-layer face network on onnxruntime: the graph written in memory from the same weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recognition.embedding.dlib_dat import DlibNetwork
from recognition.embedding.resnet import BLOCKS, folded
from recognition.onnx_graph import Graph
from recognition.onnx_runtime import make_session
from recognition.types import Floats, Image


def compiled(network: DlibNetwork, threads: int | None = None) -> Callable[[Image], Floats]:
    """A function of chips, uint8 RGB (n, 150, 150, 3), that gives vectors (n, 128) of length 1."""
    session = make_session(serialised(network), threads)

    def run(chips: Image) -> Floats:
        vectors = session.run(None, {"chips": chips})[0]
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    return run


def serialised(network: DlibNetwork) -> bytes:
    """The ONNX model: input ``chips``, output ``vectors``, not normalised."""
    graph = Graph()
    convolutions = folded(network)

    def convolve(x: str) -> str:
        layer, kernel, bias = next(convolutions)
        return graph.convolve(x, kernel, bias, layer.stride, layer.padding)

    x = graph.add("Relu", convolve(graph.pixels("chips")))
    x = graph.max_pool(x, 3, 2)
    side, depth = ((network.size[0] - 7) // 2 + 1 - 3) // 2 + 1, BLOCKS[0][0]
    for channels, halve in BLOCKS:
        branch = convolve(graph.add("Relu", convolve(x)))
        if halve:
            # The branch's convolution fits (side - 3) // 2 + 1 times; what is missing to the shortcut
            # is zero at the bottom and at the right.
            missing = side // 2 - ((side - 3) // 2 + 1)
            branch = graph.pad_end(branch, missing) if missing else branch
            x = graph.convolve(x, _averaging(depth, channels), stride=2)
            side, depth = side // 2, channels
        x = graph.add("Relu", graph.add("Add", x, branch))
    x = graph.add("Flatten", graph.add("GlobalAveragePool", x), axis=1)
    graph.name(graph.add("MatMul", x, graph.constant(network.dense)), "vectors")
    shape: list[int | str] = ["n", *network.size, 3]
    return graph.serialised(("chips", shape), {"vectors": ["n", network.dense.shape[1]]})


def _averaging(depth: int, channels: int) -> Floats:
    """The shortcut of a block that halves: means of 2x2, and zeros in the channels that are new.

    As a convolution it runs in one step with the sum behind it.
    """
    kernel = np.zeros((2, 2, depth, channels), np.float32)
    kernel[:, :, range(depth), range(depth)] = 0.25
    return kernel
