"""``align``: upright 224x224 faces, eyes at fixed places, of photos, videos and cameras."""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from recognition.commands.common import (
    EXIT_BAD,
    EXIT_DONE,
    Photo,
    add_photos,
    analyse,
    complain_of,
    count,
    error_json,
    find_photos,
    make_engine,
    say,
    say_json,
)
from recognition.commands.detect import draw
from recognition.commands.output import OutputNames, ready_folder, write_jpeg
from recognition.commands.video import VideoFrame, is_camera, is_moving, open_source
from recognition.commands.watch import EXIT_STOPPED, clock, warm_up, whole
from recognition.commands.window import add_show, open_window
from recognition.engine import FaceEngine

#: What can be saved.
FACES, FRAMES = "faces", "frames"
#: How long a camera is watched; a video is worked through to its end.
SECONDS = 3.0
#: Neighbouring frames show the same again: of a video every fifth is taken.
EVERY = 5


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "align", parents=parents, help="cut out faces, upright, eyes at fixed places"
    )
    add_photos(parser, "a photo, a folder of photos, a video file or a camera's number")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder to write to")
    parser.add_argument("--size", type=side, default=224, metavar="PX", help="side of a face picture (224)")
    parser.add_argument(
        "--save",
        type=kinds,
        metavar="WHAT",
        help="faces, frames (with what was found drawn in) or faces,frames; "
        "of photos faces, of videos both if you do not say",
    )
    parser.add_argument(
        "--seconds",
        type=seconds,
        metavar="S",
        help=f"how much of a video or camera ({SECONDS:g} of a camera, all of a video)",
    )
    parser.add_argument(
        "--every", type=whole, default=EVERY, metavar="N", help="take every Nth frame (%(default)s)"
    )
    add_show(parser)
    parser.set_defaults(run=run)


def side(text: str) -> int:
    """A picture's side in pixels, within reason."""
    if not text.isdecimal() or not 16 <= int(text) <= 4096:
        raise argparse.ArgumentTypeError("must be a whole number from 16 to 4096")
    return int(text)


def kinds(text: str) -> frozenset[str]:
    found = frozenset(part.strip() for part in text.split(","))
    if not found <= {FACES, FRAMES}:
        raise argparse.ArgumentTypeError("must be faces, frames or faces,frames")
    return found


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError("must be a number of seconds, more than 0")
    return value


class Saver:
    """Writes aligned faces and annotated frames: into one folder, or two below it when there are both."""

    def __init__(self, options: argparse.Namespace, engine: FaceEngine, save: frozenset[str]) -> None:
        self._engine, self._size, self._save = engine, options.size, save
        self._names = {
            what: OutputNames(options.out / what if len(save) > 1 else options.out, options.photos)
            for what in save
        }

    def save(self, photo: Photo, where: Path) -> tuple[list[Path], Path | None]:
        """Write a picture's faces and itself, named after ``where``; the faces' paths and the frame's."""
        if photo.image is None:
            return [], None
        chips: list[Path] = []
        for number, analysis in enumerate(photo.faces if FACES in self._save else (), start=1):
            chips.append(self._names[FACES].take(where, f"-{number}"))
            write_jpeg(chips[-1], self._engine.chip(photo.image, analysis.face, size=self._size))
        if FRAMES not in self._save:
            return chips, None
        frame = self._names[FRAMES].take(where, "-frame")
        write_jpeg(frame, draw(photo.image, photo))
        return chips, frame


@dataclass(slots=True)
class Seen:
    """Of one video: frames looked at and faces in them, and whether Ctrl-C ended it."""

    frames: int = 0
    faces: int = 0
    interrupted: bool = False


def run(options: argparse.Namespace) -> int:
    moving = [name for name in options.photos if is_moving(name)]
    still = [name for name in options.photos if name not in moving]
    paths = find_photos(still)
    ready_folder(options.out)
    engine = make_engine()
    statuses = [align_photos(paths, options, engine)] if paths else []
    saver = Saver(options, engine, options.save or frozenset({FACES, FRAMES}))
    for name in moving:
        statuses.append(align_video(name, options, engine, saver))
        if statuses[-1] == EXIT_STOPPED:
            break
    return max(statuses)


def align_photos(paths: list[Path], options: argparse.Namespace, engine: FaceEngine) -> int:
    status, saver = EXIT_DONE, Saver(options, engine, options.save or frozenset({FACES}))
    for photo in analyse(engine, paths, embed=False, quiet=options.quiet):
        if photo.error is not None:
            status = EXIT_BAD
            complain_of(photo)
        chips, frame = saver.save(photo, photo.path)
        if options.json:
            say_json(_json(str(photo.path), chips, frame, error=error_json(photo.error)))
        elif photo.error is None:
            say(f"{photo.path} -> {_written(photo, chips, frame)}")
    return status


def align_video(name: str, options: argparse.Namespace, engine: FaceEngine, saver: Saver) -> int:
    """Look at every Nth frame of a video or camera, and save what is in it."""
    seen = Seen()
    with ExitStack() as stack:
        window = stack.enter_context(open_window(options.show, f"align {name}"))
        source = open_source(name)
        warm_up(engine, source, embed=False)
        frames = stack.enter_context(closing(source.frames()))
        stem = f"camera{name}-{time.strftime('%Y%m%d-%H%M%S')}" if is_camera(name) else Path(name).stem
        limit = options.seconds or (SECONDS if is_camera(name) else math.inf)
        try:
            for number, frame in _taken(frames, limit, options.every):
                [found] = engine.analyse([frame.image], embed=False)
                photo = Photo(Path(name), frame.image, found)
                seen.frames, seen.faces = seen.frames + 1, seen.faces + len(found)
                _tell(photo, frame, number, saver.save(photo, Path(f"{stem}-{number:05}.jpg")), options.json)
                if window is not None and not window.show(draw(frame.image, photo)):
                    break
        except KeyboardInterrupt:
            seen.interrupted = True
    if not options.json:
        say(f"{name}: {count(seen.frames, 'frame')} with {count(seen.faces, 'face')}; see {options.out}")
    if seen.interrupted:
        return EXIT_STOPPED
    return EXIT_BAD if source.faulty else EXIT_DONE


def _taken(frames: Iterator[VideoFrame], limit: float, every: int) -> Iterable[tuple[int, VideoFrame]]:
    """Every Nth frame of the first seconds, with its number in the video, from 0."""
    return islice(enumerate(takewhile(lambda frame: frame.seconds < limit, frames)), 0, None, every)


def _tell(
    photo: Photo, frame: VideoFrame, number: int, saved: tuple[list[Path], Path | None], json: bool
) -> None:
    if json:
        say_json(_json(str(photo.path), *saved, number=number, time=round(frame.seconds, 3), error=None))
    else:
        say(f"{photo.path} {clock(frame.seconds)} -> {_written(photo, *saved)}")
    sys.stdout.flush()


def _json(path: str, chips: list[Path], frame: Path | None, **more: Any) -> dict[str, Any]:
    return {"path": path, "chips": [str(chip) for chip in chips], "frame": frame and str(frame), **more}


def _written(photo: Photo, chips: list[Path], frame: Path | None) -> str:
    faces = ", ".join(map(str, chips)) or ("no face" if not photo.faces else "")
    return ", ".join(part for part in (faces, str(frame or "")) if part)
