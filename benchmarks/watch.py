"""``watch`` on clips of 640x480: faces followed, beside searching and embedding every frame.

    python -m benchmarks.watch [--full] [--data DIR] [--clips N]

Per backend one process. Both ways read, search, embed and look up the same clips from the file, in
turns, clip by clip, against a gallery of 10,000 people that holds those in the clips; so the ratio
holds even where the machine is busy. Frames a second are over whole clips, reading included.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.frames import CLIPS, arguments
from benchmarks.measure import quantiles
from benchmarks.report import ROOT, Row, row, write
from benchmarks.serve import strangers
from recognition.commands.naming import namer
from recognition.commands.video import open_source
from recognition.engine import EngineConfig, FaceEngine
from recognition.gallery import Gallery
from recognition.identify import decide
from recognition.scoring import make_scorer
from recognition.tracking import Tracker
from recognition.types import Image

PEOPLE = 10_000
BAR = 60.0
BACKENDS = ("tensorflow", "onnxruntime")
WAYS = ("followed", "every frame")

#: The name (or ``None``) of the most prominent face of the next frame.
Way = Callable[[Image], str | None]


def clips(data: Path) -> dict[str, tuple[str, ...]]:
    """Whose clips there are: the first of each person is enrolled, the others are watched."""
    folder = data / "webcam-clips" / "asl_gestures"
    if folder.is_dir():
        return {
            person: tuple(str(folder / f"{name}.mkv") for name in names) for person, names in CLIPS.items()
        }
    demo = sorted((ROOT / "demo" / "people" / "clips").glob("*.webm"))
    if not demo:
        sys.exit("There is nothing to watch: no webcam clips, and no demo clips (demo/people/clips).")
    return {path.stem: (str(path), str(path)) for path in demo}


def enrolled(engine: FaceEngine, people: dict[str, tuple[str, ...]]) -> Gallery:
    """Five frames of each person's first clip, and strangers up to 10,000 people."""
    templates = []
    for person, (first, *_) in people.items():
        images = [frame.image for frame in open_source(first).frames()]
        for found in engine.analyse(images[:: max(1, len(images) // 5)], largest=1):
            if found and found[0].embedding:
                templates.append((len(templates), person, found[0].embedding.vector))
    middle = np.mean([vector for _, _, vector in templates], axis=0)
    rest = strangers(PEOPLE - len(people), 1, middle / np.float32(np.linalg.norm(middle)))
    count = len(templates)
    templates += [(count + number, f"stranger {number}", one) for number, one in enumerate(rest)]
    gallery = Gallery(dimension=engine.dimension, model=engine.model, scorer=make_scorer(engine.spec))
    gallery.add(templates)
    return gallery


def ways(engine: FaceEngine, gallery: Gallery) -> dict[str, Callable[[], Way]]:
    """A fresh start of each way, for a new clip."""
    policy = gallery.policy()

    def followed() -> Way:
        tracker = Tracker(engine, namer(gallery, policy))

        def step(image: Image) -> str | None:
            faces = tracker.update(image).tracks
            return max(faces, key=lambda track: track.face.box.area).person if faces else None

        return step

    def every() -> Way:
        def step(image: Image) -> str | None:
            found = engine.analyse([image])[0]
            names = [
                decide(gallery.candidates(one.embedding.vector), policy).person
                for one in found
                if one.embedding
            ]
            return names[0] if names else None

        return step

    return dict(zip(WAYS, (followed, every), strict=True))


def measured(backend: str, people: dict[str, tuple[str, ...]], limit: int, rounds: int) -> dict[str, Any]:
    """For each way: seconds of each clip, milliseconds of each frame, the processor's seconds in all,
    and how frames were named.
    """
    engine = FaceEngine(EngineConfig(**({} if backend == BACKENDS[0] else {"backend": backend})))
    engine.warm_up((480, 640))
    ways_here = ways(engine, enrolled(engine, people))
    watched = [(person, name) for person, (_, *names) in people.items() for name in names]
    # Of each person some: every so-manieth of them all.
    watched = [watched[i] for i in np.unique(np.linspace(0, len(watched) - 1, limit).astype(int))]
    result: dict[str, Any] = {
        way: {"seconds": [], "ms": [], "cpu": 0.0, "right": 0, "wrong": 0} for way in WAYS
    }
    result["frames"] = []
    run(ways_here[WAYS[0]](), watched[0][1])
    for number, (person, name) in enumerate(watched * rounds):
        turn = WAYS if number % 2 else WAYS[::-1]
        for way in turn:
            into = result[way]
            before = time.process_time()
            ms, names = run(ways_here[way](), name)
            into["cpu"] += time.process_time() - before
            into["seconds"].append(sum(ms) / 1000)
            into["ms"] += ms
            into["right"] += names.count(person)
            into["wrong"] += len(names) - names.count(person) - names.count(None)
        result["frames"].append(len(ms))
    return result


def run(step: Way, name: str) -> tuple[list[float], list[str | None]]:
    """Milliseconds from frame to frame, reading included, and the names."""
    ms, names = [], []
    start = time.perf_counter()
    for frame in open_source(name).frames():
        names.append(step(frame.image))
        now = time.perf_counter()
        ms.append(1000 * (now - start))
        start = now
    return ms, names


def rows(backend: str, result: dict[str, Any]) -> list[Row]:
    frames = np.array(result["frames"])
    made = []
    for way in WAYS:
        one = result[way]
        speed = float(frames.sum() / np.sum(one["seconds"]))
        bar = BAR if (backend, way) == (BACKENDS[0], WAYS[0]) else None
        note = f"{one['right']} frames named rightly, {one['wrong']} wrongly"
        count = int(frames.sum())
        made.append(row(f"{backend}, {way}", speed, "frames/s", bar=bar, better="higher", n=count, note=note))
        mean = float(np.mean(one["ms"]))
        p50, p95 = quantiles(np.array(one["ms"]))
        made.append(row(f"{backend}, {way}: one frame", mean, "ms", p50=p50, p95=p95, n=count))
        cpu, note = 1000 * one["cpu"] / count, "all threads; hardly depends on what else runs"
        made.append(row(f"{backend}, {way}: processor time of a frame", cpu, "ms", n=count, note=note))
    slow, fast = np.array(result[WAYS[1]]["seconds"]), np.array(result[WAYS[0]]["seconds"])
    picked = np.random.default_rng(0).integers(0, len(slow), (2000, len(slow)))
    ci = np.quantile(slow[picked].sum(axis=1) / fast[picked].sum(axis=1), (0.025, 0.975))
    value = float(slow.sum() / fast.sum())
    label = f"{backend}: following, times faster than every frame"
    made.append(row(label, value, "x", better="higher", ci=ci, n=len(slow), note="whole clips"))
    return made


def apart(backend: str, options: argparse.Namespace) -> list[Row]:
    """The rows of one backend, measured in a process of its own."""
    if backend == "onnxruntime" and importlib.util.find_spec("onnxruntime") is None:
        return [_unmeasured(backend, "onnxruntime is not installed (`make fast` does it).")]
    command = [sys.executable, "-m", "benchmarks.watch", "--backend", backend, "--data", str(options.data)]
    command += ["--clips", str(options.clips)] if options.clips else []
    command += ["--full"] if options.full else []
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return [_unmeasured(backend, f"ended with {done.returncode}")]
    return rows(backend, json.loads(done.stdout.splitlines()[-1]))


def _unmeasured(backend: str, why: str) -> Row:
    bar = BAR if backend == BACKENDS[0] else None
    return row(f"{backend}, {WAYS[0]}", None, "frames/s", bar=bar, better="higher", note=why)


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--clips", type=int, help="how many clips (default 5, with --full all)")
    parser.add_argument("--backend", choices=BACKENDS, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.clips is not None and options.clips < 1:
        parser.error("--clips must be at least 1")
    people = clips(options.data)
    if options.backend:
        limit = options.clips or (100 if options.full else 5)
        print(json.dumps(measured(options.backend, people, limit, 3 if options.full else 1)))
        return
    made = [one for backend in BACKENDS for one in apart(backend, options)]
    source = "webcam clips" if len(people) == len(CLIPS) else "demo clips"
    write("watch", f"Watching a clip of 640x480 ({source}, {PEOPLE:,} people)", made, options.out)


if __name__ == "__main__":
    main()
