"""Where the time of one camera frame goes: decode, find, judge, align, embed, on both backends.

    python -m benchmarks.stages [--full] [--data DIR] [--frames N]

Both backends take turns on the same frames in one run, each in a process of its own: the threads of
TensorFlow stay awake for a while after their work, and would keep onnxruntime's from the cores.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import lru_cache
from multiprocessing import get_context
from typing import Any, get_args

import numpy as np

from benchmarks.frames import arguments, jpeg, shots
from benchmarks.report import Row, row, write
from recognition.alignment import embedder_chip
from recognition.decoding import decode
from recognition.detection import DetectorConfig, make_detector
from recognition.embedding import make_embedder
from recognition.engine import EngineConfig
from recognition.quality import PROBE, assess
from recognition.runtime import Backend, start

#: Frames before the clock counts.
_WARM = 3

Times = dict[str, list[float]]


class Stages:
    """The engine's steps, one by one."""

    def __init__(self, backend: Backend) -> None:
        config = EngineConfig()
        start(backend)
        self.detector = make_detector(config.detector, DetectorConfig(config.min_face), backend)
        self.embedder = make_embedder(config.embedder, backend)
        self._times: dict[str, float] = {}

    def frame(self, data: bytes) -> dict[str, float]:
        """One frame to the embedding of its most certain face: milliseconds of each step."""
        self._times = {}
        image = self._timed("decode", decode, data)
        found = self._timed("find", self.detector.detect, [image])[0]
        if found:
            self._timed("judge", lambda: assess(image, found[0], limits=PROBE))
            chip = self._timed("align", embedder_chip, image, found[0].landmarks)
            self._timed("embed", self.embedder.embed, chip[None])
        return self._times

    def _timed(self, name: str, step: Callable[..., Any], *inputs: Any) -> Any:
        begin = time.perf_counter()
        result = step(*inputs)
        self._times[name] = 1000 * (time.perf_counter() - begin)
        return result


@lru_cache(maxsize=1)
def _stages(backend: Backend) -> Stages:
    return Stages(backend)


def _frame(backend: Backend, data: bytes) -> dict[str, float]:
    """Runs in a backend's process."""
    return _stages(backend).frame(data)


def measure(files: Sequence[bytes]) -> dict[Backend, Times]:
    """All frames through both backends in turns: milliseconds of every run of every step."""
    times: dict[Backend, Times] = {backend: defaultdict(list) for backend in get_args(Backend)}
    with ExitStack() as stack:
        spawn = get_context("spawn")
        pools = {backend: stack.enter_context(ProcessPoolExecutor(1, mp_context=spawn)) for backend in times}
        for data in [*files[:_WARM], *files]:
            for backend, pool in pools.items():
                for name, value in pool.submit(_frame, backend, data).result().items():
                    times[backend][name].append(value)
    return {
        backend: {name: values[_WARM:] for name, values in steps.items()} for backend, steps in times.items()
    }


def rows_of(times: dict[Backend, Times]) -> list[Row]:
    """A row per step and backend; the other backend is the peer."""
    rows = []
    for name in ("decode", "find", "judge", "align", "embed"):
        for backend, mine in times.items():
            p50, p95 = np.quantile(mine[name], (0.5, 0.95))
            peer = None
            if name in ("find", "embed"):
                other = next(label for label in times if label != backend)
                peer = (other, float(np.median(times[other][name])))
            elif backend != "tensorflow":
                continue  # these steps know no backend
            label = f"{name}: {backend}" if peer else name
            count = len(mine[name])
            rows.append(row(label, float(p50), "ms", peer=peer, p50=float(p50), p95=float(p95), n=count))
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--frames", type=int, help="how many (default 60, with --full 300)")
    options = parser.parse_args(argv)
    count = options.frames or (300 if options.full else 60)
    taken = shots(count, options.data)
    files = [jpeg(frame).tobytes() for _, frame in taken.probes]
    write(
        "stages", f"Where a frame's time goes ({taken.source}, 640x480)", rows_of(measure(files)), options.out
    )


if __name__ == "__main__":
    main()
