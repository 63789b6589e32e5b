"""``redundancy BASE OTHER...``: which photos repeat this one, and which show the same person?

``redundancy FOLDER [--matrix PNG]`` compares every photo with every other: :mod:`matrix`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recognition.commands import matrix
from recognition.commands.common import (
    EXIT_BAD,
    EXIT_DONE,
    Photo,
    analyse,
    complain_of,
    error_json,
    find_photos,
    main_face,
    make_engine,
    same_person,
    say,
    say_json,
    vector_of,
)
from recognition.commands.verify import add_threshold
from recognition.copies import changes, fingerprint, is_copy
from recognition.distance import cosine_distance
from recognition.redundancy import check_redundancy
from recognition.types import Analysis

#: What was found, the nearest first: name in JSON, words for people.
NEAR, SAME, DIFFERENT = "near_duplicate", "same_person", "different"
WORDS = {NEAR: "same photo again", SAME: "same person", DIFFERENT: "somebody else"}


@dataclass(frozen=True, slots=True)
class Found:
    """A photo against the base: distance of the faces, verdict, and what was done to it if it is a copy."""

    distance: float
    verdict: str
    changes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return ", ".join([WORDS[self.verdict], *self.changes])


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("redundancy", parents=parents, help="find photos that repeat a photo")
    parser.add_argument(
        "base",
        metavar="BASE",
        type=Path,
        help="the photo to compare with; or a folder, all of it with itself",
    )
    parser.add_argument("others", nargs="*", metavar="OTHER", help="a photo, or a folder of photos")
    parser.add_argument(
        "--matrix",
        metavar="PNG",
        type=png,
        help="compare every photo with every other, and draw their distances",
    )
    add_threshold(parser)
    parser.set_defaults(run=run)


def png(text: str) -> Path:
    if Path(text).suffix.lower() != ".png":
        raise argparse.ArgumentTypeError("must end in .png")
    return Path(text)


def run(options: argparse.Namespace) -> int:
    if options.matrix or not options.others:
        return matrix.run(options)
    engine, others = make_engine(), find_photos(options.others)
    limit = same_person(engine) if options.threshold is None else options.threshold
    [base, *rest] = analyse(engine, [options.base, *others], largest=1, quiet=options.quiet)
    start = main_face(base)
    if start is None:
        complain_of(base)
        return EXIT_BAD
    faces = {photo.path: face for photo in rest if (face := main_face(photo)) is not None}
    distances = check_redundancy(vector_of(start), [vector_of(face) for face in faces.values()])
    apart = dict(zip(faces, distances.tolist(), strict=True))
    found = {
        photo.path: compare((base, start), (photo, faces[photo.path]), apart[photo.path], limit)
        for photo in rest
        if photo.path in faces
    }
    if options.json:
        say_json(
            {
                "base": str(base.path),
                "model": engine.model,
                "threshold": limit,
                "cosine_threshold": round(cosine_distance(limit), 6),
                "others": [_json(photo, found) for photo in rest],
            }
        )
    else:
        say(f"Euclidean  cosine  one person: up to {limit:.3f}, {cosine_distance(limit):.3f}")
    for photo in rest:
        complain_of(photo)
        if not options.json and photo.path in found:
            one = found[photo.path]
            apart_by = f"{one.distance:9.3f}  {cosine_distance(one.distance):6.3f}"
            say(f"{apart_by}  {one.words:<16}  {photo.path}")
    return EXIT_BAD if any(photo.error for photo in rest) else EXIT_DONE


def compare(
    base: tuple[Photo, Analysis], other: tuple[Photo, Analysis], distance: float, limit: float
) -> Found:
    """What ``other`` is to ``base``; both photos have been read and show a face.

    ``distance``: of the faces; ``limit``: the largest of one person.
    """
    (first, second), (one, two) = ((base[0].image, other[0].image), (base[1].face, other[1].face))
    assert first is not None
    assert second is not None
    marks = fingerprint(first, one.landmarks), fingerprint(second, two.landmarks)
    if is_copy(*marks, distance):
        return Found(distance, NEAR, changes((first, one), (second, two)))
    return Found(distance, SAME if distance <= limit else DIFFERENT)


def _json(photo: Photo, found: dict[Path, Found]) -> dict[str, Any]:
    one = found.get(photo.path)
    return {
        "path": str(photo.path),
        "distance": None if one is None else round(one.distance, 6),
        "cosine_distance": None if one is None else round(cosine_distance(one.distance), 6),
        "verdict": None if one is None else one.verdict,
        "changes": [] if one is None else list(one.changes),
        "error": error_json(photo.error),
    }
