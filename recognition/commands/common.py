"""What the commands share: files in, faces through the engine, answers and complaints out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from recognition.commands import hush
from recognition.decoding import decode
from recognition.engine import EngineConfig, FaceEngine
from recognition.errors import FaceError, ImageError, RecognitionError
from recognition.identify import VERIFY_THRESHOLD
from recognition.models import get_spec, ready_spec
from recognition.quality import explain
from recognition.runtime import Backend, check_backend
from recognition.types import LANDMARKS, Analysis, Floats, Image

EXIT_DONE, EXIT_NO, EXIT_BAD = 0, 1, 2

#: What counts as a photo inside a folder. A file named on the command line is tried whatever its name.
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})

#: A batch ends at whichever comes first; the pixels bound the memory of very large photos.
BATCH_FILES, BATCH_PIXELS = 16, 24_000_000

_backend: Backend = "tensorflow"
_embedder = "dlib-resnet29"


@dataclass(slots=True, eq=False)
class Photo:
    """One file: its picture (RGB uint8) and the faces found in it, or why it could not be read."""

    path: Path
    image: Image | None = None
    faces: list[Analysis] = field(default_factory=list)
    error: RecognitionError | None = None


def say(text: str) -> None:
    """One line of the answer."""
    sys.stdout.write(text + "\n")


def say_json(value: object) -> None:
    """One JSON value on a line of its own."""
    say(json.dumps(value))


def complain(code: str, message: str) -> None:
    sys.stderr.write(f"error {code}: {message}\n")


def complain_of(photo: Photo, consequence: str = "") -> None:
    """Report what is wrong with a photo, if anything, and what follows from it."""
    if photo.error is not None:
        complain(photo.error.code, f"{photo.path}: {photo.error.message} {consequence}".rstrip())


def find_photos(paths: Iterable[str | Path]) -> list[Path]:
    """Files as named, folders searched through; sorted within a folder, nothing twice."""
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            inside = photos_in(path)
            if not inside:
                raise ImageError(f"There are no photos in {path}.", code="image.not_found")
            found.update(dict.fromkeys(inside))
        else:
            found[path] = None
    return list(found)


def photos_in(folder: Path) -> list[Path]:
    """All photos below a folder, by their names, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def read_photo(path: Path) -> Photo:
    """Decode a file; what is wrong with it ends up in ``error``."""
    try:
        return Photo(path, decode(path.read_bytes()))
    except RecognitionError as error:
        return Photo(path, error=error)
    except OSError as error:
        reason = "There is no such file." if isinstance(error, FileNotFoundError) else f"{error.strerror}."
        return Photo(path, error=ImageError(reason, code="image.not_found"))


def choose_backend(name: Backend) -> None:
    """What runs the networks of every engine made from now on."""
    global _backend
    _backend = check_backend(name)


def choose_embedder(name: str) -> None:
    """The embedder of every engine made from now on; ``ModelError`` when there is none of this name."""
    global _embedder
    get_spec(name, "embedder")
    _embedder = name


def make_engine() -> FaceEngine:
    return FaceEngine(EngineConfig(backend=_backend, embedder=_embedder))


def start_backend() -> None:
    """Import what runs the networks, quietly; it takes seconds, so check everything else before."""
    hush.start(_backend)


def require_thresholds() -> None:
    """Refuse an embedder whose card does not say where its scores divide: ``model.no_thresholds``."""
    ready_spec(_embedder)


def same_person(engine: FaceEngine) -> float:
    """Largest distance, 0 to 2, of one person's two faces, for the engine's embedder.

    Raises as :func:`require_thresholds`.
    """
    require_thresholds()
    limits = engine.spec.thresholds
    return VERIFY_THRESHOLD if limits is None else limits.verify


def analyse(
    engine: FaceEngine,
    paths: Sequence[Path],
    *,
    embed: bool = True,
    largest: int | None = None,
    quiet: bool = False,
) -> Iterator[Photo]:
    """Each file's faces, in the order of ``paths``, worked on in batches, with a progress bar."""
    with tqdm(total=len(paths), unit="photo", disable=quiet or len(paths) < 2, file=sys.stderr) as bar:
        for batch in _batches(paths):
            good = [photo for photo in batch if photo.image is not None]
            if good:  # a mistyped name is told at once, without the seconds that TensorFlow takes
                start_backend()
                images = [photo.image for photo in good if photo.image is not None]
                found = engine.analyse(images, embed=embed, largest=largest, patient=True)
                for photo, faces in zip(good, found, strict=True):
                    photo.faces = faces
            bar.update(len(batch))
            yield from batch


def _batches(paths: Iterable[Path]) -> Iterator[list[Photo]]:
    batch: list[Photo] = []
    pixels = 0
    for path in paths:
        photo = read_photo(path)
        batch.append(photo)
        pixels += 0 if photo.image is None else photo.image.shape[0] * photo.image.shape[1]
        if len(batch) >= BATCH_FILES or pixels >= BATCH_PIXELS:
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch


def main_face(photo: Photo) -> Analysis | None:
    """The largest face of a photo; where there is none, ``None``, and ``photo.error`` says why."""
    if photo.error is None and not photo.faces:
        photo.error = FaceError()
    return max(photo.faces, key=lambda analysis: analysis.face.box.area, default=None)


def vector_of(analysis: Analysis) -> Floats:
    """The embedding's vector, of an analysis that was asked for with embeddings."""
    assert analysis.embedding is not None
    return analysis.embedding.vector


def face_json(analysis: Analysis, *, embedding: bool = False) -> dict[str, Any]:
    """A face as JSON; coordinates in pixels of the upright picture."""
    face, quality = analysis.face, analysis.quality
    result: dict[str, Any] = {
        "box": [round(float(value), 2) for value in face.box],
        "landmarks": {
            name: [round(float(x), 2), round(float(y), 2)]
            for name, (x, y) in zip(LANDMARKS, face.landmarks, strict=True)
        },
        "confidence": round(float(face.confidence), 6),
        "quality": {
            "score": round(float(quality.score), 4),
            "acceptable": quality.acceptable,
            "codes": list(quality.codes),
            "measures": {name: round(float(value), 4) for name, value in quality.measures.items()},
        },
    }
    if embedding:
        result["embedding"] = [round(value, 8) for value in vector_of(analysis).tolist()]
    return result


def error_json(error: RecognitionError | None) -> dict[str, str] | None:
    return None if error is None else {"code": error.code, "message": error.message}


def describe(analysis: Analysis) -> str:
    """One face on one line, for people."""
    x, y, w, h = (round(value) for value in analysis.face.box)
    advice = " ".join(explain(code) for code in analysis.quality.codes)
    return f"{w}x{h} at {x},{y}  quality {analysis.quality.score:.2f}" + (f"  {advice}" if advice else "")


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def add_photos(parser: argparse.ArgumentParser, what: str = "a photo, or a folder of photos") -> None:
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help=what)
