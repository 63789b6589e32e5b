"""Where the time of one camera frame goes: decode, find, judge, align, embed, on both backends.

    python -m benchmarks.stages [--full] [--data DIR] [--frames N]

Both backends take turns on the same frames, in one process and one run, so the ratio between them
holds where the machine is busy with other things.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
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
from recognition.runtime import Backend, start_tensorflow

#: Frames before the clock counts.
_WARM = 3


class Stages:
    """The engine's steps, one by one; ``times``: milliseconds of every run of every step."""

    def __init__(self, backend: Backend) -> None:
        config = EngineConfig()
        self.detector = make_detector(config.detector, DetectorConfig(config.min_face), backend)
        self.embedder = make_embedder(config.embedder, backend)
        self.times: dict[str, list[float]] = defaultdict(list)

    def frame(self, data: bytes) -> None:
        """One frame to the embedding of its most certain face."""
        image = self._timed("decode", decode, data)
        found = self._timed("find", self.detector.detect, [image])[0]
        if found:
            self._timed("judge", lambda: assess(image, found[0], limits=PROBE))
            chip = self._timed("align", embedder_chip, image, found[0].landmarks)
            self._timed("embed", self.embedder.embed, chip[None])

    def _timed(self, name: str, step: Callable[..., Any], *inputs: Any) -> Any:
        start = time.perf_counter()
        result = step(*inputs)
        self.times[name].append(1000 * (time.perf_counter() - start))
        return result


def rows_of(stages: dict[Backend, Stages]) -> list[Row]:
    """A row per step and backend; the other backend is the peer."""
    rows = []
    for name in ("decode", "find", "judge", "align", "embed"):
        for backend, mine in stages.items():
            p50, p95 = np.quantile(mine.times[name], (0.5, 0.95))
            peer = None
            if name in ("find", "embed"):
                other = next(label for label in stages if label != backend)
                peer = (other, float(np.median(stages[other].times[name])))
            elif backend != "tensorflow":
                continue  # these steps know no backend
            label = f"{name}: {backend}" if peer else name
            count = len(mine.times[name])
            rows.append(row(label, float(p50), "ms", peer=peer, p50=float(p50), p95=float(p95), n=count))
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--frames", type=int, help="how many (default 60, with --full 300)")
    options = parser.parse_args(argv)
    count = options.frames or (300 if options.full else 60)
    taken = shots(count, options.data)
    files = [jpeg(frame).tobytes() for _, frame in taken.probes]
    start_tensorflow()
    stages: dict[Backend, Stages] = {backend: Stages(backend) for backend in get_args(Backend)}
    for mine in stages.values():
        for data in files[:_WARM]:
            mine.frame(data)
        mine.times.clear()
    for data in files:
        for mine in stages.values():
            mine.frame(data)
    write("stages", f"Where a frame's time goes ({taken.source}, 640x480)", rows_of(stages), options.out)


if __name__ == "__main__":
    main()
