"""Faces of demo people, cut out as the face network wants them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recognition.alignment import embedder_chip
from recognition.decoding import decode
from recognition.engine import FaceEngine
from recognition.types import Image

STAFF = Path(__file__).resolve().parents[2] / "demo" / "people" / "staff"


def demo_chips(engine: FaceEngine, people: int, photos: int) -> dict[str, Image]:
    """The first people of the demo staff by name, each with chips uint8 RGB (photos, 150, 150, 3)."""
    folders = sorted(path for path in STAFF.iterdir() if path.is_dir())[:people]
    files = {folder.name: sorted(folder.glob("*.jpg"))[:photos] for folder in folders}
    images = [decode(path.read_bytes()) for paths in files.values() for path in paths]
    faces = engine.analyse(images, embed=False, largest=1)
    chips = [
        embedder_chip(image, found.face.landmarks)
        for image, (found,) in zip(images, faces, strict=True)
    ]  # fmt: skip
    return {name: np.stack(chips[n * photos : (n + 1) * photos]) for n, name in enumerate(files)}
