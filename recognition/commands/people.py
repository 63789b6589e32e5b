"""A folder with a folder of photos per person, embedded."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recognition.commands.common import analyse, complain_of, main_face, photos_in, vector_of
from recognition.engine import FaceEngine
from recognition.errors import GalleryError
from recognition.types import Floats


def people_photos(folder: Path) -> dict[str, list[Path]]:
    """The photos of each person: sub-folders' names, sorted. ``gallery.not_found`` without the folder."""
    if not folder.is_dir():
        raise GalleryError(f"There is no folder {folder}.", code="gallery.not_found")
    found = {person.name: photos_in(person) for person in sorted(folder.iterdir()) if person.is_dir()}
    return {name: photos for name, photos in found.items() if photos}


def people_vectors(engine: FaceEngine, photos: dict[str, list[Path]], *, quiet: bool) -> dict[str, Floats]:
    """Each person's embeddings (n, D), by the main face of each photo; photos without one are reported.

    Raises ``gallery.empty`` when nothing could be used.
    """
    owners = {path: name for name, paths in photos.items() for path in paths}
    rows: dict[str, list[Floats]] = {}
    for photo in analyse(engine, list(owners), largest=1, quiet=quiet):
        face = main_face(photo)
        if face is None:
            complain_of(photo, "Left out.")
        else:
            rows.setdefault(owners[photo.path], []).append(vector_of(face))
    if not rows:
        raise GalleryError("None of the photos could be used.", code="gallery.empty")
    return {name: np.stack(vectors) for name, vectors in rows.items()}
