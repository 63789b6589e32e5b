"""Camera frames of 640x480 to measure with: webcam clips where the data folder has them, else demo people."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from benchmarks.report import ROOT
from recognition.decoding import decode, shrink
from recognition.types import Image

HEIGHT, WIDTH = 480, 640
#: Who stands before the camera in which clip; see the data folder's own README.
CLIPS = {
    "a": ("again", "brother", "help", "no", "yes"),
    "b": ("bird", "milk", "please", "sorry"),
    "c": ("book", "learn", "school"),
    "d": ("eat", "night", "sister"),
}
_JPEG_QUALITY = 85

#: Who is in the frame, and the frame: RGB uint8 (480, 640, 3).
Shot = tuple[str, Image]


@dataclass(slots=True)
class Shots:
    """``probes`` to measure with, ``known``: frames of the same people to enroll first."""

    source: str
    probes: list[Shot] = field(default_factory=list)
    known: list[Shot] = field(default_factory=list)


def data_folder() -> Path:
    """``FACEROSTER_DATA``, or ``../shared/data`` beside the checkout; it need not exist."""
    return Path(os.environ.get("FACEROSTER_DATA", ROOT.parent / "shared" / "data"))


def arguments(description: str | None) -> argparse.ArgumentParser:
    """What every benchmark takes: ``--full``, ``--data`` and ``--out``."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="the long form (default: the short one)")
    parser.add_argument(
        "--data", type=Path, default=data_folder(), help="evaluation pictures (FACEROSTER_DATA)"
    )
    parser.add_argument("--out", type=Path, help="where to write JSON and Markdown (default build/bench)")
    return parser


def shots(count: int, data: Path) -> Shots:
    """``count`` frames spread over all clips, or composed of demo photos where there are no clips."""
    clips = data / "webcam-clips" / "asl_gestures"
    return _webcam(count, clips) if clips.is_dir() else _composed(count)


def jpeg(frame: Image) -> np.ndarray:
    """The frame as JPEG bytes, uint8 (n,), as a browser sends it."""
    done, data = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise ValueError("the frame cannot be encoded")
    return data.reshape(-1)


def _webcam(count: int, folder: Path) -> Shots:
    """The first clip of each person is enrolled, frames of the others are probes."""
    made = Shots("webcam clips")
    rest: list[Shot] = []
    for person, names in CLIPS.items():
        for place, name in enumerate(names):
            frames = _read(folder / f"{name}.mkv")
            if place:
                rest += [(person, frame) for frame in frames]
            else:
                made.known += [(person, frame) for frame in frames[:: max(1, len(frames) // 5)]]
    made.probes = [rest[i] for i in np.linspace(0, len(rest) - 1, count).astype(int)]
    np.random.default_rng(0).shuffle(made.probes)  # type: ignore[arg-type]
    return made


def _read(path: Path) -> list[Image]:
    """Every fourth frame: neighbours are almost the same."""
    video = cv2.VideoCapture(str(path))
    frames, number = [], 0
    while video.grab():
        if number % 4 == 0:
            frames.append(np.ascontiguousarray(video.retrieve()[1][..., ::-1]))
        number += 1
    video.release()
    if not frames or frames[0].shape != (HEIGHT, WIDTH, 3):
        raise ValueError(f"{path.name} is not a 640x480 clip")
    return frames


def _composed(count: int) -> Shots:
    """Demo people at different places and distances before a plain wall."""
    photos = sorted((ROOT / "demo" / "people" / "staff").glob("*/*.jpg"))
    if not photos:
        sys.exit("There is nothing to measure with: no webcam clips, and no demo photos (demo/people).")
    random = np.random.default_rng(0)
    made = Shots("demo people, who do not exist")
    made.known = [(photo.parent.name, _stand(photo, random)) for photo in photos]
    for number in range(count):
        photo = photos[number * 7 % len(photos)]
        made.probes.append((photo.parent.name, _stand(photo, random)))
    return made


def _stand(photo: Path, random: np.random.Generator) -> Image:
    person = shrink(decode(photo.read_bytes()), int(random.integers(240, 470)))
    frame = np.clip(random.normal(140, 4, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
    top = int(random.integers(0, HEIGHT - person.shape[0] + 1))
    left = int(random.integers(0, WIDTH - person.shape[1] + 1))
    frame[top : top + person.shape[0], left : left + person.shape[1]] = person
    return frame
