"""Are changed copies of a photo found, and are different photos of one person left in peace?

    python -m benchmarks.redundancy --lfw DIR [--copies 100] [--pairs 1000] [--backend onnxruntime]

Copies of each kind are made of ``--copies`` random photos of Labeled Faces in the Wild and go through the
whole way of an enrollment photo. Pairs of different photos come from people drawn at random, all pairs of
at most four photos each; LFW has a few true duplicates among them, which count against us. The limits were
chosen on other random photos, some of them of the same people. The peer is the embeddings' distance alone.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.report import FOLDER, Row, row, write
from recognition.copies import fingerprint, is_copy
from recognition.decoding import decode, encode_jpeg
from recognition.engine import EngineConfig, FaceEngine
from recognition.errors import FaceError
from recognition.redundancy import NEAR_DUPLICATE, unlike_own
from recognition.types import Floats, Image

SEED, MOST_PHOTOS, BATCH = 11, 4, 16
Change = Callable[[Image, np.random.Generator], Image]


@dataclass(frozen=True)
class Known:
    """What is kept of a photo: its fingerprint and embedding (D,)."""

    fingerprint: bytes
    vector: Floats


def resized(image: Image, rng: np.random.Generator) -> Image:
    factor = float(rng.choice([0.65, 0.8, 1.5, 2.0]))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=how), np.uint8)


def cropped(image: Image, rng: np.random.Generator) -> Image:
    """A window of 60 to 85 % of each side, not far from the middle, where LFW's face is."""
    side = int(image.shape[0] * rng.uniform(0.60, 0.85))
    room = image.shape[0] - side
    top, left = (int(room * rng.uniform(0.35, 0.65)) for _ in range(2))
    return image[top : top + side, left : left + side]


def brightened(image: Image, rng: np.random.Generator) -> Image:
    return np.clip(image * rng.uniform(1.1, 1.3) + rng.uniform(0, 15), 0, 255).astype(np.uint8)


KINDS: dict[str, Change] = {
    "exact copy": lambda image, rng: image,
    "re-encoded (JPEG 30 to 80)": lambda image, rng: decode(
        encode_jpeg(image, quality=int(rng.integers(30, 81)))
    ),
    "resized (65 to 200 %)": resized,
    "cropped (60 to 85 %)": cropped,
    "mirrored": lambda image, rng: image[:, ::-1],
    "brightened (x 1.1 to 1.3)": brightened,
}


class Looker:
    """Photos as the enrollment sees them: the one face in the middle."""

    def __init__(self, backend: Literal["tensorflow", "onnxruntime"]) -> None:
        self.engine = FaceEngine(EngineConfig(backend=backend))

    def __call__(self, images: Sequence[Image]) -> list[Known | None]:
        return [
            one
            for start in range(0, len(images), BATCH)
            for one in self._batch([np.ascontiguousarray(image) for image in images[start : start + BATCH]])
        ]

    def _batch(self, images: list[Image]) -> list[Known | None]:
        known: list[Known | None] = []
        for image, found in zip(images, self.engine.analyse(images), strict=True):
            try:
                # The second look is the enrollment's own: it also finds small faces.
                faces = found or [self.engine.analyse_photo(image)]
            except FaceError:
                known.append(None)
                continue
            middle = np.array(image.shape[1::-1]) / 2
            main = min(faces, key=lambda one: float(np.linalg.norm(np.array(one.face.box.center) - middle)))
            assert main.embedding is not None
            known.append(Known(fingerprint(image, main.face.landmarks), main.embedding.vector))
        return known


def distance(a: Known, b: Known) -> float:
    return float(np.linalg.norm(a.vector - b.vector))


def copies_found(look: Looker, files: list[Path]) -> list[Row]:
    rng = np.random.default_rng(SEED)
    images = [decode(file.read_bytes()) for file in files]
    originals = look(images)
    rows = []
    for kind, change in tqdm(KINDS.items(), desc="kinds", file=sys.stderr):
        # Whatever was changed is saved again, as whoever sends it would.
        changed = [
            image
            if kind == "exact copy"
            else decode(encode_jpeg(np.ascontiguousarray(change(image, rng)), quality=88))
            for image in images
        ]
        found, near, total = 0, 0, 0
        for known, again in zip(originals, look(changed), strict=True):
            if known is None:
                continue
            total += 1
            if again is not None:
                apart = distance(known, again)
                found += is_copy(known.fingerprint, again.fingerprint, apart)
                near += apart <= NEAR_DUPLICATE
        peer = ("embedding distance", 100 * near / total)
        rows.append(
            row(kind, 100 * found / total, "%", bar=98, better="higher", peer=peer, n=total, note="found")
        )
    return rows


def people_of(lfw: Path, pairs: int) -> list[list[Path]]:
    """Photos of random people until there are so many pairs."""
    folders = sorted(path for path in (lfw / "images").iterdir() if path.is_dir())
    np.random.default_rng(SEED).shuffle(folders)  # type: ignore[arg-type]
    chosen: list[list[Path]] = []
    for folder in folders:
        files = sorted(folder.glob("*.jpg"))[:MOST_PHOTOS]
        if len(files) > 1:
            chosen.append(files)
            pairs -= len(files) * (len(files) - 1) // 2
        if pairs <= 0:
            break
    return chosen


def others_left_alone(look: Looker, people: list[list[Path]]) -> list[Row]:
    called, near, pairs, strange, strangers, asked, looked = 0, 0, 0, 0, 0, 0, 0
    before: list[Floats] = []
    every = look([decode(file.read_bytes()) for files in people for file in files])
    counted = iter(every)
    for files in people:
        seen = [known for known in (next(counted) for _ in files) if known is not None]
        for a, b in itertools.combinations(seen, 2):
            apart = distance(a, b)
            called += is_copy(a.fingerprint, b.fingerprint, apart)
            near += apart <= NEAR_DUPLICATE
            pairs += 1
        for number in range(1, len(seen)):
            asked += unlike_own([known.vector for known in seen[:number]], seen[number].vector)
            looked += 1
        if before and seen:
            strange += unlike_own(before, seen[0].vector)
            strangers += 1
        before = [known.vector for known in seen]
    peer = ("embedding distance", 100 * near / pairs)
    return [
        row(
            "different photos of one person",
            100 * called / pairs,
            "%",
            bar=1,
            peer=peer,
            n=pairs,
            note="called copies",
        ),
        row("own photos held back", 100 * asked / looked, "%", n=looked, note="unlike the others"),
        row(
            "another human's photo held back",
            100 * strange / strangers,
            "%",
            better="higher",
            n=strangers,
            note="unlike the others",
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n\n")[0])
    parser.add_argument("--lfw", type=Path, required=True, metavar="DIR", help="folder with images/")
    parser.add_argument("--copies", type=int, default=100, help="copies of each kind (%(default)s)")
    parser.add_argument("--pairs", type=int, default=1000, help="pairs of different photos (%(default)s)")
    parser.add_argument("--backend", choices=("tensorflow", "onnxruntime"), default="tensorflow")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where figures go (%(default)s)")
    options = parser.parse_args()
    look = Looker(options.backend)
    files = sorted((options.lfw / "images").glob("*/*.jpg"))
    chosen = np.random.default_rng(SEED).choice(len(files), options.copies, replace=False)
    rows = copies_found(look, [files[number] for number in chosen])
    rows += others_left_alone(look, people_of(options.lfw, options.pairs))
    write("redundancy", "Redundancy on LFW", rows, options.out)


if __name__ == "__main__":
    main()
