"""How fast a camera frame becomes a face and its embedding, and how that compares.

    python -m benchmarks.engine [--frames 60] [--json]

Ours against the same two networks called the usual way: the ``mtcnn`` package's ``detect_faces``
and Keras ``predict``. Both take turns on the same frames in one run, so that the ratio holds even
where the machine is busy with other things. Frames are 640x480, made from the demo photos.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from recognition.alignment import embedder_chip
from recognition.decoding import decode, shrink
from recognition.embedding.dlib_dat import parse
from recognition.embedding.resnet import build
from recognition.engine import FaceEngine
from recognition.models import DLIB_RESNET29, verified_path
from recognition.types import Floats, Image

ROOT = Path(__file__).resolve().parent.parent
HEIGHT, WIDTH = 480, 640
NAMES = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")

#: A frame to the embedding of its most prominent face, or ``None``.
Pipeline = Callable[[Image], Floats | None]


def frames(count: int) -> list[Image]:
    """Demo people standing at different places and distances before a plain wall."""
    photos = sorted((ROOT / "demo" / "people" / "staff").glob("*/*.jpg"))
    if not photos:
        sys.exit("The demo photos are missing (demo/people).")
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        photo = shrink(decode(photos[number * 7 % len(photos)].read_bytes()), int(rng.integers(240, 470)))
        frame = np.clip(rng.normal(140, 4, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
        top = int(rng.integers(0, HEIGHT - photo.shape[0] + 1))
        left = int(rng.integers(0, WIDTH - photo.shape[1] + 1))
        frame[top : top + photo.shape[0], left : left + photo.shape[1]] = photo
        made.append(frame)
    return made


def ours() -> Pipeline:
    engine = FaceEngine()
    engine.warm_up((HEIGHT, WIDTH))

    def run(frame: Image) -> Floats | None:
        found = engine.analyse([frame], largest=1)[0]
        return found[0].embedding.vector if found and found[0].embedding else None

    return run


def usual() -> Pipeline:
    from mtcnn import MTCNN

    detector = MTCNN()
    model = build(parse(verified_path(DLIB_RESNET29.files[0]).read_bytes()))

    def run(frame: Image) -> Floats | None:
        found = detector.detect_faces(frame)
        if not found:
            return None
        face = max(found, key=lambda one: one["box"][2] * one["box"][3])
        landmarks = np.array([face["keypoints"][name] for name in NAMES], np.float32)
        chip = embedder_chip(frame, landmarks).astype(np.float32)
        vector = model.predict(chip[None], verbose=0)[0]
        return np.asarray(vector / np.linalg.norm(vector), np.float32)

    return run


def measure(pipelines: dict[str, Pipeline], pictures: list[Image]) -> dict[str, dict[str, float]]:
    """Milliseconds and found faces per pipeline; they take turns frame by frame."""
    times: dict[str, list[float]] = {name: [] for name in pipelines}
    vectors: dict[str, list[Floats | None]] = {name: [] for name in pipelines}
    for run in pipelines.values():
        for frame in pictures[:3]:
            run(frame)
    for frame in pictures:
        for name, run in pipelines.items():
            start = time.perf_counter()
            vectors[name].append(run(frame))
            times[name].append(1000 * (time.perf_counter() - start))
    results = {}
    for name in pipelines:
        p50, p95 = np.quantile(times[name], (0.5, 0.95))
        faces = sum(vector is not None for vector in vectors[name])
        results[name] = {"p50_ms": float(p50), "p95_ms": float(p95), "faces": faces, "frames": len(pictures)}
    pairs = [(a, b) for a, b in zip(*vectors.values(), strict=True) if a is not None and b is not None]
    results["agreement"] = {
        "same_frames": len(pairs),
        "median_distance": float(np.median([np.linalg.norm(a - b) for a, b in pairs])) if pairs else -1.0,
    }
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--frames", type=int, default=60, help="how many frames (default 60)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.frames < 1:
        parser.error("--frames must be at least 1")
    results = measure({"ours": ours(), "usual": usual()}, frames(options.frames))
    report = {
        "what": "640x480 frame to faces and embedding",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        **results,
        "ratio_p50": results["usual"]["p50_ms"] / results["ours"]["p50_ms"],
        "ratio_p95": results["usual"]["p95_ms"] / results["ours"]["p95_ms"],
    }
    if options.json:
        print(json.dumps(report))
        return
    print(f"{report['what']} ({report['machine']}, {options.frames} frames)")
    print(f"{'':34}{'p50 ms':>9}{'p95 ms':>9}{'faces':>7}")
    for name, label in (("ours", "FaceEngine"), ("usual", "mtcnn package + Keras predict")):
        row = results[name]
        print(f"{label:34}{row['p50_ms']:9.1f}{row['p95_ms']:9.1f}{row['faces']:7.0f}")
    print(f"{'times faster':34}{report['ratio_p50']:9.1f}{report['ratio_p95']:9.1f}")


if __name__ == "__main__":
    main()
