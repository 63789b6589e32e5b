"""An emotion network in eight bits, for onnxruntime: quicker than in floats.

Post-training quantisation (Jacob et al. 2018), done by onnxruntime's own tool: weights per channel, what
flows between layers by the range that was seen on some faces.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recognition.emotion.portable import Parts, translated
from recognition.onnx_runtime import require_onnx
from recognition.types import Floats

#: Faces per run while ranges are looked for.
_BATCH = 32


def quantised(parts: Parts, faces: Floats) -> bytes:
    """The ONNX model of a network in eight bits; ``faces``: float32 (n, 48, 48, 1) to take the ranges from.

    Weights get seven of the eight bits, because processors without VNNI add up pairs of products in sixteen
    bits, and would overflow now and then: the same answers everywhere are worth more than the last bit.
    Raises :class:`ModelError` as :func:`recognition.emotion.portable.compiled`.
    """
    require_onnx()
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder, _quiet():
        floats, ready, small = (Path(folder) / f"{name}.onnx" for name in ("floats", "ready", "small"))
        floats.write_bytes(translated(parts))
        quant_pre_process(floats, ready, skip_symbolic_shape=True)
        quantize_static(
            ready,
            small,
            _Faces(faces),
            quant_format=QuantFormat.QOperator,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
        )
        return small.read_bytes()


class _Faces:
    """What the tool reads faces from: a batch, until there is none."""

    def __init__(self, faces: Floats) -> None:
        self._batches = iter([faces[start : start + _BATCH] for start in range(0, len(faces), _BATCH)])

    def get_next(self) -> dict[str, Any] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"faces": batch}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the tool's advice to do what was done already."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
