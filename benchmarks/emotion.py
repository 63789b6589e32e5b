"""Emotions of FER2013's PublicTest: ours beside ``fer`` from PyPI, accuracy and milliseconds per face.

    python -m benchmarks.emotion [--full] [--data DIR] [--model DIR]

First table: the same 48 x 48 pictures for everyone, all of them for the accuracy and some of them, one at a
time and in turns, for the time; everyone has one thread. ``fer`` is told that the whole picture is the face
and to add nothing around it, which is how its network was trained (it adds ten pixels by default, and then
is right on 52 % instead of 71 % of the first 400). Second table: from a camera's frame of 640x480 to
emotions, each with its own way to find faces.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.frames import arguments, shots
from benchmarks.measure import (
    NO_PEERS,
    PEERS_PYTHON,
    Server,
    Unavailable,
    peer_version,
    quantiles,
    ratio,
    take_turns,
    times,
)
from benchmarks.report import Row, number, row, write
from recognition.emotion.data import Faces, read
from recognition.emotion.evaluation import wilson
from recognition.emotion.labels import EMOTIONS

TENSORFLOW, ONNX = "FaceRoster, TensorFlow", "FaceRoster, onnxruntime"
#: Each face alone, without its mirror image: half the work, and a little less often right.
ALONE = "FaceRoster, onnxruntime, no mirror image"
LITE, KERAS = "fer (TensorFlow Lite, its default)", "fer (Keras)"
OURS, PEERS = (TENSORFLOW, ONNX, ALONE), (LITE, KERAS)
#: Least accuracy, and milliseconds per face on one core, that ours must reach.
ACCURACY, MILLISECONDS = 0.69, 5.0
_BATCH = 128
#: Read by TensorFlow and OpenMP when they start: one core for everyone.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}

Answers = dict[str, list[dict[str, Any]]]


@contextlib.contextmanager
def running(model: str) -> Iterator[tuple[list[Server], dict[str, str]]]:
    """All servers that can run here, and for each other one's name why it does not."""
    os.environ.update(_ONE_THREAD)
    ours = ["benchmarks.emotion_serve", "--model", model]
    commands: list[tuple[str, list[str], Path | None]] = [
        (TENSORFLOW, [*ours, "tensorflow"], None),
        (ONNX, [*ours, "onnxruntime"], None),
        (ALONE, [*ours, "onnxruntime", "--no-flips"], None),
        (LITE, ["benchmarks.peers.serve", "fer"], PEERS_PYTHON),
        (KERAS, ["benchmarks.peers.serve", "fer_keras"], PEERS_PYTHON),
    ]
    servers: list[Server] = []
    missing: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        for name, command, python in commands:
            try:
                servers.append(stack.enter_context(_started(name, command, python)))
            except Unavailable as error:
                missing[name] = str(error)
                print(f"Without {name}: {error}", flush=True)
        yield servers, missing


def _started(name: str, command: list[str], python: Path | None) -> Server:
    if name in (ONNX, ALONE) and not importlib.util.find_spec("onnxruntime"):
        raise Unavailable("onnxruntime is not installed (`make fast` does it).")
    if python is not None and not python.is_file():
        raise Unavailable(NO_PEERS)
    return Server(name, command, python)


def judged(servers: Sequence[Server], faces: Faces) -> dict[str, np.ndarray]:
    """What each server says of every face: positions in ``EMOTIONS``."""
    said: dict[str, np.ndarray] = {}
    for server in servers:
        names: list[str] = []
        for begin in range(0, len(faces), _BATCH):
            names += server.ask("judge", faces.pixels[begin : begin + _BATCH])["emotions"]
        said[server.name] = np.array([EMOTIONS.index(name) for name in names])
    return said


def accuracy_rows(said: dict[str, np.ndarray], labels: np.ndarray) -> list[Row]:
    """Ours first; the best of the peers stands beside them."""
    right = {name: int((answers == labels).sum()) for name, answers in said.items()}
    best = max((name for name in right if name in PEERS), key=lambda name: right[name], default=None)
    peer = None if best is None else (best, 100 * right[best] / len(labels))
    return [
        row(
            f"{name}: accuracy", 100 * count / len(labels), "%", better="higher", n=len(labels),
            bar=100 * ACCURACY if name in OURS else None, peer=peer if name in OURS else None,
            ci=tuple(100 * value for value in wilson(count, len(labels))),
        )
        for name, count in right.items()
    ]  # fmt: skip


def time_rows(answers: Answers, what: str, bar: float | None = None) -> list[Row]:
    """Milliseconds of each, then how many times faster ours is than each peer."""
    rows = []
    for name, given in answers.items():
        p50, p95 = quantiles(times(given))
        note = f"processor time {number(float(np.median([one['cpu_ms'] for one in given])))} ms"
        if what == "a frame":
            note += f"; a face in {sum(bool(one['emotions']) for one in given)} frames"
        mine = bar if name in OURS else None
        rows.append(row(f"{name}: {what}", p50, "ms", bar=mine, p50=p50, p95=p95, n=len(given), note=note))
    for name in OURS:
        for peer in PEERS:
            if name in answers and peer in answers:
                value, ci = ratio(times(answers[peer]), times(answers[name]))
                label = f"{name}: times faster than {peer}"
                rows.append(row(label, value, "x", better="higher", ci=ci, n=len(answers[name])))
    return rows


def unmeasured(missing: dict[str, str]) -> list[Row]:
    """What could not be measured, and why; ours miss their bars."""
    return [
        row(f"{name}: a face", None, "ms", bar=MILLISECONDS if name in OURS else None, note=reason)
        for name, reason in missing.items()
    ]


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--model", default="default", help="a folder of `emotion train` instead of ours")
    options = parser.parse_args(argv)
    faces = read(options.data / "fer2013" / "fer2013.npz").chosen("publictest")
    picked = np.random.default_rng(0).permutation(len(faces))[: 1000 if options.full else 300]
    frames = shots(240 if options.full else 60, options.data)
    with running(options.model) as (servers, missing):
        single = take_turns(servers, "judge", [[faces.pixels[i : i + 1]] for i in picked], run=5)
        whole = take_turns(servers, "frame", [[frame] for _, frame in frames.probes], run=5)
        said = judged(servers, faces)
    rows = [
        *accuracy_rows(said, faces.labels),
        *time_rows(single, "a face", MILLISECONDS),
        *unmeasured(missing),
    ]
    note = f"one thread each; fer {peer_version('fer')}"
    write("emotion", f"Emotions of FER2013's PublicTest, original labels ({note})", rows, options.out)
    title = f"From a 640x480 frame to emotions ({frames.source}; {note})"
    write("emotion_frames", title, time_rows(whole, "a frame"), options.out)


if __name__ == "__main__":
    main()
