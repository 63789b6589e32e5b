"""``detect``: where the faces are, and what is wrong with them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2

from recognition.commands.common import (
    EXIT_BAD,
    EXIT_DONE,
    Photo,
    add_photos,
    analyse,
    complain_of,
    count,
    describe,
    error_json,
    face_json,
    find_photos,
    make_engine,
    say,
    say_json,
)
from recognition.commands.output import OutputNames, write_jpeg
from recognition.types import Image

GOOD, POOR = (46, 160, 67), (207, 130, 20)


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("detect", parents=parents, help="find faces and judge their quality")
    add_photos(parser)
    parser.add_argument("--draw", metavar="DIR", type=Path, help="also write photos with the faces drawn in")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    paths, status = find_photos(options.photos), EXIT_DONE
    names = OutputNames(options.draw, options.photos) if options.draw else None
    for photo in analyse(make_engine(), paths, embed=False, quiet=options.quiet):
        if photo.error is not None:
            status = EXIT_BAD
            complain_of(photo)
        if options.json:
            faces = [face_json(face) for face in photo.faces]
            say_json({"path": str(photo.path), "faces": faces, "error": error_json(photo.error)})
        elif photo.error is None:
            say(f"{photo.path}: {count(len(photo.faces), 'face')}")
            for face in photo.faces:
                say(f"  {describe(face)}")
        if names is not None and photo.image is not None:
            write_jpeg(names.take(photo.path), draw(photo.image, photo))
    return status


def draw(image: Image, photo: Photo) -> Image:
    """A copy of the picture with box and landmarks of each face: green if good, amber if not."""
    picture = image.copy()
    width = max(1, round(max(image.shape[:2]) / 400))
    for analysis in photo.faces:
        colour = GOOD if analysis.quality.acceptable else POOR
        x, y, w, h = (round(value) for value in analysis.face.box)
        cv2.rectangle(picture, (x, y), (x + w, y + h), colour, width)
        for px, py in analysis.face.landmarks:
            cv2.circle(picture, (round(float(px)), round(float(py))), width + 1, colour, -1)
    return picture
