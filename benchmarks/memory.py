"""Does a worker's memory grow? One engine process over frames of many contents and several sizes.

    python -m benchmarks.memory [--full] [--data DIR] [--frames N]

Per backend one process works through 2,000 frames (10,000 with ``--full``): 640x480 mostly, and half,
double and odd sizes, with no face, one, or several; each is searched, judged, embedded and looked up.
The bar: resident memory at the end within 5 % of that after 500 frames.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.frames import arguments, shots
from benchmarks.report import ROOT, Row, row, write
from recognition.engine import EngineConfig, FaceEngine
from recognition.gallery import Gallery
from recognition.types import Image

SETTLED = 500
BAR = 5.0
BACKENDS = ("tensorflow", "onnxruntime")
#: Sizes (width, height) and how many of a hundred frames have each.
SIZES = {(640, 480): 70, (320, 240): 10, (1280, 720): 10, (480, 640): 5, (1920, 1080): 5}
_MIB = 1024 * 1024


def resident() -> float:
    """This process's resident memory in MiB; where the system does not tell, the most it ever was."""
    pages = Path("/proc/self/statm")
    if pages.is_file():
        return int(pages.read_text().split()[1]) * resource.getpagesize() / _MIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / _MIB if sys.platform == "darwin" else peak / 1024


def picture(frames: Sequence[Image], random: np.random.Generator) -> Image:
    """One more frame: another size, light and place, now and then two people, or nobody."""
    sizes = list(SIZES)
    width, height = sizes[random.choice(len(sizes), p=np.array(list(SIZES.values())) / 100)]
    kind = random.random()
    image = frames[random.integers(len(frames))]
    if kind < 0.1:
        image = np.full_like(image, random.integers(256))
    elif kind < 0.2:
        other = frames[random.integers(len(frames))]
        image = np.concatenate([image[:, 160:480], other[:, 160:480]], axis=1)
    image = np.roll(image, int(random.integers(-80, 80)), axis=1)
    image = cv2.convertScaleAbs(
        image, alpha=float(random.uniform(0.7, 1.3)), beta=float(random.uniform(-20, 20))
    )
    return np.ascontiguousarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR))


def measured(backend: str, data: Path, count: int) -> dict[str, Any]:
    """Resident MiB after every 100 frames (first: before any), and how many faces were seen."""
    engine = FaceEngine(EngineConfig(**({} if backend == BACKENDS[0] else {"backend": backend})))
    gallery = Gallery(dimension=engine.dimension, model=engine.model)
    vectors = np.random.default_rng(1).standard_normal((1000, engine.dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    gallery.add([(number, f"person {number}", vector) for number, vector in enumerate(vectors)])
    frames = [frame for _, frame in shots(60, data).probes]
    engine.warm_up((480, 640))
    random = np.random.default_rng(0)
    memory, faces = [resident()], 0
    for number in range(1, count + 1):
        for found in engine.analyse([picture(frames, random)])[0]:
            if found.embedding is not None:
                gallery.candidates(found.embedding.vector)
                faces += 1
        if number % 100 == 0:
            memory.append(resident())
            print(f"{backend} {number} {memory[-1]:.0f} MiB", file=sys.stderr, flush=True)
    return {"memory": memory, "faces": faces, "frames": count}


def rows(backend: str, result: dict[str, Any]) -> list[Row]:
    memory, count = result["memory"], result["frames"]
    start, settled, end = memory[0], memory[SETTLED // 100], memory[-1]
    growth = 100 * (end / settled - 1)
    seen = f"{result['faces']:,} faces; most {max(memory):,.0f} MiB"
    return [
        row(f"{backend}: models loaded", start, "MiB"),
        row(f"{backend}: after {SETTLED} frames", settled, "MiB"),
        row(f"{backend}: after {count:,} frames", end, "MiB", n=count, note=seen),
        row(f"{backend}: growth since frame {SETTLED}", growth, "%", bar=BAR),
    ]


def apart(backend: str, options: argparse.Namespace, count: int) -> list[Row]:
    """The rows of one backend, measured in a process of its own."""
    if backend == "onnxruntime" and importlib.util.find_spec("onnxruntime") is None:
        return [_unmeasured(backend, "onnxruntime is not installed (`make fast` does it).")]
    command = [sys.executable, "-m", "benchmarks.memory", "--backend", backend, "--data", str(options.data)]
    command += ["--frames", str(count)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return [_unmeasured(backend, f"ended with {done.returncode}")]
    return rows(backend, json.loads(done.stdout.splitlines()[-1]))


def _unmeasured(backend: str, why: str) -> Row:
    bar = BAR if backend == BACKENDS[0] else None
    return row(f"{backend}: growth since frame {SETTLED}", None, "%", bar=bar, better="lower", note=why)


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--frames", type=int, help="how many frames (default 2,000, with --full 10,000)")
    parser.add_argument("--backend", choices=BACKENDS, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    count = options.frames or (10_000 if options.full else 2_000)
    if count < 2 * SETTLED:
        parser.error(f"--frames must be at least {2 * SETTLED}")
    if options.backend:
        print(json.dumps(measured(options.backend, options.data, count)))
        return
    made = [one for backend in BACKENDS for one in apart(backend, options, count)]
    write("memory", "Memory of one engine process", made, options.out)


if __name__ == "__main__":
    main()
