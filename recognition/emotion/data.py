"""Labelled faces for training and judging the emotion network, and what is known of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognition.emotion.labels import EMOTIONS
from recognition.errors import DataError
from recognition.types import Floats

logger = logging.getLogger(__name__)

#: FER2013's splits by the numbers that the npz gives them.
SPLITS = ("training", "publictest", "privatetest")
#: Asks for all splits together.
ALL = "all"
#: Other names of splits, as folders have them; case, spaces, dashes and underscores do not count.
_ALIASES = {"train": "training", "val": "validation", "valid": "validation"}

#: Told of each picture that is left out: its name, and why.
Skip = Callable[[str, str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """``pixels``: uint8 (n, 48, 48), grey. ``labels``: int (n,), positions in ``EMOTIONS``.

    ``splits``: (n,), plain names. ``votes``: FER+ votes (Barsoum et al. 2016) as float32 (n, 10), each row's
    sum 1, or 0 where nobody voted; ``None`` where the source has none at all.
    """

    pixels: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.intp]
    splits: npt.NDArray[np.str_]
    votes: Floats | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def take(self, which: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Faces:
        """Those at these positions, or where the mask is true."""
        votes = None if self.votes is None else self.votes[which]
        return Faces(self.pixels[which], self.labels[which], self.splits[which], votes)

    def split(self, name: str) -> Faces:
        """Those of one split by its plain name; none where there is no such split."""
        return self.take(self.splits == name)

    def chosen(self, name: str) -> Faces:
        """Those of a split as somebody typed it, or ``all``, with every emotion among them.

        Raises :class:`DataError`: ``data.no_split`` with the splits that there are, ``data.empty_class``.
        """
        wanted = split_name(name)
        if wanted == ALL:
            return require_classes(self, "the pictures")
        there = sorted(set(self.splits.tolist()))
        if wanted not in there:
            raise DataError(
                f"There is no split {name!r}; there is {', '.join(there)}, and all.", code="data.no_split"
            )
        return require_classes(self.split(wanted), f"the split {wanted}")


@dataclass(frozen=True, slots=True)
class Doubts:
    """Why figures on some faces say less than they seem to.

    ``blank``: faces of one grey value. ``conflicting``: faces whose pixels occur among them under another
    label too. ``in_training``: faces that are pixel for pixel in the training split; 0 for training itself.
    """

    blank: int
    conflicting: int
    in_training: int


def read(path: Path, skip: Skip | None = None) -> Faces:
    """Labelled faces from ``fer2013.npz``, ``fer2013.csv``, or a folder per emotion, whichever ``path`` is.

    A folder holds ``angry/``, ``disgust/`` and so on, or splits (``train/angry/``, ``test/angry/``); without
    splits all of it is "training". A picture that is damaged or not 48 x 48 is left out and told to
    ``skip`` (by default: logged as a warning).

    Raises :class:`DataError`: ``data.not_found``, ``data.unreadable``, ``data.not_fer2013`` (a file with
    other content), ``data.unknown_class`` (folders whose names are no emotions), ``data.empty_class``.
    """
    from recognition.emotion import folders, readers

    skip = skip or _logged
    if path.is_dir():
        faces = folders.read_folders(path, skip)
    elif not path.is_file():
        raise DataError(f"There is no file or folder {path}.", code="data.not_found")
    elif path.suffix.lower() == ".csv":
        faces = readers.read_csv(path, skip)
    elif path.suffix.lower() == ".npz":
        faces = readers.read_npz(path)
    else:
        raise DataError(
            f"{path.name} is neither an .npz, nor a .csv, nor a folder per emotion.", code="data.not_fer2013"
        )
    return require_classes(faces, str(path))


def split_name(text: str) -> str:
    """One name for each split: ``Public Test``, ``publictest`` and ``public_test`` are the same."""
    plain = "".join(letter for letter in text.lower() if letter.isalnum())
    return _ALIASES.get(plain, plain)


def require_classes(faces: Faces, where: str) -> Faces:
    """``faces``, if every emotion is among them; else ``data.empty_class``, naming what is missing."""
    present = set(faces.labels.tolist())
    missing = [name for number, name in enumerate(EMOTIONS) if number not in present]
    if missing:
        raise DataError(
            f"There is no usable picture of {', '.join(missing)} in {where}.", code="data.empty_class"
        )
    return faces


def blank(faces: Faces) -> npt.NDArray[np.bool_]:
    """Which faces are of one grey value: bool (n,)."""
    flat = faces.pixels.reshape(len(faces), -1)
    return flat.min(axis=1) == flat.max(axis=1)


def repeated(faces: Faces, others: Faces) -> npt.NDArray[np.bool_]:
    """Which faces are pixel for pixel among ``others``, whatever their labels: bool (n,)."""
    known = {face.tobytes() for face in others.pixels}
    return np.array([face.tobytes() in known for face in faces.pixels], np.bool_)


def doubts(faces: Faces, training: Faces) -> Doubts:
    """What to know of ``faces`` before believing a figure on them; ``training`` is what to compare with."""
    labels: dict[bytes, set[int]] = {}
    for face, label in zip(faces.pixels, faces.labels.tolist(), strict=True):
        labels.setdefault(face.tobytes(), set()).add(label)
    others = faces.take(faces.splits != "training")
    return Doubts(
        blank=int(blank(faces).sum()),
        conflicting=sum(len(labels[face.tobytes()]) > 1 for face in faces.pixels),
        in_training=int(repeated(others, training).sum()),
    )


def _logged(name: str, reason: str) -> None:
    logger.warning("%s: %s Left out.", name, reason)
