"""Do our detector and the ``mtcnn`` package, whose networks it drives, find the same faces?

    python -m benchmarks.detector [--full] [--data DIR] [--photos N]

Of the faces that the package finds clearly above our smallest size: how many we find, how much the
boxes overlap, and how far the landmarks are apart. One photo each of as many LFW people, and frames
of the webcam clips; ``tests/contracts`` holds the bounds on fewer of them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import numpy as np

from benchmarks.frames import arguments, shots
from benchmarks.report import Row, row, write
from recognition.decoding import decode
from recognition.detection import DetectorConfig, make_detector
from recognition.detection.boxes import overlap
from recognition.runtime import Backend
from recognition.types import Face, Floats, Image

MIN_FACE = 40
#: Faces of the package that are this much above our limit must be found.
CLEARLY = 1.15
#: Boxes of one face overlap at least by this.
_SAME = 0.5


@dataclass(slots=True)
class Agreement:
    """Over all faces of the package: which of them we found, and how near."""

    found: list[bool] = field(default_factory=list)
    overlaps: list[float] = field(default_factory=list)
    apart: list[float] = field(default_factory=list)
    extra: int = 0

    def add(self, theirs: Floats, ours: list[Face]) -> None:
        """``theirs``: rows of picture, x1, y1, x2, y2, score, five x, five y."""
        boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in (face.box for face in ours)], np.float32)
        matched: set[int] = set()
        for one in theirs:
            shared = overlap(one[None, 1:5].astype(np.float32), boxes.reshape(-1, 4))[0]
            best = int(shared.argmax()) if len(shared) else -1
            same = best >= 0 and shared[best] >= _SAME
            if same:
                matched.add(best)
            if min(one[3] - one[1], one[4] - one[2]) < CLEARLY * MIN_FACE:
                continue
            self.found.append(same)
            if same:
                points = one[6:16].reshape(2, 5).T
                away = np.linalg.norm(points - ours[best].landmarks, axis=1).mean()
                self.overlaps.append(float(shared[best]))
                self.apart.append(float(away / ours[best].eye_distance))
        self.extra += len(ours) - len(matched)

    def rows(self, what: str) -> list[Row]:
        """Recall, overlap, distance, and what the package does not see."""
        n = len(self.found)
        middle, worst = np.quantile(self.overlaps, (0.5, 0.05))
        p50, p95 = np.quantile(self.apart, (0.5, 0.95))
        return [
            row(f"{what}: found", float(np.mean(self.found)), "of 1", bar=0.97, better="higher", n=n),
            row(
                f"{what}: overlap", float(middle), "of 1", bar=0.98, better="higher", n=n,
                note=f"median; one in twenty is below {worst:.3f}",
            ),
            row(
                f"{what}: landmarks apart", float(p50), "eye distances", bar=0.01, p50=float(p50),
                p95=float(p95), n=n,
            ),
            row(f"{what}: faces that only we see", float(self.extra), "faces", bar=max(1.0, 0.02 * n), n=n),
        ]  # fmt: skip


def portraits(folder: Path, count: int) -> list[Image]:
    """The first photo of ``count`` people, spread over the alphabet."""
    people = sorted(folder.iterdir())
    chosen = [people[at] for at in np.linspace(0, len(people) - 1, count).astype(int)]
    return [decode(sorted(person.glob("*.jpg"))[0].read_bytes()) for person in chosen]


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--photos", type=int, help="LFW photos (default 100, with --full 500)")
    options = parser.parse_args(argv)
    folder = options.data / "lfw" / "images"
    if not folder.is_dir():
        sys.exit(f"There are no pictures at {folder} (set FACEROSTER_DATA).")
    from mtcnn import MTCNN

    count = options.photos or (500 if options.full else 100)
    sets = {
        "LFW": portraits(folder, count),
        "webcam": [frame for _, frame in shots(count // 5, options.data).probes],
    }
    package = MTCNN()
    config = DetectorConfig(min_face=MIN_FACE, second_look=False)
    detectors = {backend: make_detector("mtcnn", config, backend) for backend in get_args(Backend)}
    rows = []
    for name, images in sets.items():
        agreements = {backend: Agreement() for backend in detectors}
        for image in images:
            theirs = package.detect_faces(image, min_face_size=20, output_type="numpy", box_format="xyxy")
            for backend, detector in detectors.items():
                agreements[backend].add(theirs, detector.detect([image])[0])
        for backend, agreement in agreements.items():
            rows += agreement.rows(f"{name}, {backend}")
    write("detector", "The same faces as the mtcnn package", rows, options.out)


if __name__ == "__main__":
    main()
