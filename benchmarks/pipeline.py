"""From a 640x480 camera frame to an identity in a gallery of 10,000 people: ours beside four peers.

    python -m benchmarks.pipeline [--full] [--data DIR] [--frames N]

Every pipeline runs in a process of its own and all take turns on the same frames in one run
(:mod:`benchmarks.measure`). Ours finds, judges, embeds, searches 10,000 people and decides. The peers
stop at the embedding, so they are not charged for a search. First table: frames as arrays, as an IP
camera's reader hands them over; second: the same frames as JPEG bytes, as a browser sends them; with
``--full`` a third, where ours looks for faces as small as the packages do.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.frames import Shots, arguments, jpeg, shots
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

PEOPLE = 10_000
#: Frames in a row before the next pipeline's turn.
RUN = 5
#: The smallest face that the mtcnn package looks for, in pixels.
SMALL = 20
TENSORFLOW, ONNX = "FaceRoster, TensorFlow", "FaceRoster, onnxruntime"
USUAL = "mtcnn package + Keras predict"
DEEPFACE = "DeepFace.represent"
FACE_RECOGNITION = "face_recognition"
#: What to aim for at p50, in milliseconds, on two cores of the class this was planned on.
_AIMS = {TENSORFLOW: 20.0, ONNX: 8.0}
#: How many times faster than whom a backend must be.
_BARS = ((TENSORFLOW, DEEPFACE, 12.0), (ONNX, DEEPFACE, 30.0), (TENSORFLOW, USUAL, 5.0))
_MORE = ((ONNX, USUAL), (TENSORFLOW, FACE_RECOGNITION), (ONNX, FACE_RECOGNITION))

Answers = dict[str, list[dict[str, Any]]]


@contextlib.contextmanager
def running(ours: Sequence[str] = ()) -> Iterator[tuple[list[Server], dict[str, str]]]:
    """Start all servers that can run here, ``ours`` being more arguments for our own.

    Yields them, and for each other one's name why it does not run.
    """
    servers: list[Server] = []
    missing: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        for name, command, python in _pipelines(ours):
            reason = _absent(name)
            if reason is None:
                try:
                    servers.append(stack.enter_context(Server(name, command, python)))
                except Unavailable as error:
                    reason = str(error)
            if reason:
                missing[name] = reason
                print(f"Without {name}: {reason}", flush=True)
        yield servers, missing


def _pipelines(ours: Sequence[str]) -> list[tuple[str, list[str], Path | None]]:
    serve = ["benchmarks.serve", "faceroster", *ours, "--backend"]
    return [
        (TENSORFLOW, [*serve, "tensorflow"], None),
        (ONNX, [*serve, "onnxruntime"], None),
        (USUAL, ["benchmarks.serve", "usual"], None),
        (DEEPFACE, ["benchmarks.peers.serve", "deepface"], PEERS_PYTHON),
        (FACE_RECOGNITION, ["benchmarks.peers.serve", "face_recognition"], PEERS_PYTHON),
    ]


def _absent(name: str) -> str | None:
    """Why this pipeline cannot run here, if that is known before trying."""
    if name == ONNX and not importlib.util.find_spec("onnxruntime"):
        return "onnxruntime is not installed (`make fast` does it)."
    if name in (DEEPFACE, FACE_RECOGNITION) and not PEERS_PYTHON.is_file():
        return NO_PEERS
    return None


def fill_galleries(servers: Sequence[Server], known: Shots) -> None:
    """Enroll the people of the frames, and strangers up to the wanted size, in each of our servers."""
    labels = np.frombuffer("\n".join(label for label, _ in known.known).encode(), np.uint8)
    for server in servers:
        if "enroll" in server.can:
            server.ask("enroll", labels, *(frame for _, frame in known.known))


def speed_rows(answers: Answers, taken: Shots) -> list[Row]:
    """One row per pipeline, then how many times faster ours is."""
    rows = []
    for name, given in answers.items():
        p50, p95 = quantiles(times(given))
        spent = np.median([one["cpu_ms"] for one in given])
        note = f"processor time {number(spent)} ms; a face in {sum(one['faces'] > 0 for one in given)} frames"
        if "person" in given[0]:
            note += f", {_named(given, taken)}"
        rows.append(row(name, p50, "ms", bar=_AIMS.get(name), p50=p50, p95=p95, n=len(given), note=note))
    return [*rows, *ratio_rows(answers)]


def ratio_rows(answers: Answers) -> list[Row]:
    rows = []
    for ours, peer, bar in (*_BARS, *((ours, peer, None) for ours, peer in _MORE)):
        if ours not in answers or peer not in answers:
            continue
        slow, fast = times(answers[peer]), times(answers[ours])
        value, ci = ratio(slow, fast)
        rows.append(
            row(
                f"{ours}: times faster than {peer}",
                value,
                "x",
                bar=bar,
                better="higher",
                ci=ci,
                n=len(slow),
                peer=f"{peer}: {np.median(slow):.0f} ms",
                note="ratio of p50",
            )
        )
    return rows


def unmeasured(answers: Answers, missing: dict[str, str]) -> list[Row]:
    """Bars for which a side was missing: they are not met, and say why."""
    rows = []
    for ours, peer, bar in _BARS:
        reasons = [missing[name] for name in (ours, peer) if name not in answers]
        if reasons:
            label = f"{ours}: times faster than {peer}"
            rows.append(row(label, None, "x", bar=bar, better="higher", note=" ".join(reasons)))
    return rows


def _named(given: Sequence[dict[str, Any]], taken: Shots) -> str:
    right = sum(one["person"] == label for one, (label, _) in zip(given, taken.probes, strict=True))
    wrong = sum(one["person"] is not None for one in given) - right
    return f"{right} named rightly, {wrong} wrongly"


def agreement(answers: Answers) -> list[Row]:
    """That both ways compute the same thing: how far the embeddings of a frame lie apart."""
    rows = []
    for name in (TENSORFLOW, ONNX):
        if name in answers and USUAL in answers:
            pairs = [
                (np.array(a["vector"]), np.array(b["vector"]))
                for a, b in zip(answers[name], answers[USUAL], strict=True)
                if a["vector"] is not None and b["vector"] is not None
            ]
            apart = float(np.median([np.linalg.norm(a - b) for a, b in pairs])) if pairs else None
            note = "same frame, ours against the package: landmarks are not rounded here"
            label = f"{name}: median distance of embeddings to {USUAL}"
            rows.append(row(label, apart, "", n=len(pairs), note=note))
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--frames", type=int, help="how many frames (default 60, with --full 300)")
    options: argparse.Namespace = parser.parse_args(argv)
    count = options.frames or (300 if options.full else 60)
    taken = shots(count, options.data)
    gallery = ["--people", str(PEOPLE)]
    half = Shots(taken.source, taken.probes[: max(1, count // 2)])
    with running(gallery) as (servers, missing):
        fill_galleries(servers, taken)
        answers = take_turns(servers, "frame", [[frame] for _, frame in taken.probes], run=RUN)
        from_jpeg = take_turns(servers, "jpeg", [[jpeg(frame)] for _, frame in half.probes], run=RUN)
    where = f"640x480, {taken.source}, {PEOPLE:,} people; {peer_versions()}"
    write(
        "pipeline",
        f"Frame to identity ({where})",
        [*speed_rows(answers, taken), *unmeasured(answers, missing), *agreement(answers)],
        options.out,
    )
    write(
        "pipeline_jpeg",
        f"JPEG bytes to identity ({where})",
        without_bars(speed_rows(from_jpeg, half)),
        options.out,
    )
    if options.full:
        with running([*gallery, "--min-face", str(SMALL)]) as (servers, _):
            fill_galleries(servers, taken)
            small = take_turns(servers, "frame", [[frame] for _, frame in half.probes])
        title = f"Frame to identity with faces from {SMALL} pixels ({where})"
        write("pipeline_small_faces", title, without_bars(speed_rows(small, half)), options.out)


def without_bars(rows: Sequence[Row]) -> list[Row]:
    """The bars are for the first table; the others tell more about it."""
    return [{**one, "bar": None, "met": None} for one in rows]


def peer_versions() -> str:
    return ", ".join(f"{name} {peer_version(name)}" for name in ("deepface", "face-recognition", "dlib-bin"))


if __name__ == "__main__":
    main()
