"""What MTCNN's driver needs of a backend: three networks as functions of arrays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from recognition.models import ModelSpec
from recognition.runtime import Backend
from recognition.types import Floats, Image

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Networks:
    """All take uint8 RGB (n, height, width, 3), n at least 1; scores are logits of "this is a face".

    ``propose``, on sheets of any size: scores (n, rows, columns) and offsets (n, rows, columns, 4).
    ``refine``, on crops of 24x24: scores (n,), offsets (n, 4). ``finish``, on crops of 48x48: the
    same, and landmarks (n, 10) as five x, then five y.
    """

    propose: Callable[[Image], list[Floats]]
    refine: Callable[[Image], list[Floats]]
    finish: Callable[[Image], list[Floats]]


def load(spec: ModelSpec, backend: Backend, threads: int | None = None) -> Networks:
    """Load, check, compile and run once; detectors of one process share what was loaded.

    Raises :class:`ModelError`: weights missing or changed, or no such backend here.
    """
    with _lock:
        return _loaded(spec, backend, threads)


@lru_cache(maxsize=4)
def _loaded(spec: ModelSpec, backend: Backend, threads: int | None) -> Networks:
    if backend == "onnxruntime":
        from recognition.detection import networks_onnx

        networks = networks_onnx.load(spec, threads)
    else:
        from recognition.detection import networks_tensorflow

        networks = networks_tensorflow.load(spec)
    # The first run takes long, and a warm-up with an empty picture would have no crops to judge.
    networks.refine(np.zeros((1, 24, 24, 3), np.uint8))
    networks.finish(np.zeros((1, 48, 48, 3), np.uint8))
    return networks
