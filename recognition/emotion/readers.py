"""FER2013 as it is passed on: one NumPy archive, or the challenge's CSV file."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recognition.emotion.data import SPLITS, Faces, Skip, split_name
from recognition.emotion.labels import EMOTIONS, FER2013_CODES, SIDE
from recognition.errors import DataError
from recognition.types import Floats

#: What FER+ writes where nobody voted.
_NO_VOTES = 255


def read_npz(path: Path) -> Faces:
    """``pixels`` uint8 (n, 48, 48), ``labels`` 0 to 6 and, if there, ``split`` and ``ferplus_votes``.

    What the numbers mean is in ``label_names`` and ``split_names``, or as FER2013 has it. Raises
    :class:`DataError` ``data.unreadable`` or ``data.not_fer2013``.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, AttributeError) as error:
        # AttributeError: a lone array under another name.
        raise DataError(f"{path.name} cannot be read: {error}", code="data.unreadable") from error
    try:
        return _from_arrays(arrays)
    except (KeyError, ValueError, IndexError, TypeError) as error:
        what = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise DataError(f"{path.name} does not hold FER2013: {what}.", code="data.not_fer2013") from error


def _from_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> Faces:
    pixels, labels = arrays["pixels"], arrays["labels"]
    if pixels.dtype != np.uint8 or pixels.shape[1:] not in ((SIDE, SIDE), (SIDE * SIDE,)):
        raise ValueError(f"pixels are {pixels.dtype} {pixels.shape}, not uint8 (n, {SIDE}, {SIDE})")
    if labels.shape != (len(pixels),):
        raise ValueError(f"there are {len(pixels)} pictures, but labels {labels.shape}")
    names = np.array([EMOTIONS.index(name) for name in arrays.get("label_names", FER2013_CODES)])
    splits = np.array([split_name(str(name)) for name in arrays.get("split_names", SPLITS)])
    which = arrays.get("split", np.zeros(len(pixels), np.uint8))
    if which.shape != labels.shape or min(labels.min(initial=0), which.min(initial=0)) < 0:
        raise ValueError("labels or splits are not one number from 0 for each picture")
    votes = arrays.get("ferplus_votes")
    return Faces(
        np.ascontiguousarray(pixels.reshape(-1, SIDE, SIDE)),
        names[labels],
        splits[which],
        None if votes is None else _shares(votes),
    )


def _shares(votes: npt.NDArray[Any]) -> Floats:
    """Votes for ten columns as shares of each row; zeros where nobody voted."""
    counts = votes.astype(np.float32)
    counts[(votes == _NO_VOTES).any(axis=1)] = 0
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)


def read_csv(path: Path, skip: Skip) -> Faces:
    """Columns ``emotion`` (0 to 6), ``pixels`` (2,304 numbers) and ``Usage``, in any order and case.

    A row that is damaged is named by its line and left out; without ``Usage`` all is training. Raises
    :class:`DataError` ``data.unreadable`` or ``data.not_fer2013``.
    """
    pixels, labels, splits = bytearray(), [], []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for line, row in _rows(file, path.name):
                try:
                    face, label = _face(row["pixels"]), EMOTIONS.index(FER2013_CODES[_code(row["emotion"])])
                except ValueError as error:
                    skip(f"{path.name}, line {line}", str(error))
                    continue
                pixels += face
                labels.append(label)
                splits.append(split_name(row.get("usage") or "training"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path.name} cannot be read: {error}", code="data.unreadable") from error
    return Faces(
        np.frombuffer(bytes(pixels), np.uint8).reshape(-1, SIDE, SIDE),
        np.array(labels, np.intp),
        np.array(splits, np.str_),
    )


def _rows(file: Any, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and values by column name, in small letters."""
    lines = csv.reader(file)
    header = [column.strip().lower() for column in next(lines, [])]
    if not {"emotion", "pixels"} <= set(header):
        raise DataError(
            f"{name} does not hold FER2013: it needs the columns emotion, pixels and Usage.",
            code="data.not_fer2013",
        )
    for values in lines:
        if values:
            padded = values + [""] * (len(header) - len(values))
            yield lines.line_num, dict(zip(header, padded, strict=False))


def _face(text: str) -> bytes:
    try:
        face = bytes(map(int, text.split()))
    except ValueError as error:
        raise ValueError("Its pixels are not numbers from 0 to 255.") from error
    if len(face) != SIDE * SIDE:
        raise ValueError(f"It has {len(face)} pixels, not {SIDE} x {SIDE}.")
    return face


def _code(text: str) -> int:
    if text.strip() not in map(str, range(len(FER2013_CODES))):
        raise ValueError(f"{text!r} is no emotion; they are numbered 0 to {len(FER2013_CODES) - 1}.")
    return int(text)
