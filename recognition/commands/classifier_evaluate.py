"""``classifier evaluate --model DIR --data DIR``: how often it is right, and whom it takes strangers for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from recognition.classifier import THRESHOLD, Classifier
from recognition.classifier.evaluation import Evaluation, OpenSet, evaluate, heatmap
from recognition.commands import hush
from recognition.commands.classifier_faces import (
    add_model,
    all_photos,
    chips_of,
    person_folders,
    stacked,
    the_engine,
)
from recognition.commands.common import EXIT_DONE, complain, count, say, say_json
from recognition.errors import GalleryError, ImageError

#: Probabilities that are always looked at, besides the one asked for.
LOOKED_AT = (0.0, 0.5, 0.9, 0.99)


def register(actions: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("evaluate", parents=parents, help="judge it on photos it was not trained on")
    add_model(parser)
    parser.add_argument(
        "--data", metavar="DIR", type=Path, required=True,
        help="a folder with a folder of other photos per person, named as in the gallery",
    )  # fmt: skip
    parser.add_argument(
        "--strangers", metavar="DIR", type=Path, help="photos of people it does not know, in any folders"
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help="where to draw confusion.png (the classifier's folder)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    photos = person_folders(options.data)
    strangers = [] if options.strangers is None else all_photos(options.strangers)
    hush.start()
    classifier, threshold = Classifier.load(options.model), options.threshold
    threshold = THRESHOLD if threshold is None else threshold
    owners = owners_of(photos, classifier)
    chips = chips_of(the_engine(), [*owners, *strangers], quiet=options.quiet)
    mine = [path for path in owners if path in chips]
    if not mine:
        raise GalleryError("None of the photos could be used.", code="gallery.empty")
    others = [path for path in strangers if path in chips]
    found = evaluate(
        classifier.labels,
        classifier.predict(stacked([chips[path] for path in mine])),
        np.array([owners[path] for path in mine]),
        classifier.predict(stacked([chips[path] for path in others])),
        (threshold, *LOOKED_AT),
    )
    drawn = draw(found, options.out or options.model)
    left_out = len(owners) + len(strangers) - len(mine) - len(others)
    if options.json:
        say_json(answer_json(found, threshold, drawn, left_out))
    else:
        say("\n".join(sentences(found, threshold, drawn)))
    return EXIT_DONE


def owners_of(photos: dict[str, list[Path]], classifier: Classifier) -> dict[Path, int]:
    """Whose each photo is, as a column of the classifier; folders of people it does not know are reported."""
    places = {name: place for place, name in enumerate(classifier.labels)}
    for name in photos.keys() - places.keys():
        complain(
            "gallery.unknown_person",
            f"{name}: The classifier was not trained on this person. Left out; strangers go to --strangers.",
        )
    return {path: places[name] for name, paths in photos.items() if name in places for path in paths}


def draw(found: Evaluation, folder: Path) -> Path:
    try:
        return heatmap(found, folder / "confusion.png")
    except OSError as error:
        raise ImageError(
            f"Cannot write {folder / 'confusion.png'}: {error.strerror}.", code="image.not_written"
        ) from error


def answer_json(found: Evaluation, threshold: float, drawn: Path, left_out: int) -> dict[str, Any]:
    at = _at(found, threshold)
    return {
        "top1": found.top1, "n": found.n, "people": len(found.labels), "strangers": found.strangers,
        "threshold": threshold, "strangers_named": at.strangers,
        "thresholds": [
            {
                "threshold": one.threshold, "right": one.right, "wrong": one.wrong,
                "strangers_named": one.strangers,
            }
            for one in found.open_set
        ],
        "confusion": str(drawn), "left_out": left_out,
    }  # fmt: skip


def sentences(found: Evaluation, threshold: float, drawn: Path) -> list[str]:
    at = _at(found, threshold)
    photos = f"{count(found.n, 'photo')} of {len(found.labels)} people"
    lines = [f"top-1 {found.top1:.1%} of {photos}; {drawn} shows who was taken for whom"]
    lines.append(
        f"named from probability {threshold:g}: {at.right:.1%} rightly, {at.wrong:.1%} as somebody else, "
        f"{1 - at.right - at.wrong:.1%} not at all"
    )
    if at.strangers is None:
        return [*lines, "strangers: none were given (--strangers), so nobody knows how many would be named"]
    rates = ", ".join(f"{one.strangers:.1%} from {one.threshold:g}" for one in found.open_set)
    return [*lines, f"strangers named, of {count(found.strangers, 'photo')}: {rates}"]


def _at(found: Evaluation, threshold: float) -> OpenSet:
    return next(one for one in found.open_set if one.threshold == threshold)
