"""``verify A B``: are these two photos of one person?"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from recognition.commands.common import (
    EXIT_BAD,
    EXIT_DONE,
    EXIT_NO,
    analyse,
    complain_of,
    face_json,
    main_face,
    make_engine,
    same_person,
    say,
    say_json,
    vector_of,
)
from recognition.distance import cosine_distance
from recognition.identify import VERIFY_THRESHOLD, verify


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("verify", parents=parents, help="compare two photos, one to one")
    parser.add_argument("a", metavar="A", type=Path)
    parser.add_argument("b", metavar="B", type=Path)
    add_threshold(parser)
    parser.set_defaults(run=run)


def add_threshold(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threshold",
        type=distance,
        metavar="D",
        help="largest Euclidean distance of one person's faces "
        f"({VERIFY_THRESHOLD}, or what the embedder's card says)",
    )


def distance(text: str) -> float:
    """A distance of normalised vectors. NaN is none: every answer would be "no", and no JSON either."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= 2.0:
        raise argparse.ArgumentTypeError("must be a number from 0 to 2")
    return value


def run(options: argparse.Namespace) -> int:
    engine = make_engine()
    limit = same_person(engine) if options.threshold is None else options.threshold
    photos = list(analyse(engine, [options.a, options.b], largest=1, quiet=True))
    faces = [face for face in map(main_face, photos) if face is not None]
    if len(faces) < len(photos):
        for photo in photos:
            complain_of(photo)
        return EXIT_BAD
    result = verify(vector_of(faces[0]), vector_of(faces[1]), threshold=limit)
    if options.json:
        shown = [{"path": str(p.path), **face_json(f)} for p, f in zip(photos, faces, strict=True)]
        say_json(
            {
                "same": result.same,
                "distance": round(result.distance, 6),
                "threshold": result.threshold,
                "cosine_distance": round(cosine_distance(result.distance), 6),
                "cosine_threshold": round(cosine_distance(result.threshold), 6),
                "similarity": round(result.similarity, 6),
                "model": engine.model,
                "faces": shown,
            }
        )
    else:
        answer = "The same person" if result.same else "Different people"
        say(f"{answer}: {measured(result.distance, result.threshold)}")
    return EXIT_DONE if result.same else EXIT_NO


def measured(distance: float, limit: float) -> str:
    """A distance and its limit in both measures; of unit vectors they say the same."""
    return (
        f"Euclidean distance {distance:.3f}, limit {limit:.3f}; "
        f"cosine distance {cosine_distance(distance):.3f}, limit {cosine_distance(limit):.3f}"
    )
