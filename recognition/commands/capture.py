"""``capture --camera 0 --out DIR``: a picture every second, with names and boxes drawn in."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import count as numbers
from pathlib import Path
from typing import Any

from recognition.commands.annotate import annotated, sure
from recognition.commands.common import EXIT_BAD, EXIT_DONE, complain, count, say, say_json
from recognition.commands.identify import add_rule
from recognition.commands.naming import tracker_for
from recognition.commands.output import ready_folder, write_jpeg
from recognition.commands.video import VideoFrame, open_source
from recognition.commands.watch import EXIT_STOPPED, clock, warm_up, whole
from recognition.commands.window import Window, add_show, open_window
from recognition.errors import RecognitionError
from recognition.tracking import Track, Tracker, TrackingConfig


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("capture", parents=parents, help="take labelled pictures with a camera")
    parser.add_argument(
        "--camera",
        metavar="CAMERA",
        default="0",
        help="its number, or a video file in its place (%(default)s)",
    )
    parser.add_argument("--count", type=whole, default=10, metavar="N", help="pictures to take (%(default)s)")
    parser.add_argument(
        "--interval", type=interval, default=1.0, metavar="S", help="seconds from one to the next (1)"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder to write them to")
    parser.add_argument("--plain", action="store_true", help="write the pictures with nothing drawn in")
    add_rule(parser, server=True, required=False)
    parser.add_argument(
        "--every",
        type=whole,
        default=TrackingConfig().every,
        metavar="N",
        help="search for faces in every Nth frame at least (%(default)s)",
    )
    add_show(parser)
    parser.set_defaults(run=run)


def interval(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError("must be a number of seconds, 0 or more")
    return value


@dataclass(slots=True)
class Album:
    """Takes a picture of a video whenever one is due, until there are enough."""

    folder: Path
    wanted: int
    interval: float
    plain: bool
    json: bool
    saved: int = 0
    #: Why it ended early, in words; nothing when it did not.
    stopped: str = ""
    failed: RecognitionError | None = None
    _due: float = 0.0
    _names: Iterator[Path] = field(init=False)

    def __post_init__(self) -> None:
        every = (self.folder / f"frame-{number:04}.jpg" for number in numbers(1))
        self._names = (path for path in every if not path.exists())  # nothing is overwritten

    @property
    def full(self) -> bool:
        return self.saved >= self.wanted

    def offer(self, frame: VideoFrame, drawn: Any, tracks: tuple[Track, ...]) -> None:
        if frame.seconds < self._due - 1e-3:
            return
        path = next(self._names)
        write_jpeg(path, frame.image if self.plain else drawn)
        self.saved += 1
        # After a pause the next is due an interval later, not all that were missed at once.
        on_time = self._due + self.interval > frame.seconds
        self._due = (self._due if on_time else frame.seconds) + self.interval
        self._tell(path, frame.seconds, tracks)

    def _tell(self, path: Path, seconds: float, tracks: tuple[Track, ...]) -> None:
        if self.json:
            faces = [face_json(track) for track in tracks]
            say_json({"path": str(path), "time": round(seconds, 3), "faces": faces})
        else:
            say(f"{clock(seconds)}  {path}  {', '.join(map(sure, tracks)) or 'nobody'}")
        sys.stdout.flush()

    def sum_up(self) -> None:
        if self.json:
            say_json(
                {"event": "summary", "saved": self.saved, "wanted": self.wanted, "out": str(self.folder)}
            )
        elif self.full:
            say(f"{count(self.saved, 'picture')} in {self.folder}")
        else:
            say(f"{self.stopped} {self.saved} of {count(self.wanted, 'picture')} in {self.folder}")


def run(options: argparse.Namespace) -> int:
    album = Album(ready_folder(options.out), options.count, options.interval, options.plain, options.json)
    with ExitStack() as stack:
        window = stack.enter_context(open_window(options.show, f"capture {options.camera}"))
        source = open_source(options.camera)
        # One look is enough to be drawn: the first picture is labelled, too.
        tracker, engine = tracker_for(options, every=options.every, confirm=1)
        warm_up(engine, source)
        frames = stack.enter_context(closing(source.frames()))
        interrupted = take(frames, tracker, album, window)
    album.sum_up()
    if album.failed is not None:
        complain(album.failed.code, album.failed.message)
    if interrupted:
        return EXIT_STOPPED
    return EXIT_BAD if source.faulty or album.failed else EXIT_DONE


def take(frames: Iterator[VideoFrame], tracker: Tracker, album: Album, window: Window | None) -> bool:
    """Look at every frame and keep those that are due; whether Ctrl-C ended it."""
    try:
        for frame in frames:
            tracks = tracker.update(frame.image).tracks
            drawn = annotated(frame.image, tracks, sure)
            album.offer(frame, drawn, tracks)
            if album.full:
                return False
            if window is not None and not window.show(drawn):
                album.stopped = "Stopped."
                return False
        album.stopped = "The video ended."
    except KeyboardInterrupt:
        album.stopped = "Stopped."
        return True
    except RecognitionError as error:
        album.failed, album.stopped = error, "It went wrong."
    return False


def face_json(track: Track) -> dict[str, Any]:
    found = track.identity
    best = found.candidates[0].score if found is not None and found.candidates else None
    return {
        "box": [round(float(value), 2) for value in track.face.box],
        "confidence": round(float(track.face.confidence), 6),
        "person": track.person,
        "score": None if best is None else round(best, 6),
    }
