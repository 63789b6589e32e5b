"""What the classifier's commands share: faces cut out of photos as its network wants them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recognition.alignment import embedder_chip
from recognition.commands import hush
from recognition.commands.common import Photo, analyse, complain_of, main_face, make_engine, photos_in
from recognition.commands.people import people_photos
from recognition.engine import FaceEngine
from recognition.errors import GalleryError, ModelError
from recognition.types import Analysis, Image

#: The face network that classifiers are trained on.
NETWORK = "dlib-resnet29"


def add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", metavar="DIR", type=Path, required=True, help="the folder that `classifier train` wrote"
    )
    parser.add_argument(
        "--threshold",
        type=probability,
        help="least probability to be named with, 0 to 1 (the classifier's own)",
    )


def probability(text: str) -> float:
    """A number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:  # also what is no number
        raise argparse.ArgumentTypeError("must be a number from 0 to 1")
    return value


def the_engine() -> FaceEngine:
    """An engine that finds faces, TensorFlow being started for the classifier; no embeddings are made."""
    engine = make_engine()
    if engine.spec.name != NETWORK:
        raise ModelError(f"Classifiers are trained on {NETWORK} and on nothing else.", code="model.unknown")
    hush.start()
    return engine


def person_folders(folder: Path) -> dict[str, list[Path]]:
    """The photos of each person. ``gallery.not_found`` without the folder, ``gallery.empty`` without any."""
    photos = people_photos(folder)
    if not photos:
        raise GalleryError(
            f"There are no photos in {folder}; it needs a folder of photos for each person.",
            code="gallery.empty",
        )
    return photos


def all_photos(folder: Path) -> list[Path]:
    """Everything below a folder. Raises as :func:`person_folders`."""
    if not folder.is_dir():
        raise GalleryError(f"There is no folder {folder}.", code="gallery.not_found")
    photos = photos_in(folder)
    if not photos:
        raise GalleryError(f"There are no photos in {folder}.", code="gallery.empty")
    return photos


def chip_of(photo: Photo, face: Analysis) -> Image:
    """RGB uint8 (150, 150, 3)."""
    assert photo.image is not None  # faces come from a picture
    return embedder_chip(photo.image, face.face.landmarks)


def chips_of(engine: FaceEngine, paths: Sequence[Path], *, quiet: bool) -> dict[Path, Image]:
    """The main face of each photo, by its path; photos without one are reported and left out."""
    found = {}
    for photo in analyse(engine, paths, embed=False, largest=1, quiet=quiet):
        face = main_face(photo)
        if face is None:
            complain_of(photo, "Left out.")
        else:
            found[photo.path] = chip_of(photo, face)
    return found


def stacked(chips: Sequence[Image]) -> Image:
    """Chips as one array (n, 150, 150, 3); ``n`` may be 0."""
    return np.stack(chips) if chips else np.empty((0, 150, 150, 3), np.uint8)
