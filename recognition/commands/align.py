"""``align``: upright 224x224 face chips, eyes at fixed places."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from recognition.commands.common import (
    EXIT_BAD,
    EXIT_DONE,
    add_photos,
    analyse,
    complain_of,
    error_json,
    find_photos,
    make_engine,
    say,
    say_json,
)
from recognition.commands.output import OutputNames, write_jpeg


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "align", parents=parents, help="cut out faces, upright, eyes at fixed places"
    )
    add_photos(parser)
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder to write the faces to")
    parser.add_argument("--size", type=side, default=224, metavar="PX", help="side of a face picture (224)")
    parser.set_defaults(run=run)


def side(text: str) -> int:
    """A picture's side in pixels, within reason."""
    if not text.isdecimal() or not 16 <= int(text) <= 4096:
        raise argparse.ArgumentTypeError("must be a whole number from 16 to 4096")
    return int(text)


def run(options: argparse.Namespace) -> int:
    paths, status = find_photos(options.photos), EXIT_DONE
    engine, names = make_engine(), OutputNames(options.out, options.photos)
    for photo in analyse(engine, paths, embed=False, quiet=options.quiet):
        written: list[Path] = []
        if photo.error is not None:
            status = EXIT_BAD
            complain_of(photo)
        for number, analysis in enumerate(photo.faces, start=1):
            assert photo.image is not None  # faces come from a picture
            written.append(names.take(photo.path, f"-{number}"))
            write_jpeg(written[-1], engine.chip(photo.image, analysis.face, size=options.size))
        if options.json:
            chips = [str(path) for path in written]
            say_json({"path": str(photo.path), "chips": chips, "error": error_json(photo.error)})
        elif photo.error is None:
            say(f"{photo.path} -> {', '.join(map(str, written)) or 'no face'}")
    return status
