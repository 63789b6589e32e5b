"""Our rebuilt network against dlib itself, on chips of faces and on chips of anything."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from recognition.alignment import embedder_chip
from recognition.decoding import decode
from recognition.embedding import make_embedder
from recognition.engine import FaceEngine
from recognition.models import DLIB_RESNET29, verified_path
from recognition.runtime import Backend
from recognition.types import Image

dlib = pytest.importorskip("dlib", reason="dlib-bin is not installed on this platform")

STAFF = Path(__file__).resolve().parents[2] / "demo" / "people" / "staff"
WANTED = 100


@pytest.fixture(scope="module")
def engine() -> FaceEngine:
    return FaceEngine()


def face_chips(engine: FaceEngine, photos: list[Path]) -> list[Image]:
    chips = []
    for path in photos:
        image = decode(path.read_bytes())
        for found in engine.analyse([image], embed=False, largest=1)[0]:
            chips.append(embedder_chip(image, found.face.landmarks))
    return chips


def noise_chips(count: int) -> list[Image]:
    rng = np.random.default_rng(20)
    return list(rng.integers(0, 256, (count, 150, 150, 3), dtype=np.uint8))


def compare(chips: list[Image]) -> None:
    reference = dlib.face_recognition_model_v1(str(verified_path(DLIB_RESNET29.files[0])))
    theirs = np.array([reference.compute_face_descriptor(np.ascontiguousarray(chip)) for chip in chips])
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    vectors = {
        backend: make_embedder("dlib-resnet29", backend).embed(np.stack(chips))
        for backend in get_args(Backend)
    }
    for backend, ours in vectors.items():
        assert np.abs(ours - theirs).max() < 1e-4, backend
    one, other = vectors.values()
    assert np.abs(one - other).max() < 1e-5


def test_equals_dlib_on_a_hundred_chips(engine: FaceEngine) -> None:
    photos = sorted(STAFF.glob("*/*.jpg"))
    chips = face_chips(engine, photos[: WANTED - 10]) + noise_chips(10)
    chips += [np.ascontiguousarray(chip[:, ::-1]) for chip in chips][: max(0, WANTED - len(chips))]
    assert len(chips) >= WANTED
    compare(chips[:WANTED])


def test_equals_dlib_on_real_portraits(engine: FaceEngine, shared_data: Path) -> None:
    photos = sorted((shared_data / "lfw" / "images").glob("*/*_0001.jpg"))
    chips = face_chips(engine, photos[:: len(photos) // 40])
    assert len(chips) >= 38
    compare(chips)
