"""Five kiosks on one worker: how long a frame's answer takes, and how often each kiosk decides.

    python -m benchmarks.kiosks [--full] [--kiosks 5] [--server embedded|production] [--policy passive]

Starts a real server with one worker, pairs kiosks with it, and lets each look at somebody else every second:
frames of the demo people's clips as JPEG, one after the other and signed as the page signs them, until
somebody is decided about. Load generator, server and database share the machine's cores; the processor time
of the server hardly depends on what else they do.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np

from benchmarks.frames import arguments
from benchmarks.kiosks_device import Device, signing_rows
from benchmarks.kiosks_server import Server, serving
from benchmarks.report import ROOT, Row, row, write

#: Milliseconds at p95 from a frame's first byte to its answer's last.
ANSWER_BAR = 500.0
#: Decisions of each kiosk in a second.
RATE_BAR = 1.0
_LONGEST = 640
_QUALITY = 85
#: A look ends with one of these; all others ask for the next frame.
_DECIDED = frozenset(
    {"accepted", "punched", "already", "unknown", "ambiguous", "not_live", "pin", "challenge"}
)
#: The page's own pause between two frames, and how long one look may take at most.
_PAUSE, _LOOK = 0.06, 2.5
_WARM_SECONDS = 6.0

#: Seconds from the clip's start, and the JPEG.
Frame = tuple[float, bytes]


@dataclass(slots=True)
class Told:
    """What one kiosk saw: milliseconds of each answer and of each look that ended, states, and errors."""

    answers: list[float] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)


def clip_frames(path: Path) -> list[Frame]:
    """A clip's frames as the page sends them: at most 640 pixels a side, JPEG of quality 85."""
    clip, frames = cv2.VideoCapture(str(path)), list[Frame]()
    rate = clip.get(cv2.CAP_PROP_FPS) or 25.0
    while True:
        there, image = clip.read()
        if not there:
            break
        scale = min(1.0, _LONGEST / max(image.shape[:2]))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
        frames.append((len(frames) / rate, encoded.tobytes()))
    clip.release()
    return frames


def demo_clips() -> list[list[Frame]]:
    """Of everybody on the demo roster who has one, known people first."""
    folder = ROOT / "demo" / "people"
    roster = json.loads((folder / "roster.json").read_text(encoding="utf-8"))
    return [clip_frames(folder / entry["clip"]) for entry in roster["people"] if entry.get("clip")]


class Kiosk(threading.Thread):
    """A device by a door where somebody else steps up every second."""

    def __init__(
        self, number: int, count: int, device: Device, clips: list[list[Frame]], ends: float
    ) -> None:
        super().__init__(daemon=True)
        self.number, self.count, self.device, self.clips, self.ends = number, count, device, clips, ends
        self.begins = time.monotonic() + number / count  # not all in the same instant
        self.told, self.failed = Told(), ""

    def run(self) -> None:
        try:
            turn = 0
            while (start := self.begins + turn) < self.ends:
                time.sleep(max(0.0, start - time.monotonic()))
                self.look(self.clips[(self.number + turn) % len(self.clips)], turn)
                turn += 1
        except (OSError, http.client.HTTPException) as error:
            self.failed = f"{type(error).__name__}: {error}"

    def look(self, clip: list[Frame], turn: int) -> None:
        """Frames of ``clip`` in its own time, from another place in it each turn, until one decides."""
        length = clip[-1][0] or 1.0
        offset = (turn * 0.37) % length
        began, sent = time.monotonic(), 0
        while (into := time.monotonic() - began) < _LOOK:
            at = (offset + into) % length
            body = clip[min(range(len(clip)), key=lambda i: abs(clip[i][0] - at))][1]
            start = time.perf_counter()
            status, answer = self.device.post("/kiosk/frames", body, "image/jpeg")
            self.told.answers.append((time.perf_counter() - start) * 1000)
            sent += 1
            state = answer.get("state", "")
            if status != http.client.OK:
                self.told.errors[answer.get("error", {}).get("code", str(status))] += 1
            elif state in _DECIDED:
                self.told.looks.append((time.monotonic() - began) * 1000)
                self.told.frames.append(sent)
                self.told.states[state] += 1
                return
            time.sleep(_PAUSE)
        self.told.states["undecided"] += 1


def load(server: Server, kiosks: int, seconds: float, policy: str) -> tuple[list[Told], float]:
    """Let ``kiosks`` work for ``seconds``, and before that for some that do not count.

    Returns what they were told, and the seconds of processor time that the server took.
    """
    address = urlsplit(server.url)
    clips = demo_clips()
    devices = [
        Device.paired(str(address.hostname), int(address.port or 80), token)
        for token in server.invitations(kiosks, policy=policy)
    ]
    told, taken = list[Told](), 0.0
    for length in (_WARM_SECONDS, seconds):
        before = server.processor_seconds()
        ends = time.monotonic() + length
        threads = [Kiosk(n, kiosks, device, clips, ends) for n, device in enumerate(devices)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed := [thread.failed for thread in threads if thread.failed]:
            raise RuntimeError(f"a kiosk failed: {failed[0]}")
        told, taken = [thread.told for thread in threads], server.processor_seconds() - before
    return told, taken


def rows_of(told: Sequence[Told], taken: float, seconds: float, note: str) -> list[Row]:
    """The table's rows. A refused frame counts with its time, and is told of."""
    answers = np.concatenate([one.answers for one in told])
    looks = np.concatenate([one.looks for one in told])
    frames = [count for one in told for count in one.frames]
    errors = sum((one.errors for one in told), Counter[str]())
    states = sum((one.states for one in told), Counter[str]())
    p50, p95 = np.quantile(answers, (0.5, 0.95))
    refused = f"; refused: {dict(errors)}" if errors else "; none refused"
    rows = [
        row("answer to a frame, p95", p95, "ms", bar=ANSWER_BAR, p50=p50, p95=p95, n=len(answers),
            note=note + refused),
        row("decisions a second of the slowest kiosk", min(len(one.looks) for one in told) / seconds, "",
            bar=RATE_BAR, better="higher", n=len(looks),
            note=", ".join(f"{name} {times}" for name, times in states.items())),
        row("processor time of the server, per frame", taken / len(answers) * 1000, "ms",
            n=len(answers), note=f"{taken / seconds:.2f} cores busy with it"),
        row("frames a second, all kiosks", len(answers) / seconds, "", n=len(answers)),
    ]  # fmt: skip
    if len(looks):
        q50, q95 = np.quantile(looks, (0.5, 0.95))
        note = f"{np.mean(frames):.1f} frames on average"
        rows.append(row("first frame to decision, p95", q95, "ms", p50=q50, p95=q95, n=len(looks), note=note))
    return rows


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    parser = arguments(__doc__)
    parser.add_argument("--kiosks", type=int, default=5)
    parser.add_argument("--server", choices=("embedded", "production"), default="embedded")
    parser.add_argument("--policy", default="passive", help="liveness policy of the site")
    parser.add_argument("--seconds", type=float, help="how long (default 30, with --full 300)")
    options = parser.parse_args(argv)
    seconds = options.seconds or (300.0 if options.full else 30.0)
    before = os.getloadavg()[0]
    with serving(options.server) as server:
        told, taken = load(server, options.kiosks, seconds, options.policy)
    note = f"{options.kiosks} kiosks, {options.server}, {options.policy}; load before {before:.1f}"
    rows = rows_of(told, taken, seconds, note) + signing_rows()
    return write("kiosks", f"{options.kiosks} kiosks on one worker", rows, options.out)


if __name__ == "__main__":
    main()
