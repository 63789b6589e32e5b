"""Labeled Faces in the Wild, embedded once per engine, and its pairs."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.report import ROOT
from recognition.decoding import decode
from recognition.engine import EngineConfig, FaceEngine
from recognition.runtime import Backend
from recognition.types import Analysis, Floats, Image

_BATCH = 16


@dataclass(frozen=True, slots=True, eq=False)
class Lfw:
    """``vectors`` (N, D) of the photos whose subject was found; ``files``: their names, to rows."""

    vectors: Floats
    people: dict[str, np.ndarray]
    files: dict[str, int]
    missing: int


def read(data: Path) -> Lfw:
    """Embed every photo, or take what an earlier run kept under build/ for the same engine."""
    folder = data / "lfw" / "images"
    if not folder.is_dir():
        sys.exit(f"Labeled Faces in the Wild is not at {folder} (set FACEROSTER_DATA).")
    backend = fastest()
    engine = FaceEngine(EngineConfig(backend=backend))
    cache = kept_for(f"lfw-{engine.model}-{backend}")
    files = sorted(folder.glob("*/*.jpg"))
    if not cache.exists():
        cache.parent.mkdir(parents=True, exist_ok=True)
        found, names = _embedded(engine, files)
        np.savez(cache, vectors=found, names=np.array(names))
    with np.load(cache) as kept:
        vectors, names = kept["vectors"], kept["names"].tolist()
    people: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        people.setdefault(name.rsplit("_", 1)[0], []).append(row)
    return Lfw(
        vectors,
        {name: np.array(rows) for name, rows in people.items()},
        {name: row for row, name in enumerate(names)},
        len(files) - len(names),
    )


def fastest() -> Backend:
    """The backend to embed a whole collection with: both give the same."""
    return "onnxruntime" if importlib.util.find_spec("onnxruntime") else "tensorflow"


def kept_for(name: str, *more: str) -> Path:
    """Where embeddings of a whole collection are kept, for the engine's code as it is now.

    Whatever finds, cuts out or embeds faces takes part, and the modules ``more`` with it, so that no figure
    rests on what older code saw.
    """
    package = ROOT / "recognition"
    code = [*sorted((package / "detection").glob("*.py")), *sorted((package / "embedding").glob("*.py"))]
    code += [package / name for name in ("alignment.py", "decoding.py", "engine.py", *more)]
    digest = sha256(b"".join(path.read_bytes() for path in code)).hexdigest()[:12]
    return ROOT / "build" / f"{name}-{digest}.npz"


def _embedded(engine: FaceEngine, files: list[Path]) -> tuple[Floats, list[str]]:
    vectors, names = [], []
    for start in tqdm(range(0, len(files), _BATCH), desc="LFW", file=sys.stderr):
        chunk = files[start : start + _BATCH]
        images = [decode(path.read_bytes()) for path in chunk]
        for path, image, faces in zip(chunk, images, engine.analyse(images, patient=True), strict=True):
            subject = central(image, faces)
            if subject is not None and subject.embedding is not None:
                vectors.append(subject.embedding.vector)
                names.append(path.stem)
    return np.stack(vectors), names


def central(image: Image, faces: list[Analysis]) -> Analysis | None:
    """LFW's convention: the subject is the face in the middle of the picture."""
    middle = image.shape[1] / 2, image.shape[0] / 2
    return min(faces, key=lambda found: np.hypot(*np.subtract(found.face.box.center, middle)), default=None)


def pairs(data: Path, name: str) -> list[tuple[str, str, bool]]:
    """(photo, photo, whether of one person) of a protocol file such as ``pairs.txt``."""
    found = []
    for line in (data / "lfw" / "protocol" / name).read_text().splitlines()[1:]:
        fields = line.split("\t")
        if len(fields) == 3:
            one, a, b = fields
            found.append((f"{one}_{int(a):04}", f"{one}_{int(b):04}", True))
        elif len(fields) == 4:
            one, a, other, b = fields
            found.append((f"{one}_{int(a):04}", f"{other}_{int(b):04}", False))
    return found
