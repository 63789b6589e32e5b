"""``augment DIR --out DIR``: changed copies of photos, for a network to learn from."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from recognition import augmentation
from recognition.commands import hush
from recognition.commands.augment_sheet import Sheet
from recognition.commands.common import (
    EXIT_BAD,
    EXIT_DONE,
    Photo,
    complain_of,
    count,
    error_json,
    photos_in,
    read_photo,
    say,
    say_json,
)
from recognition.commands.output import OutputNames, write_jpeg
from recognition.decoding import shrink
from recognition.errors import ImageError
from recognition.types import Image

SHEET = "contact-sheet.png"
MOST_COPIES, SIDES = 1000, (16, 4096)


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("augment", parents=parents, help="make changed copies of photos to train on")
    parser.add_argument(
        "folder",
        metavar="DIR",
        type=Path,
        help="photos, such as a folder of them for each class; never changed",
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="an empty or new folder")
    parser.add_argument(
        "--per-image", type=between(1, MOST_COPIES), default=5, metavar="N", help="copies (%(default)s)"
    )
    parser.add_argument(
        "--seed", type=between(0, 2**32 - 1), default=0, metavar="S", help="of all chance (0)"
    )
    parser.add_argument(
        "--max-side", type=between(*SIDES), default=1024, metavar="PX",
        help="larger photos are shrunk to this (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--test",
        action="store_true",
        help="as pictures to judge by: one of each, rescaled only, nothing random",
    )
    parser.set_defaults(run=run)


def between(low: int, high: int) -> Any:
    """A parser of whole numbers from ``low`` to ``high``."""

    def number(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}")
        return int(text)

    return number


def run(options: argparse.Namespace) -> int:
    paths = sources(options.folder, options.out)
    hush.start()
    pipeline = augmentation.test_pipeline() if options.test else augmentation.training_pipeline(options.seed)
    copies = 1 if options.test else options.per_image
    names, sheet = OutputNames(options.out, [str(options.folder)]), Sheet(len(paths))
    status, written = EXIT_DONE, 0
    for photo, changed in augmented(pipeline, read(paths, options), copies):
        files = write(names, photo.path, changed, alone=options.test)
        written += len(files)
        if photo.image is None:
            status = EXIT_BAD
            complain_of(photo, "Left out.")
        else:
            sheet.add(photo.path.relative_to(options.folder), photo.image, changed)
        if options.json:
            said = {
                "path": str(photo.path),
                "copies": list(map(str, files)),
                "error": error_json(photo.error),
            }
            say_json(said)
    if not written:
        raise ImageError(f"No photo in {options.folder} could be read.", code="image.not_found")
    drawn = sheet.save(options.out / SHEET)
    if not options.json:
        pictures = count(written, "picture")
        say(f"{pictures} of {count(sheet.photos, 'photo')} in {options.out}; {drawn} shows some of them")
    return status


def sources(folder: Path, out: Path) -> list[Path]:
    """The photos to work on, once it is certain that none of them, nor anything else, is overwritten."""
    if not folder.is_dir():
        raise ImageError(f"There is no folder {folder}.", code="image.not_found")
    a, b = folder.resolve(), out.resolve()
    if a == b or a in b.parents or b in a.parents:
        raise ImageError(
            "--out must be another folder, neither in the photos' own nor around it.", code="usage.invalid"
        )
    try:
        used = out.exists() and (not out.is_dir() or any(out.iterdir()))
    except OSError as error:
        raise ImageError(f"Cannot write {out}: {error.strerror}.", code="image.not_written") from error
    if used:
        raise ImageError(
            f"{out} is not an empty folder, and nothing in it will be overwritten.", code="image.not_written"
        )
    paths = photos_in(folder)
    if not paths:
        raise ImageError(f"There are no photos in {folder}.", code="image.not_found")
    return paths


def read(paths: Sequence[Path], options: argparse.Namespace) -> Iterator[Photo]:
    """Each photo, shrunk where it is too large, with a progress bar."""
    for path in tqdm(paths, unit="photo", disable=options.quiet or len(paths) < 2, file=sys.stderr):
        photo = read_photo(path)
        if photo.image is not None:
            photo.image = shrink(photo.image, options.max_side)
        yield photo


def augmented(pipeline: Any, photos: Iterable[Photo], copies: int) -> Iterator[tuple[Photo, Sequence[Image]]]:
    """Each photo with its copies, in their order; neighbours of one size go through together.

    Photos that could not be read have none.
    """
    batch: list[Photo] = []

    def done() -> Iterator[tuple[Photo, Sequence[Image]]]:
        images = [photo.image for photo in batch if photo.image is not None]
        made = iter(augmentation.copies(pipeline, images, copies) if images else [])
        for photo in batch:
            yield photo, [] if photo.image is None else list(next(made))
        batch.clear()

    full, shape = 0, None
    for photo in photos:
        if photo.image is not None:
            if photo.image.shape != shape or len(batch) >= full:
                yield from done()
            shape = photo.image.shape
            full = augmentation.batch_size(photo.image.shape[0], photo.image.shape[1], copies)
        batch.append(photo)
    yield from done()


def write(names: OutputNames, source: Path, copies: Sequence[Image], *, alone: bool) -> list[Path]:
    """The files written, numbered from 1 unless there is to be only one."""
    files = []
    for number, image in enumerate(copies, start=1):
        files.append(names.take(source, "" if alone else f"-{number}"))
        write_jpeg(files[-1], image)
    return files
