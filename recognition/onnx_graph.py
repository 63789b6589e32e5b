"""Writes ONNX graphs in memory, operation by operation, from weights that are already here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from recognition.onnx_runtime import require_onnx
from recognition.types import Floats

#: ONNX operator set and file format: old enough for every onnxruntime since 1.16.
OPSET, IR_VERSION = 17, 9


class Graph:
    """Grows one operation at a time; values are known by their names. Pictures are (n, c, h, w)."""

    def __init__(self) -> None:
        _, onnx = require_onnx()
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, value: npt.ArrayLike, kind: type = np.float32) -> str:
        """A tensor of weights, or of ``np.int64`` for shapes and axes."""
        name = f"c{len(self._constants)}"
        array: npt.NDArray[Any] = np.ascontiguousarray(value, kind)
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def add(self, operation: str, *inputs: str, **attributes: Any) -> str:
        """One operation of the ONNX standard with one output, whose name is returned."""
        name = f"v{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(operation, list(inputs), [name], **attributes))
        return name

    def name(self, value: str, name: str) -> None:
        """Call ``value`` by ``name`` at the door: what :meth:`serialised` lists as an output."""
        self._nodes.append(self._onnx.helper.make_node("Identity", [value], [name]))

    def convolve(
        self, x: str, kernel: Floats, bias: Floats | None = None, stride: int = 1, padding: int = 0
    ) -> str:
        """``kernel`` as TensorFlow has it: (height, width, in, out). The same padding on all sides."""
        filters = kernel.transpose(3, 2, 0, 1)
        return self.add(
            "Conv",
            x,
            self.constant(filters),
            *(() if bias is None else (self.constant(bias),)),
            kernel_shape=filters.shape[2:],
            strides=[stride, stride],
            pads=[padding] * 4,
        )

    def scale(self, x: str, factors: Floats) -> str:
        """Multiply each channel by its factor (c,): as a convolution, which onnxruntime runs in blocks."""
        filters = self.constant(factors.reshape(-1, 1, 1, 1))
        return self.add("Conv", x, filters, kernel_shape=[1, 1], group=len(factors))

    def max_pool(self, x: str, size: int, stride: int, end: int = 0) -> str:
        """Over squares; ``end``: padding below and to the right."""
        return self.add("MaxPool", x, kernel_shape=[size] * 2, strides=[stride] * 2, pads=[0, 0, end, end])

    def pad_end(self, x: str, count: int) -> str:
        """``count`` rows and columns of zeros at the bottom and at the right."""
        return self.add("Pad", x, self.constant([0, 0, 0, 0, 0, 0, count, count], np.int64))

    def pixels(self, x: str) -> str:
        """uint8 (n, h, w, c) to float32 (n, c, h, w), 0 to 255. The bytes are turned: a quarter as many."""
        return self.add("Cast", self.add("Transpose", x, perm=(0, 3, 1, 2)), to=self._onnx.TensorProto.FLOAT)

    def _needed(self, values: set[str]) -> list[Any]:
        """The operations that these values come of, in their order."""
        kept = []
        for node in reversed(self._nodes):
            if values.intersection(node.output):
                kept.append(node)
                values.update(node.input)
        return kept[::-1]

    def serialised(
        self,
        image: tuple[str, Sequence[int | str]],
        outputs: Mapping[str, Sequence[int | str]],
        *,
        floats: bool = False,
    ) -> bytes:
        """The model's bytes: one uint8 input (name, shape), float32 outputs by name; text is any size.

        ``floats``: the input is float32 too.
        """
        helper, kinds = self._onnx.helper, self._onnx.TensorProto
        graph = helper.make_graph(
            self._needed(set(outputs)),
            "faceroster",
            [helper.make_tensor_value_info(image[0], kinds.FLOAT if floats else kinds.UINT8, list(image[1]))],
            [
                helper.make_tensor_value_info(name, kinds.FLOAT, list(shape))
                for name, shape in outputs.items()
            ],
            initializer=self._constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        self._onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
