"""``watch SOURCE --gallery DIR``: who comes into view in a video, and who leaves?"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from recognition.commands.annotate import annotated
from recognition.commands.common import (
    EXIT_BAD,
    EXIT_DONE,
    count,
    make_engine,
    require_thresholds,
    say,
    say_json,
)
from recognition.commands.identify import add_rule, load_gallery
from recognition.commands.video import CODECS, VideoFrame, Writer, open_source
from recognition.engine import FaceEngine
from recognition.gallery import Gallery
from recognition.identify import VERIFY_THRESHOLD, Identification, decide_frame
from recognition.policy import Policy
from recognition.tracking import Event, Identify, Journal, Tracker, TrackingConfig, Update, View
from recognition.tracking.events import CAME, LEFT, STAYED

EXIT_STOPPED = 130


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("watch", parents=parents, help="tell who comes and goes in a video")
    parser.add_argument(
        "source", metavar="SOURCE", help="a video file, a camera's number, or a folder of frames"
    )
    add_rule(parser)
    parser.add_argument(
        "--every",
        type=whole,
        default=TrackingConfig().every,
        metavar="N",
        help="search for faces in every Nth frame at least (%(default)s)",
    )
    parser.add_argument("--fps", type=rate, metavar="R", help="frames a second of a folder of frames (25)")
    parser.add_argument(
        "--annotated",
        metavar="FILE",
        type=video_file,
        help=f"also write the video with faces and names drawn in ({' or '.join(CODECS)})",
    )
    parser.set_defaults(run=run)


def whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number from 1")
    return int(text)


def rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.1 <= value <= 240:
        raise argparse.ArgumentTypeError("must be a number from 0.1 to 240")
    return value


def video_file(text: str) -> Path:
    if Path(text).suffix.lower() not in CODECS:
        raise argparse.ArgumentTypeError(f"must end in {' or '.join(CODECS)}")
    return Path(text)


@dataclass(slots=True)
class Tally:
    """What the whole video comes to. ``seconds``: spent on the frames, without what came before."""

    frames: int = 0
    searches: int = 0
    embeddings: int = 0
    seconds: float = 0.0
    people: set[str] = field(default_factory=set)
    strangers: set[int] = field(default_factory=set)
    stopped: bool = False

    @property
    def speed(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0

    def add(self, update: Update) -> None:
        self.frames += 1
        self.searches += update.searched
        self.embeddings += update.embedded

    def tell(self, event: Event) -> None:
        self.strangers.discard(event.track)
        if event.person is not None:
            self.people.add(event.person)
        else:
            self.strangers.add(event.track)


def run(options: argparse.Namespace) -> int:
    source = open_source(options.source, options.fps)
    if options.threshold is None:
        require_thresholds()
    engine = make_engine()
    gallery = load_gallery(engine, options.gallery, score=options.score, quiet=options.quiet)
    policy = gallery.policy(options.threshold, options.margin)
    measured = engine.spec.thresholds
    verify = measured.verify if measured is not None else VERIFY_THRESHOLD
    config = TrackingConfig(every=options.every, same=TrackingConfig.SAME_SHARE * verify)
    tracker = Tracker(engine, namer(gallery, policy), config)
    with ExitStack() as stack:
        writer = stack.enter_context(Writer(options.annotated, source.rate)) if options.annotated else None
        frames = stack.enter_context(closing(source.frames()))
        bar = tqdm(total=source.count, unit="frame", disable=options.quiet, file=sys.stderr)
        stack.enter_context(bar)
        tally = watch(
            warmed(frames, engine), tracker, bar, writer, event_json if options.json else event_text
        )
    if options.json:
        say_json(tally_json(tally))
    else:
        say(tally_text(tally))
    if tally.stopped:
        return EXIT_STOPPED
    return EXIT_BAD if source.faulty else EXIT_DONE


def namer(gallery: Gallery, policy: Policy) -> Identify:
    """Decides on the faces of a frame together, on each by all its views."""

    def name(faces: Sequence[Sequence[View]]) -> list[Identification]:
        near = [
            gallery.candidates(
                np.stack([view.vector for view in views]), weights=[view.weight for view in views]
            )
            for views in faces
        ]
        return decide_frame(near, policy)

    return name


def warmed(frames: Iterator[VideoFrame], engine: FaceEngine) -> Iterator[VideoFrame]:
    """The same frames; the engine is made ready for their size before the first."""
    first = next(frames, None)
    if first is not None:
        height, width = first.image.shape[:2]
        engine.warm_up((height, width))
        yield from chain([first], frames)


def watch(
    frames: Iterator[VideoFrame],
    tracker: Tracker,
    bar: Any,
    writer: Writer | None,
    tell: Callable[[Event, float], None],
) -> Tally:
    """Work through the frames and tell what happens as it happens, until they end or Ctrl-C."""
    tally, journal, times = Tally(), Journal(), _Times()
    start: float | None = None

    def told(events: Iterable[Event]) -> None:
        for event in events:
            tally.tell(event)
            with tqdm.external_write_mode(file=sys.stdout):
                tell(event, times.at(event.frame))
            sys.stdout.flush()

    try:
        for frame in frames:
            start = start or time.perf_counter()
            update = tracker.update(frame.image)
            times.add(frame.seconds)
            tally.add(update)
            told(journal.update(update))
            if writer is not None:
                writer.write(annotated(frame.image, update.tracks))
            bar.update()
    except KeyboardInterrupt:
        tally.stopped = True
    tally.seconds = time.perf_counter() - start if start else 0.0
    told(journal.finish(tracker.finish(), tally.frames - 1))
    return tally


class _Times:
    """When the last frames were taken: a leave is told a little after it happened."""

    def __init__(self) -> None:
        self._first = 0
        self._seconds: deque[float] = deque(maxlen=1000)

    def add(self, seconds: float) -> None:
        self._first += len(self._seconds) == self._seconds.maxlen
        self._seconds.append(seconds)

    def at(self, frame: int) -> float:
        return self._seconds[frame - self._first]


def event_json(event: Event, seconds: float) -> None:
    say_json(
        {
            "event": event.kind,
            "time": round(seconds, 3),
            "frame": event.frame,
            "face": event.track,
            "person": event.person,
            "score": None if event.score is None else round(event.score, 6),
        }
    )


def event_text(event: Event, seconds: float) -> None:
    who = event.person or "Somebody unknown"
    score = "" if event.score is None else f" (score {event.score:.3g})"
    if event.kind == CAME:
        what = f"{who} came into view{score if event.person else ''}"
    elif event.kind == LEFT:
        what = f"{who} left"
    elif event.kind == STAYED:
        what = f"{who} was in view at the end"
    elif event.person is not None:
        what = f"Somebody in view is {who}{score}"
    else:
        what = f"Somebody in view is no longer recognised{score}"
    say(f"{clock(seconds)}  {what}")


def clock(seconds: float) -> str:
    """``mm:ss.t``, with hours in front where there are any."""
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    return (f"{hours}:" if hours else "") + f"{minutes:02}:{rest:04.1f}"


def tally_json(tally: Tally) -> dict[str, Any]:
    return {
        "event": "summary",
        "frames": tally.frames,
        "frames_per_second": round(tally.speed, 1),
        "searches": tally.searches,
        "embeddings": tally.embeddings,
        "people": sorted(tally.people),
        "unknown": len(tally.strangers),
    }


def tally_text(tally: Tally) -> str:
    seen = [*sorted(tally.people), *([f"{len(tally.strangers)} unknown"] if tally.strangers else [])]
    return (
        f"{count(tally.frames, 'frame')}, {tally.speed:.0f} a second; "
        f"{tally.searches} searched for faces, {count(tally.embeddings, 'embedding')}; "
        f"in view: {', '.join(seen) or 'nobody'}"
    )
