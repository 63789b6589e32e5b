"""``scoring train``: learn from people with several photos how faces of one person differ."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from recognition.commands.common import EXIT_DONE, make_engine, say, say_json
from recognition.commands.people import people_photos, people_vectors
from recognition.scoring.split import SEED, split
from recognition.scoring.training import train

#: More photos than this of one person would make the model about that person.
MOST_PHOTOS = 10


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("scoring", help="train the model that scores a probe against a person")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    train_parser = actions.add_parser("train", parents=parents, help="train it from a folder of people")
    train_parser.add_argument(
        "--data", metavar="DIR", type=Path, required=True, help="a folder with a folder of photos per person"
    )
    train_parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="the .npz to write")
    train_parser.add_argument(
        "--hold-out",
        action="store_true",
        help="leave people out to be judged later: half of those with six photos or more, "
        "two thirds of those with one",
    )
    train_parser.add_argument("--seed", type=int, default=SEED, help="of the split (%(default)s)")
    train_parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    photos = people_photos(options.data)
    if options.hold_out:
        chosen = split({name: len(paths) for name, paths in photos.items()}, options.seed).train
        photos = {name: photos[name] for name in chosen}
    photos = {name: paths[:MOST_PHOTOS] for name, paths in photos.items()}
    engine = make_engine()
    people = people_vectors(engine, photos, quiet=options.quiet)
    model = train(
        list(people.values()),
        engine.model,
        seed=options.seed,
        data=options.data.resolve().parent.name if options.data.name == "images" else options.data.name,
        held_out=bool(options.hold_out),
        mirror=engine.config.mirror,
    )
    model.save(options.out)
    if options.json:
        say_json({"file": str(options.out), "embedder": model.embedder, **model.card})
    else:
        say(
            f"{options.out}: score model for {model.embedder}, from {model.card['photos']} photos of "
            f"{model.card['people']} people."
        )
    return EXIT_DONE
