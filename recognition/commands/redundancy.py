"""``redundancy BASE OTHERS...``: which photos repeat this one, and which show the same person?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

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
    say,
    say_json,
    vector_of,
)
from recognition.identify import VERIFY_THRESHOLD
from recognition.redundancy import NEAR_DUPLICATE, check_redundancy

#: What a distance means, nearest first: name in JSON, words for people.
NEAR, SAME, DIFFERENT = "near_duplicate", "same_person", "different"
WORDS = {NEAR: "same photo again", SAME: "same person", DIFFERENT: "somebody else"}


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("redundancy", parents=parents, help="find photos that repeat a photo")
    parser.add_argument("base", metavar="BASE", type=Path, help="the photo to compare with")
    parser.add_argument("others", nargs="+", metavar="OTHER", help="a photo, or a folder of photos")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    engine, others = make_engine(), find_photos(options.others)
    [base, *rest] = analyse(engine, [options.base, *others], largest=1, quiet=options.quiet)
    start = main_face(base)
    if start is None:
        complain_of(base)
        return EXIT_BAD
    faces = [(photo, main_face(photo)) for photo in rest]
    found = check_redundancy(vector_of(start), [vector_of(face) for _, face in faces if face is not None])
    measured = dict(
        zip((photo.path for photo, face in faces if face is not None), found.tolist(), strict=True)
    )
    if options.json:
        say_json(
            {"base": str(base.path), "model": engine.model, "others": [_json(p, measured) for p in rest]}
        )
    for photo in rest:
        complain_of(photo)
        if not options.json and photo.path in measured:
            distance = measured[photo.path]
            say(f"{distance:.3f}  {WORDS[verdict(distance)]:<16}  {photo.path}")
    return EXIT_BAD if any(photo.error for photo in rest) else EXIT_DONE


def verdict(distance: float) -> str:
    if distance <= NEAR_DUPLICATE:
        return NEAR
    return SAME if distance <= VERIFY_THRESHOLD else DIFFERENT


def _json(photo: Photo, measured: dict[Path, float]) -> dict[str, Any]:
    distance = measured.get(photo.path)
    return {
        "path": str(photo.path),
        "distance": None if distance is None else round(distance, 6),
        "verdict": None if distance is None else verdict(distance),
        "error": error_json(photo.error),
    }
