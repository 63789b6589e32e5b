"""The two stages alone: finding faces in three sizes of picture, embedding chips in three batch sizes.

    python -m benchmarks.engine [--full] [--data DIR]

Ours on both backends beside the same networks called the usual way (the ``mtcnn`` package's
``detect_faces``, Keras ``predict``) and beside dlib's own library with the same weights. All take
turns on the same input in one run; :mod:`benchmarks.pipeline` measures the whole way.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from benchmarks.frames import arguments, shots
from benchmarks.measure import Server, quantiles, ratio, take_turns, times
from benchmarks.pipeline import DEEPFACE, ONNX, TENSORFLOW, USUAL, Answers, running
from benchmarks.report import Row, row, write
from recognition.types import Image

_SIZES = ((640, 480), (1280, 720), (1920, 1080))
_BATCHES = (1, 8, 32)
_CHIP = 150
#: What each pipeline's stage is called in the tables.
_FINDERS = {TENSORFLOW: TENSORFLOW, ONNX: ONNX, USUAL: "mtcnn package"}
_EMBEDDERS = {
    TENSORFLOW: TENSORFLOW,
    ONNX: ONNX,
    USUAL: "Keras predict",
    DEEPFACE: "dlib (as its wheel is built)",
}


def placed(frame: Image, width: int, height: int) -> Image:
    """The frame scaled to this height, mirrored at its sides to this width."""
    scaled = cv2.resize(frame, (frame.shape[1] * height // frame.shape[0], height))
    side = width - scaled.shape[1]
    wide = cv2.copyMakeBorder(scaled, 0, 0, side // 2, side - side // 2, cv2.BORDER_REFLECT)
    return np.asarray(wide, np.uint8)


def rows_of(what: str, answers: Answers, labels: dict[str, str]) -> list[Row]:
    """A row per pipeline, ours beside the usual way."""
    rows = []
    for name, given in answers.items():
        p50, p95 = quantiles(times(given))
        note, peer = "", None
        if name in (TENSORFLOW, ONNX) and USUAL in answers:
            slow = times(answers[USUAL])
            value, (low, high) = ratio(slow, times(given))
            note = f"{value:.1f} times faster than {labels[USUAL]} ({low:.1f} to {high:.1f})"
            peer = (labels[USUAL], float(np.median(slow)))
        label = f"{what}: {labels[name]}"
        rows.append(row(label, p50, "ms", peer=peer, p50=p50, p95=p95, n=len(given), note=note))
    return rows


def able(servers: Sequence[Server], do: str, labels: dict[str, str]) -> list[Server]:
    return [server for server in servers if do in server.can and server.name in labels]


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--frames", type=int, help="per size (default 20, with --full 100)")
    options = parser.parse_args(argv)
    count = options.frames or (100 if options.full else 20)
    taken = shots(count, options.data)
    random = np.random.default_rng(0)
    finding: list[Row] = []
    embedding: list[Row] = []
    with running() as (servers, _):
        for width, height in _SIZES:
            requests = [[placed(frame, width, height)] for _, frame in taken.probes]
            answers = take_turns(able(servers, "detect", _FINDERS), "detect", requests)
            finding += rows_of(f"{width}x{height}", answers, _FINDERS)
        for batch in _BATCHES:
            # Networks of this kind take the same time for noise as for faces.
            chips = [[random.integers(0, 256, (batch, _CHIP, _CHIP, 3), np.uint8)] for _ in range(count)]
            answers = take_turns(able(servers, "embed", _EMBEDDERS), "embed", chips)
            embedding += rows_of(f"{batch} faces" if batch > 1 else "1 face", answers, _EMBEDDERS)
    write("detection", f"Finding faces, per picture ({taken.source})", finding, options.out)
    write("embedding", "Embedding faces, per batch", embedding, options.out)


if __name__ == "__main__":
    main()
