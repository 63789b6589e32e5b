"""The one place that starts onnxruntime: a session per network, and how many threads it gets.

onnxruntime and onnx are optional; nothing here is imported before a session is made.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2

from recognition.errors import ModelError
from recognition.runtime import no_onnxruntime

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

#: onnxruntime's log levels: 3 lets errors through, not warnings about graphs.
_ERRORS_ONLY = 3
#: A thread that waits for its part of the next operation spins, for to wake it would take as long as many
#: of these operations do; but briefly, and never once the network is through: two sessions that take turns
#: would keep each other from the cores.
_WAITING = {
    "intra_op.allow_spinning": "1",
    "intra_op.spin_duration_us": "200",
    "inter_op.allow_spinning": "0",
    "force_spinning_stop": "1",
}


def require_onnx() -> tuple[Any, Any]:
    """The modules (onnxruntime, onnx), imported. Raises :class:`ModelError` ``model.no_onnxruntime``."""
    try:
        import onnx
        import onnxruntime
    except ImportError as error:
        raise no_onnxruntime(error) from error
    return onnxruntime, onnx


def make_session(model: bytes | Path, threads: int | None = None) -> InferenceSession:
    """A session on the processor for a serialised ONNX model, or for the file that holds one.

    ``threads``: cores for one operation, ``None`` for all. OpenCV gets one thread, as beside TensorFlow.
    A session may be run from several threads at once.

    Raises :class:`ModelError`: ``model.no_onnxruntime``, ``model.missing`` for a file that is not
    there, ``model.invalid`` for what is no ONNX model or one that this onnxruntime cannot run.
    """
    runtime, _ = require_onnx()
    cv2.setNumThreads(1)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.inter_op_num_threads = 1
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _ERRORS_ONLY
    for key, value in _WAITING.items():
        options.add_session_config_entry(f"session.{key}", value)
    if isinstance(model, Path) and not model.is_file():
        raise ModelError(f"There is no model file {model}.", code="model.missing")
    source = str(model) if isinstance(model, Path) else model
    try:
        return runtime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions share no base class but this
        what = model.name if isinstance(model, Path) else "the model"
        raise ModelError(f"onnxruntime cannot run {what}: {error}", code="model.invalid") from error
