"""``classifier train --gallery DIR --out DIR``: learn to tell the people of a gallery apart."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from recognition.classifier import Classifier, Plan, Progress, train
from recognition.commands.classifier_faces import chips_of, person_folders, the_engine
from recognition.commands.common import EXIT_DONE, complain, count, say, say_json
from recognition.errors import TrainingError
from recognition.types import Image

_STAGES = {"features": "face network", "choosing": "choosing epochs", "training": "training"}


def register(actions: Any, parents: list[argparse.ArgumentParser]) -> None:
    plan = Plan()
    parser = actions.add_parser("train", parents=parents, help="train it on a folder of photos per person")
    parser.add_argument(
        "--gallery",
        metavar="DIR",
        type=Path,
        required=True,
        help="a folder with a folder of photos per person",
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder to write it to")
    parser.add_argument(
        "--epochs", type=positive, default=plan.epochs, metavar="N", help="epochs at most (%(default)s)"
    )
    parser.add_argument(
        "--copies", type=whole, default=plan.copies, metavar="N",
        help="changed copies of each photo to learn from, besides itself (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=whole, default=plan.seed, metavar="S", help="of all chance (%(default)s)"
    )
    parser.set_defaults(run=run)


def whole(text: str) -> int:
    """A whole number from 0."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("must be a whole number from 0")
    return int(text)


def positive(text: str) -> int:
    """A whole number from 1."""
    if whole(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number from 1")
    return int(text)


def run(options: argparse.Namespace) -> int:
    photos = person_folders(options.gallery)
    if len(photos) < 2:  # told now, not after the models are loaded
        raise TrainingError(
            f"A classifier tells people apart and needs two at least; in {options.gallery} is only one.",
            code="training.too_few_people",
        )
    writable(options.out)
    people = chips_by_person(photos, options)
    with tqdm(disable=options.quiet, file=sys.stderr, unit="photo") as bar:
        made = train(
            people, Plan(epochs=options.epochs, copies=options.copies, seed=options.seed), progress=shown(bar)
        )
    made.save(options.out)
    answer = {"folder": str(options.out), **made.about, "held_out_right": held_out_right(made)}
    if options.json:
        say_json(answer)
    else:
        say(sentence(answer))
    return EXIT_DONE


def chips_by_person(photos: dict[str, list[Path]], options: argparse.Namespace) -> dict[str, Image]:
    """The faces of each person; whoever has no usable photo is reported and left out."""
    every = [path for paths in photos.values() for path in paths]
    chips = chips_of(the_engine(), every, quiet=options.quiet)
    people = {name: [chips[path] for path in paths if path in chips] for name, paths in photos.items()}
    for name in [name for name, mine in people.items() if not mine]:
        complain("training.no_faces", f"{name}: None of the photos could be used. Left out.")
    return {name: np.stack(mine) for name, mine in people.items() if mine}


def shown(bar: Any) -> Progress:
    """Progress on one bar that starts anew with each stage."""
    shows = ""

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal shows
        if stage != shows:
            shows = stage
            bar.unit = "chip" if stage == "features" else "epoch"
            bar.reset(total)
            bar.set_description(_STAGES[stage], refresh=False)
        bar.update(done - bar.n)

    return progress


def writable(folder: Path) -> None:
    """Refuse a folder that cannot be written to before minutes are spent. ``training.not_written``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise TrainingError(
            f"Nothing can be written to {folder}: {error.strerror}.", code="training.not_written"
        ) from error


def held_out_right(made: Classifier) -> float | None:
    """Share of the photos held out that the chosen epoch got right; ``None`` when none were."""
    if not made.about["photos_held_out_to_choose"]:
        return None
    return made.history[made.about["epochs_trained"] - 1]["val_accuracy"]


def sentence(answer: dict[str, Any]) -> str:
    people = f"{answer['people']} people, {count(answer['photos'], 'photo')}"
    epochs = count(answer["epochs_trained"], "epoch")
    if answer["held_out_right"] is None:
        judged = "nobody had three photos, so none was held out to judge it"
    else:
        held = count(answer["photos_held_out_to_choose"], "photo")
        judged = f"before the last training, {answer['held_out_right']:.1%} of {held} held out were right"
    return f"{answer['folder']}: {people}, {epochs}; {judged}."
