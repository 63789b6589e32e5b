"""``redundancy FOLDER [--matrix PNG]``: every photo against every other."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from recognition.commands.common import (
    EXIT_BAD,
    EXIT_DONE,
    Photo,
    analyse,
    complain_of,
    count,
    error_json,
    find_photos,
    main_face,
    make_engine,
    read_photo,
    same_person,
    say,
    say_json,
    vector_of,
)
from recognition.copies import changes, fingerprint, is_copy
from recognition.distance import cosine_distance, distances
from recognition.distance_plot import distance_matrix, one_person_first
from recognition.engine import FaceEngine
from recognition.errors import FaceError, ImageError
from recognition.types import Face, Floats

#: Every two photos are compared: this many take a minute, ten times as many would take hours.
MOST = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A photo with a face: the vector (D,) and the fingerprint of the main one. The picture is let go."""

    path: Path
    face: Face
    vector: Floats
    mark: bytes


@dataclass(frozen=True, slots=True)
class Copy:
    """Two photos of which one is a copy of the other, and what was done to it."""

    first: Path
    second: Path
    distance: float
    changes: tuple[str, ...]


def run(options: argparse.Namespace) -> int:
    paths = find_photos([options.base, *options.others])
    if len(paths) > MOST:
        raise ImageError(
            f"There are {len(paths)} photos; at most {MOST} can be compared with each other.",
            code="usage.invalid",
        )
    engine = make_engine()
    limit = same_person(engine) if options.threshold is None else options.threshold
    seen, failed = look(engine, paths, quiet=options.quiet)
    if len(seen) < 2:
        raise FaceError("Two photos with a face are needed at least to compare them.")
    matrix = np.stack([distances(one.vector, [other.vector for other in seen]) for one in seen])
    copies = near_duplicates(seen, matrix)
    if options.matrix:
        draw(seen, matrix, limit, options.matrix, engine.model)
    tell(seen, failed, matrix, copies, limit, options, engine.model)
    return EXIT_BAD if failed else EXIT_DONE


def look(engine: FaceEngine, paths: list[Path], *, quiet: bool) -> tuple[list[Seen], list[Photo]]:
    """The photos with a face, and those that are left out and have been reported."""
    seen, failed = list[Seen](), list[Photo]()
    for photo in analyse(engine, paths, largest=1, quiet=quiet):
        one = main_face(photo)
        if one is None or photo.image is None:
            complain_of(photo, "Left out.")
            photo.image = None
            failed.append(photo)
        else:
            mark = fingerprint(photo.image, one.face.landmarks)
            seen.append(Seen(photo.path, one.face, vector_of(one), mark))
    return seen, failed


def near_duplicates(seen: Sequence[Seen], matrix: Floats) -> list[Copy]:
    """Every two photos that are one picture, the nearest first."""
    found = [
        Copy(seen[a].path, seen[b].path, float(matrix[a, b]), changed(seen[a], seen[b]))
        for a, b in combinations(range(len(seen)), 2)
        if is_copy(seen[a].mark, seen[b].mark, float(matrix[a, b]))
    ]
    return sorted(found, key=lambda pair: pair.distance)


def changed(one: Seen, other: Seen) -> tuple[str, ...]:
    """What was done to ``other``; the pictures are read again, which only few have to be."""
    first, second = (read_photo(seen.path).image for seen in (one, other))
    if first is None or second is None:
        return ()
    return changes((first, one.face), (second, other.face))


def draw(seen: Sequence[Seen], matrix: Floats, limit: float, path: Path, model: str) -> None:
    order = one_person_first(matrix, limit)
    top = os.path.commonpath([one.path.absolute().parent for one in seen])
    names = [os.path.relpath(seen[number].path.absolute(), top) for number in order]
    try:
        distance_matrix(matrix[np.ix_(order, order)], names, limit, path, model)
    except OSError as error:
        raise ImageError(f"Cannot write {path}: {error.strerror}.", code="image.not_written") from error


def tell(
    seen: Sequence[Seen],
    failed: Sequence[Photo],
    matrix: Floats,
    copies: Sequence[Copy],
    limit: float,
    options: argparse.Namespace,
    model: str,
) -> None:
    apart = matrix[np.triu_indices(len(seen), 1)]
    same = int((apart <= limit).sum())
    if options.json:
        say_json(
            {
                "model": model,
                "threshold": limit,
                "cosine_threshold": round(cosine_distance(limit), 6),
                "photos": [str(one.path) for one in seen],
                "left_out": [{"path": str(one.path), "error": error_json(one.error)} for one in failed],
                "near_duplicates": [_json(pair) for pair in copies],
                "same_person": same,
                "different": len(apart) - same,
                "matrix": options.matrix and str(options.matrix),
            }
        )
        return
    for pair in copies:
        words = ", ".join(["same photo again", *pair.changes])
        apart_by = f"{pair.distance:.3f}  {cosine_distance(pair.distance):.3f}"
        say(f"{apart_by}  {words:<16}  {pair.first} {pair.second}")
    say(
        f"{count(len(seen), 'photo')}: {count(len(copies), 'near-duplicate')}; {count(same, 'pair')} of one "
        f"person, {len(apart) - same} of different people (Euclidean distance up to {limit:.3f}, "
        f"cosine distance up to {cosine_distance(limit):.3f})"
    )
    if options.matrix:
        say(str(options.matrix))


def _json(pair: Copy) -> dict[str, Any]:
    return {
        "first": str(pair.first),
        "second": str(pair.second),
        "distance": round(pair.distance, 6),
        "cosine_distance": round(cosine_distance(pair.distance), 6),
        "changes": list(pair.changes),
    }
