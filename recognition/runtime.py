"""What runs the networks, the one place that starts TensorFlow, and how many threads everybody gets."""

from __future__ import annotations

import importlib.util
import logging
import os
import threading
from typing import Any, Literal, cast, get_args

import cv2

from recognition.errors import ModelError

logger = logging.getLogger(__name__)
_lock = threading.Lock()
_tensorflow: Any = None

#: What can run the networks; the weights are the same, and vectors agree to 1e-5.
Backend = Literal["tensorflow", "onnxruntime"]


def check_backend(name: str) -> Backend:
    """``name`` if such a backend exists and its packages are installed; nothing is imported for it.

    Raises :class:`ModelError` ``model.unknown_backend``, or ``model.no_onnxruntime``.
    """
    if name not in get_args(Backend):
        known = ", ".join(get_args(Backend))
        raise ModelError(
            f"There is no backend called {name!r}; known: {known}.", code="model.unknown_backend"
        )
    if name == "onnxruntime":
        missing = [
            package for package in ("onnxruntime", "onnx") if importlib.util.find_spec(package) is None
        ]
        if missing:
            raise no_onnxruntime(f"{missing[0]} is not installed")
    return cast(Backend, name)


def no_onnxruntime(reason: object) -> ModelError:
    """The error that tells how to get onnxruntime, or to do without."""
    return ModelError(
        f"onnxruntime could not be loaded ({reason}). Run `make fast`, or install requirements-fast.txt "
        "with pip; or choose the backend tensorflow.",
        code="model.no_onnxruntime",
    )


def start(backend: Backend, threads: int | None = None) -> None:
    """Load what a backend needs before its first model; sessions of onnxruntime start by themselves."""
    if backend == "tensorflow":
        start_tensorflow(threads)


def start_tensorflow(threads: int | None = None) -> Any:
    """Import TensorFlow (2 to 4 seconds, 0.6 GB) once per process and return the module.

    ``threads`` is how many cores one operation may use; ``None`` takes all. It only counts for the
    first caller, since TensorFlow fixes its pools then. OpenCV gets one thread: two pools that
    both want every core slow each other down. Raises :class:`ModelError` ``model.no_tensorflow``.
    """
    global _tensorflow
    with _lock:
        if _tensorflow is None:
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
            try:
                import tensorflow as tf
            except ImportError as error:
                raise ModelError(
                    f"TensorFlow could not be loaded on this machine ({error}).", code="model.no_tensorflow"
                ) from error
            _configure(tf, threads)
            cv2.setNumThreads(1)
            _tensorflow = tf
        return _tensorflow


def _configure(tf: Any, threads: int | None) -> None:
    # Otherwise a graphics card rounds products to 10 bits, and its vectors differ from a processor's.
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        if threads is not None:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(max(1, threads // 2))
        for device in tf.config.list_physical_devices("GPU"):
            # Without this TensorFlow takes the whole card for two small networks.
            tf.config.experimental.set_memory_growth(device, True)
    except RuntimeError:
        # Somebody else has already run TensorFlow in this process; their settings stay.
        logger.warning("TensorFlow was started elsewhere; its threads stay as they are.")
