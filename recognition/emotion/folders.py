"""A folder of pictures per emotion: what it shows is its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from recognition.decoding import Limits, decode
from recognition.emotion.data import SPLITS, Faces, Skip, split_name
from recognition.emotion.labels import EMOTIONS, SIDE
from recognition.errors import DataError, RecognitionError
from recognition.types import Image

#: Folders of these names hold splits.
_SPLITS = frozenset({*SPLITS, "test", "validation"})
#: No picture of 48 x 48 is anywhere near as large.
_LIMITS = Limits(max_bytes=1024 * 1024, min_side=1)


@dataclass(frozen=True, slots=True)
class _Class:
    folder: Path
    label: int
    split: str


def read_folders(root: Path, skip: Skip) -> Faces:
    """``root/angry/*.png`` or ``root/train/angry/*.png``, every emotion of every split; colours become grey.

    Raises :class:`DataError`: ``data.unknown_class`` naming folders that are neither emotion nor split,
    ``data.empty_class`` naming those that are missing or without a usable picture.
    """
    classes = _classes(root)
    pixels: list[Image] = []
    labels: list[int] = []
    splits: list[str] = []
    for one in classes:
        faces = list(_faces(one.folder, skip))
        if not faces:
            raise DataError(f"There is no usable picture in {one.folder}.", code="data.empty_class")
        pixels += faces
        labels += [one.label] * len(faces)
        splits += [one.split] * len(faces)
    return Faces(
        np.stack(pixels) if pixels else np.empty((0, SIDE, SIDE), np.uint8),
        np.array(labels, np.intp),
        np.array(splits, np.str_),
    )


def _classes(root: Path) -> list[_Class]:
    """Every emotion's folder, in the order of splits' and emotions' names."""
    inside = _folders(root)
    splits = [folder for folder in inside if split_name(folder.name) in _SPLITS]
    unknown = [folder for folder in inside if folder not in splits] if splits else []
    found = []
    for top in splits or [root]:
        split = split_name(top.name) if splits else "training"
        for folder in _folders(top):
            if folder.name.strip().lower() in EMOTIONS:
                found.append(_Class(folder, EMOTIONS.index(folder.name.strip().lower()), split))
            else:
                unknown.append(folder)
    if unknown:
        raise DataError(
            f"{', '.join(str(folder.relative_to(root)) for folder in unknown)} in {root}: no such emotion. "
            f"Folders are called {', '.join(EMOTIONS)}, or train and test with those inside.",
            code="data.unknown_class",
        )
    return found


def _folders(parent: Path) -> list[Path]:
    return sorted(path for path in parent.iterdir() if path.is_dir() and not path.name.startswith("."))


def _faces(folder: Path, skip: Skip) -> Iterable[Image]:
    """Grey uint8 (48, 48) of each picture in the folder; every file that is none is named."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        try:
            image = decode(path.read_bytes(), _LIMITS)
        except RecognitionError as error:
            skip(str(path), error.message)
        except OSError as error:
            skip(str(path), f"{error.strerror}.")
        else:
            if image.shape[:2] == (SIDE, SIDE):
                yield np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
            else:
                skip(str(path), f"It has {image.shape[1]} x {image.shape[0]} pixels, not {SIDE} x {SIDE}.")
