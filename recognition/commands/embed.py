"""``embed``: every face as an L2-normalised vector."""

from __future__ import annotations

import argparse
from typing import Any

from recognition.commands.common import (
    EXIT_BAD,
    EXIT_DONE,
    add_photos,
    analyse,
    complain_of,
    describe,
    error_json,
    face_json,
    find_photos,
    make_engine,
    say,
    say_json,
    vector_of,
)


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("embed", parents=parents, help="turn faces into vectors")
    add_photos(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    paths, status = find_photos(options.photos), EXIT_DONE
    engine = make_engine()
    for photo in analyse(engine, paths, quiet=options.quiet):
        if photo.error is not None:
            status = EXIT_BAD
            complain_of(photo)
        if options.json:
            faces = [face_json(face, embedding=True) for face in photo.faces]
            say_json({"path": str(photo.path), "faces": faces, "error": error_json(photo.error)})
        elif photo.error is None:
            say(f"{photo.path}: {len(photo.faces) or 'no'} x {engine.dimension} ({engine.model})")
            for face in photo.faces:
                start = " ".join(f"{value:+.3f}" for value in vector_of(face)[:4])
                say(f"  {describe(face)}  [{start} ...]")
    return status
