"""``watch SOURCE --gallery DIR|URL``: who comes into view in a video, and who leaves?"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from recognition.commands.annotate import annotated
from recognition.commands.common import EXIT_BAD, EXIT_DONE, complain, count, say, say_json, start_backend
from recognition.commands.identify import add_rule
from recognition.commands.naming import tracker_for
from recognition.commands.video import CODECS, Source, VideoFrame, Writer, open_source
from recognition.commands.window import Window, add_show, open_window
from recognition.engine import FaceEngine
from recognition.errors import RecognitionError
from recognition.tracking import Event, Journal, Tracker, TrackingConfig, Update
from recognition.tracking.events import CAME, LEFT, STAYED

EXIT_STOPPED = 130


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("watch", parents=parents, help="tell who comes and goes in a video")
    parser.add_argument(
        "source", metavar="SOURCE", help="a video file, a camera's number, or a folder of frames"
    )
    add_rule(parser, server=True)
    parser.add_argument(
        "--every",
        type=whole,
        default=TrackingConfig().every,
        metavar="N",
        help="search for faces in every Nth frame at least (%(default)s)",
    )
    parser.add_argument("--fps", type=rate, metavar="R", help="frames a second of a folder of frames (25)")
    parser.add_argument(
        "--out",
        "--annotated",
        metavar="FILE",
        type=video_file,
        help=f"also write the video with faces and names drawn in ({' or '.join(CODECS)})",
    )
    add_show(parser)
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
    failed: RecognitionError | None = None

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
    with ExitStack() as stack:
        window = stack.enter_context(open_window(options.show, options.source))
        source = open_source(options.source, options.fps)
        tracker, engine = tracker_for(options, every=options.every)
        writer = stack.enter_context(Writer(options.out, source.rate)) if options.out else None
        warm_up(engine, source)
        frames = stack.enter_context(closing(source.frames()))
        bar = tqdm(total=source.count, unit="frame", disable=options.quiet, file=sys.stderr)
        stack.enter_context(bar)
        tell = event_json if options.json else event_text
        tally = watch(frames, tracker, bar, tell, writer=writer, window=window)
    if options.json:
        say_json(tally_json(tally))
    else:
        say(tally_text(tally))
    if tally.stopped:
        return EXIT_STOPPED
    if tally.failed is not None:
        complain(tally.failed.code, tally.failed.message)
    return EXIT_BAD if source.faulty or tally.failed else EXIT_DONE


def warm_up(engine: FaceEngine, source: Source, *, embed: bool = True) -> None:
    """Make the engine ready for a source's pictures before its clock starts."""
    start_backend()
    if embed:
        engine.warm_up(*([source.shape] if source.shape else []))
    elif source.shape:  # without the embedder, which takes longest to load
        engine.analyse([np.zeros((*source.shape, 3), np.uint8)], embed=False)


def watch(
    frames: Iterator[VideoFrame],
    tracker: Tracker,
    bar: Any,
    tell: Callable[[Event, float], None],
    *,
    writer: Writer | None = None,
    window: Window | None = None,
) -> Tally:
    """Work through the frames and tell what happens as it happens, until they end, q or Ctrl-C.

    An error on the way (a server that is gone, a full disk) ends it too, and is in the tally.
    """
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
            bar.update()
            if writer is None and window is None:
                continue
            drawn = annotated(frame.image, update.tracks)
            if writer is not None:
                writer.write(drawn)
            if window is not None and not window.show(drawn):
                break
    except KeyboardInterrupt:
        tally.stopped = True
    except RecognitionError as error:
        tally.failed = error
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
