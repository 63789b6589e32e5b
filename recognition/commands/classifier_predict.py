"""``classifier predict IMAGE... --model DIR``: which of its people a trained classifier sees."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from recognition.classifier import THRESHOLD, Classifier
from recognition.commands import hush
from recognition.commands.classifier_faces import add_model, chip_of, the_engine
from recognition.commands.common import (
    EXIT_BAD,
    EXIT_DONE,
    EXIT_NO,
    add_photos,
    analyse,
    complain_of,
    error_json,
    face_json,
    find_photos,
    main_face,
    say,
    say_json,
)
from recognition.types import Floats


def register(actions: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("predict", parents=parents, help="name the people in photos")
    add_photos(parser)
    add_model(parser)
    parser.add_argument("--top", type=int, default=5, metavar="K", help="people to show (%(default)s)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    paths = find_photos(options.photos)
    hush.start()
    classifier, threshold = Classifier.load(options.model), options.threshold
    threshold = THRESHOLD if threshold is None else threshold
    engine, statuses = the_engine(), {EXIT_DONE}
    for photo in analyse(engine, paths, embed=False, largest=1, quiet=options.quiet):
        face, best = main_face(photo), []
        if face is None:
            statuses.add(EXIT_BAD)
            complain_of(photo)
        else:
            best = ranked(classifier, classifier.predict(chip_of(photo, face)[None])[0])[
                : max(1, options.top)
            ]
            statuses.add(EXIT_DONE if best[0][1] >= threshold else EXIT_NO)
        named = best[0][0] if best and best[0][1] >= threshold else None
        if options.json:
            say_json(
                {
                    "path": str(photo.path),
                    "person": named,
                    "candidates": [{"person": name, "probability": round(p, 6)} for name, p in best],
                    "threshold": threshold,
                    "face": face_json(face) if face else None,
                    "error": error_json(photo.error),
                }
            )
        elif best:
            answer = sentence(named, best, threshold)
            say(f"{photo.path}: {answer}" if len(paths) > 1 else answer)
    return max(statuses)


def ranked(classifier: Classifier, probabilities: Floats) -> list[tuple[str, float]]:
    """Every person with a probability, the likeliest first."""
    order = np.argsort(-probabilities, kind="stable")
    return [(classifier.labels[place], float(probabilities[place])) for place in order]


def sentence(named: str | None, best: list[tuple[str, float]], threshold: float) -> str:
    (name, probability), *rest = best
    if named is None:
        return f"Unknown: likeliest is {name} with {probability:.3f}, limit {threshold:g}"
    after = f", next {rest[0][0]} {rest[0][1]:.3f}" if rest else ""
    return f"{name}: probability {probability:.3f}, limit {threshold:g}{after}"
