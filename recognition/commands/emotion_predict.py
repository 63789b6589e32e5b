"""``emotion predict``: what the faces of photos seem to express."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from recognition.commands import hush
from recognition.commands.common import (
    EXIT_BAD,
    EXIT_DONE,
    Photo,
    add_photos,
    analyse,
    complain_of,
    error_json,
    find_photos,
    make_engine,
    read_photo,
    say,
    say_json,
)
from recognition.emotion.crop import whole_crop
from recognition.emotion.inference import EmotionNetwork, Reading, load
from recognition.emotion.stored import DEFAULT
from recognition.errors import FaceError
from recognition.types import Box

#: A face's place and the detector's confidence (neither where no face was looked for), and the reading.
_Read = tuple[Box | None, float | None, Reading]


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("predict", parents=parents, help="name the emotions of the faces in photos")
    add_photos(parser)
    parser.add_argument(
        "--model", default=DEFAULT, metavar="DIR", help="a folder of `emotion train`, or %(default)s"
    )
    parser.add_argument(
        "--crop", choices=("face", "none"), default="face",
        help="find the faces first (face), or take each picture as one face (none)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    paths, status = find_photos(options.photos), EXIT_DONE
    network = load(options.model, backend=options.backend)
    if options.crop == "face":
        photos = analyse(make_engine(), paths, embed=False, quiet=options.quiet)
    else:
        photos = map(read_photo, paths)
    for photo in photos:
        found = _whole(network, photo) if options.crop == "none" else _faces(network, photo)
        if photo.error is not None:
            status = EXIT_BAD
            complain_of(photo)
        if options.json:
            faces = [_face_json(*one) for one in found]
            say_json({"path": str(photo.path), "faces": faces, "error": error_json(photo.error)})
        elif photo.error is None:
            say(f"{photo.path}:")
            for place, _, reading in found:
                say(f"  {_sentence(place, reading)}")
    return status


def _faces(network: EmotionNetwork, photo: Photo) -> list[_Read]:
    """Each face that was found; where there is none, ``photo.error`` says so."""
    if photo.image is None:
        return []
    if not photo.faces:
        photo.error = FaceError(
            "No face was found in this picture. If it shows nothing but a face, use --crop none."
        )
        return []
    faces = [one.face for one in photo.faces]
    hush.start(network.backend)
    readings = network.read(photo.image, faces)
    return [(face.box, face.confidence, reading) for face, reading in zip(faces, readings, strict=True)]


def _whole(network: EmotionNetwork, photo: Photo) -> list[_Read]:
    if photo.image is None:
        return []
    hush.start(network.backend)
    (row,) = network.probabilities(np.stack([whole_crop(photo.image)]))
    return [(None, None, Reading(row))]


def _face_json(place: Box | None, confidence: float | None, reading: Reading) -> dict[str, Any]:
    return {
        "box": None if place is None else [round(float(value), 2) for value in place],
        "confidence": None if confidence is None else round(float(confidence), 6),
        "emotion": reading.label,
        "unsure": reading.unsure,
        "probabilities": {name: round(value, 6) for name, value in reading.by_name().items()},
    }


def _sentence(place: Box | None, reading: Reading) -> str:
    """The answer and, behind it, every emotion, the likeliest first."""
    where = "whole picture" if place is None else "{2}x{3} at {0},{1}".format(*map(round, place))
    answer = "unsure" if reading.unsure else reading.label
    ranked = sorted(reading.by_name().items(), key=lambda item: -item[1])
    return f"{where}  {answer}  ({', '.join(f'{name} {value:.2f}' for name, value in ranked)})"
