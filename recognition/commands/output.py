"""Where written pictures go."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from recognition.decoding import encode_jpeg
from recognition.errors import ImageError
from recognition.types import Image


class OutputNames:
    """File names under one folder: below it as below the folder given, and none used twice."""

    def __init__(self, folder: Path, given: Iterable[str]) -> None:
        self.folder = folder
        self._roots = [path for path in map(Path, given) if path.is_dir()]
        self._used: set[Path] = set()

    def take(self, source: Path, suffix: str = "") -> Path:
        """A fresh ``.jpg`` path for what was made of ``source``."""
        root = next((root for root in self._roots if source.is_relative_to(root)), source.parent)
        stem = self.folder / source.relative_to(root).with_suffix("")
        path, number = stem.with_name(f"{stem.name}{suffix}.jpg"), 1
        while path in self._used:
            number += 1
            path = stem.with_name(f"{stem.name}-copy{number}{suffix}.jpg")
        self._used.add(path)
        return path


def write_jpeg(path: Path, image: Image) -> None:
    """Write RGB uint8 as JPEG, making folders on the way. ``image.not_written`` when that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_jpeg(image))
    except OSError as error:
        raise ImageError(f"Cannot write {path}: {error.strerror}.", code="image.not_written") from error


def ready_folder(folder: Path) -> Path:
    """Make a folder to write to, before any work that would be lost. ``image.not_written`` if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImageError(f"Cannot write to {folder}: {error.strerror}.", code="image.not_written") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ImageError(f"You may not write to {folder}.", code="image.not_written")
    return folder
