"""Moving pictures for tests, and stand-ins for what sees them: an engine, a camera, a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from recognition.commands import video
from recognition.models import DLIB_RESNET29
from recognition.types import Analysis, Box, Embedding, Face, Image, Quality

ROOT = Path(__file__).resolve().parents[2]
CLIPS = ROOT / "demo" / "people" / "clips"
STAFF = ROOT / "demo" / "people" / "staff"
CLIP = CLIPS / "ari-lindqvale.webm"

FACE = Face(
    Box(240, 120, 160, 200),
    np.array([[285, 195], [355, 195], [320, 240], [292, 275], [348, 275]], np.float32),
    0.99,
)
RED, GREEN, BLUE = (200, 40, 40), (40, 200, 40), (40, 40, 200)
BLACK = np.zeros((480, 640, 3), np.uint8)


class OneFace:
    """Stands in for FaceEngine: a face in the middle of every picture that is not black.

    Its vector is the hue of the picture's corner, so photos and frames of one colour are one person.
    """

    model, dimension = "corner@1", 128
    spec = replace(DLIB_RESNET29, name="corner")
    interrupt_at = -1

    def __init__(self) -> None:
        self.looked = 0

    def warm_up(self, *shapes: tuple[int, int]) -> None:
        assert all(len(shape) == 2 for shape in shapes)

    def analyse(
        self, images: Sequence[Image], *, embed: bool = True, largest: int | None = None, **_: bool
    ) -> list[list[Analysis]]:
        self.looked += not embed
        if self.looked == self.interrupt_at:
            raise KeyboardInterrupt
        return [[self._one(image, embed)] if image.max() > 20 else [] for image in images]

    def embed(self, image: Image, faces: Sequence[Face]) -> list[Embedding]:
        return [self._vector(image) for _ in faces]

    def chip(self, image: Image, face: Face, size: int = 224) -> Image:
        return np.asarray(cv2.resize(image, (size, size)), np.uint8)

    def _one(self, image: Image, embed: bool) -> Analysis:
        return Analysis(FACE, Quality(0.8), self._vector(image) if embed else None)

    def _vector(self, image: Image) -> Embedding:
        vector = np.zeros(128, np.float32)
        vector[:3] = image[:40, :40].reshape(-1, 3).mean(axis=0) + 1
        vector[:3] -= vector[:3].min() * 0.9
        return Embedding(vector / np.linalg.norm(vector), self.model)


@lru_cache
def wall() -> Image:
    noise = np.random.default_rng(7).normal(0, 1, (480, 640, 1))
    soft = cv2.GaussianBlur(noise, (0, 0), 3)
    grey = np.clip(128 + 45 * soft / soft.std(), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def scene(colour: tuple[int, int, int], shift: int = 0) -> Image:
    """A textured picture whose corner has one colour."""
    picture = np.roll(wall(), shift, axis=1)
    picture[:60, :60] = colour
    return picture


def save(path: Path, image: Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image[..., ::-1])


def folder_of(path: Path, images: Sequence[Image]) -> str:
    for number, image in enumerate(images):
        save(path / f"{number:03}.jpg", image)
    return str(path)


def plug_in(monkeypatch: pytest.MonkeyPatch, image: Image, frames: int = 10_000, rate: float = 20) -> None:
    """Camera 0 shows ``image`` for so many frames. Its clock ticks with the frames."""
    given = [0]

    class Camera:
        def __init__(self, what: Any) -> None:
            self._there = what == 0

        def isOpened(self) -> bool:  # noqa: N802
            return self._there

        def read(self) -> tuple[bool, Any]:
            given[0] += 1
            return (True, image[..., ::-1].copy()) if given[0] <= frames else (False, None)

        def get(self, which: int) -> float:
            return -1.0

        def release(self) -> None:
            self._there = False

    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    monkeypatch.setattr(video, "time", SimpleNamespace(monotonic=lambda: given[0] / rate))


class Pane:
    """Stands in for a window: takes what it is shown, and says q after so many pictures."""

    def __init__(self, pictures: int = 10_000) -> None:
        self.left = pictures
        self.shown: list[Image] = []

    def show(self, image: Image) -> bool:
        self.shown.append(image)
        self.left -= 1
        return self.left > 0

    def __enter__(self) -> Pane:
        return self

    def __exit__(self, *_: object) -> None:
        self.left = 0
