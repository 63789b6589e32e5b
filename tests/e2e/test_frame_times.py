"""What a kiosk's frame costs on the server, and what it would cost the usual way: printed, not judged.

``make e2e`` shows the table in its own log: the stages of every frame that a real browser sent, on both
backends, beside the ``mtcnn`` package with Keras's ``predict`` on the same clip.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.measure import Server as Peer
from recognition.types import Image
from tests.e2e.conftest import make_run
from tests.support import staff

_FRAMES = 30
_STAGES = ("decode", "detect_embed", "search", "database")


def _kiosk_frames(page: Any, kiosk: Any, url: str) -> list[dict[str, float]]:
    """Milliseconds by stage of the frames in which the server judged a face."""
    answers: list[Any] = []
    kiosk.on("response", lambda answer: answers.append(answer) if answer.url.endswith("/frames") else None)
    staff.pair_kiosk(page, kiosk, url, site="Workshop")
    kiosk.wait_for_function("n => Number(document.body.dataset.answers) >= n", arg=_FRAMES, timeout=120_000)
    timings = [answer.json()["timings_ms"] for answer in answers if answer.ok]
    return [one for one in timings if "search" in one]


def _pictures(clip: Path) -> Iterator[Image]:
    video = cv2.VideoCapture(str(clip))
    for _ in range(20):
        readable, frame = video.read()
        assert readable, clip
        yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)
    video.release()


def _line(name: str, frames: list[dict[str, float]]) -> str:
    stages = (
        f"{stage} {median(one.get(stage, 0.0) for one in frames):6.1f}" for stage in (*_STAGES, "total")
    )
    return f"  {name:<34}" + "   ".join(stages)


def test_log_shows_what_a_frame_costs(
    browser: Callable[..., Any],
    camera_file: Callable[[Path], Path],
    demo_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    roster = json.loads((demo_folder / "roster.json").read_text(encoding="utf-8"))
    clip = demo_folder / next(entry["clip"] for entry in roster["people"] if entry.get("clip"))
    lines, password = [], ""
    for backend in ("tensorflow", "onnxruntime"):
        with make_run(tmp_path / "home", demo=False, FACEROSTER_BACKEND=backend) as server:
            password = password or server.found(r"password (\S+)")
            page = browser()
            staff.sign_in(page, server.url, password)
            if backend == "tensorflow":
                staff.add_place(page, server.url, site="Workshop", department="Joinery")
            kiosk = browser(camera_file(clip))
            frames = _kiosk_frames(page, kiosk, server.url)
            # A browser that goes on playing its camera would slow down whatever is measured next.
            kiosk.context.browser.close()
            page.context.browser.close()
            lines.append(_line(f"FaceRoster, {backend}", frames))
            assert all(one[stage] > 0 for one in frames for stage in _STAGES[:3])
    with Peer("the usual way", ["benchmarks.serve", "usual"]) as usual:
        answers = [usual.ask("frame", picture) for picture in _pictures(clip)]
        assert all(answer["faces"] for answer in answers)
    before = [{"detect_embed": answer["ms"], "total": answer["ms"]} for answer in answers[2:]]
    lines.append(_line("mtcnn package and Keras predict", before))
    with capsys.disabled():
        print("\n\nA frame of the kiosk, p50 in ms:", *lines, "", sep="\n")
