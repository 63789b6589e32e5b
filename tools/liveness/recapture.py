"""Flat photos and screens before a camera: what an attacker holds up, made from a frame of a live face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from recognition.types import Face, Image

Floats = npt.NDArray[Any]
#: How the thing is moved. "hand" is a little of everything, as a hand that tries to hold still.
MOTIONS = ("still", "hand", "pan", "rotate", "zoom", "tilt")


@dataclass(frozen=True)
class Camera:
    """What one camera adds to every frame: blur (pixels), noise (grey levels), gain, JPEG quality."""

    blur: float
    noise: float
    gain: float
    quality: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Camera:
        return cls(
            rng.uniform(0.3, 1.1), rng.uniform(0.5, 4), rng.uniform(0.85, 1.15), int(rng.integers(75, 95))
        )

    def take(self, picture: Floats, rng: np.random.Generator) -> Image:
        """A frame as the server decodes it, of a scene (h, w, 3) in grey levels."""
        seen = cv2.GaussianBlur(picture, (0, 0), self.blur) * self.gain
        seen = seen + rng.normal(0, self.noise, seen.shape)
        raw = np.clip(seen, 0, 255).astype(np.uint8)
        _, data = cv2.imencode(".jpg", raw[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[:, :, ::-1].astype(np.uint8)


def reproduced(image: Image, face: Face, rng: np.random.Generator) -> tuple[Floats, tuple[float, float]]:
    """A print or a screen that shows the face (h, w, 3; grey levels) and where its middle is in it."""
    room = rng.uniform(0.6, 1.6) * face.box.h
    x, y = face.box.center
    left, top = max(0, int(x - face.box.w / 2 - room)), max(0, int(y - face.box.h / 2 - room))
    right, bottom = int(x + face.box.w / 2 + room), int(y + face.box.h / 2 + room)
    cut: Floats = image[top:bottom, left:right].astype(np.float32)
    scale = rng.uniform(1.2, 2.0) * 100 / face.box.h
    cut = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    cut = _as_screen(cut, rng) if rng.random() < 0.4 else _as_print(cut, rng)
    edge = int(rng.integers(0, 30))
    level = float(rng.uniform(200, 250)) if rng.random() < 0.6 else float(rng.uniform(5, 40))
    cut = cv2.copyMakeBorder(cut, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=(level,) * 3)
    return np.asarray(cut, np.float32), ((x - left) * scale + edge, (y - top) * scale + edge)


def _as_print(cut: Floats, rng: np.random.Generator) -> Floats:
    """Ink on paper: less contrast, another white, dots or blur, paper's grain."""
    cut = 255 * (np.clip(cut, 0, 255) / 255) ** rng.uniform(0.75, 1.4)
    grey = cut.mean(axis=2, keepdims=True)
    cut = grey + (cut - grey) * rng.uniform(0.3, 1.05)
    low, high = rng.uniform(8, 60), rng.uniform(185, 245)
    cut = low + cut * (high - low) / 255 * np.array([1, rng.uniform(0.92, 1.04), rng.uniform(0.85, 1.05)])
    if rng.random() < 0.5:
        y, x = np.mgrid[: cut.shape[0], : cut.shape[1]].astype(np.float32)
        period, turn = rng.uniform(2.2, 4.5), rng.uniform(0, np.pi / 2)
        along = np.cos(2 * np.pi * (x * np.cos(turn) + y * np.sin(turn)) / period)
        across = np.cos(2 * np.pi * (y * np.cos(turn) - x * np.sin(turn)) / period)
        cut = cut + rng.uniform(4, 22) * (along * across)[:, :, None]
    cut = cv2.GaussianBlur(cut.astype(np.float32), (0, 0), rng.uniform(0.5, 2.2))
    return np.asarray(cut + rng.normal(0, rng.uniform(0, 5), cut.shape), np.float32)


def _as_screen(cut: Floats, rng: np.random.Generator) -> Floats:
    """A display: colder, brighter, with its grid of rows and subpixels, and what is mirrored in its glass."""
    cut = 255 * (np.clip(cut, 0, 255) / 255) ** rng.uniform(0.8, 1.25)
    cut = cut * np.array([rng.uniform(0.85, 1.0), rng.uniform(0.95, 1.05), rng.uniform(1.0, 1.2)])
    cut = cut * rng.uniform(0.8, 1.2) + rng.uniform(0, 25)
    period, depth = rng.uniform(2.05, 3.6), rng.uniform(0.02, 0.25)
    x = np.arange(cut.shape[1], dtype=np.float32)
    for channel in range(3):
        cut[:, :, channel] *= 1 + depth * np.cos(2 * np.pi * (x / period + channel / 3))[None]
    y = np.arange(cut.shape[0], dtype=np.float32)
    cut = cut * (1 + depth * np.cos(2 * np.pi * y / period))[:, None, None]
    return np.asarray(cut + _glare(cut.shape[:2], rng)[:, :, None], np.float32)


def _glare(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    middle = rng.uniform(0, shape[1]), rng.uniform(0, shape[0])
    size = rng.uniform(0.1, 0.5) * shape[1]
    near = np.exp(-((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / (2 * size**2))
    return np.asarray(rng.uniform(0, 70) * near, np.float32)


def held_up(
    photo: tuple[Floats, tuple[float, float]],
    room: Image,
    wide: float,
    path: list[Floats],
    camera: Camera,
    rng: np.random.Generator,
) -> list[Image]:
    """Frames of the photo before ``room``, whose face is about ``wide`` times the photo; see :func:`path`."""
    flat, middle = photo
    height, width = room.shape[:2]
    frames = []
    for pose in path:
        x, y, turn, size, tilt, lean = pose
        matrix = _seen(middle, wide * size, turn, tilt, lean, (width / 2 + x, height / 2 + y))
        scene = room.astype(np.float32).copy()
        # Averaged where it shrinks, or the dots of the print would alias as no lens lets them.
        soft = cv2.GaussianBlur(flat, (0, 0), max(0.3, 0.35 / (wide * size)))
        laid = cv2.warpPerspective(soft, matrix, (width, height))
        mask = cv2.warpPerspective(np.ones(flat.shape[:2], np.float32), matrix, (width, height))[:, :, None]
        frames.append(camera.take(scene * (1 - mask) + laid * mask, rng))
    return frames


def _seen(
    middle: tuple[float, float],
    size: float,
    turn: float,
    tilt: float,
    lean: float,
    at: tuple[float, float],
) -> npt.NDArray[np.float64]:
    """The homography of a plane turned about the face's middle, before a lens of focal length 700."""
    focal = 700.0
    about, nod = np.array([0.0, tilt, 0.0]), np.array([lean, 0.0, 0.0])
    rotation = cv2.Rodrigues(about)[0] @ cv2.Rodrigues(nod)[0] @ cv2.Rodrigues(np.array([0, 0, turn]))[0]
    plane = np.column_stack([rotation[:, 0] * size, rotation[:, 1] * size, [0, 0, focal]])
    lens = np.array([[focal, 0, at[0]], [0, focal, at[1]], [0, 0, 1.0]])
    return np.asarray(lens @ plane @ np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1.0]]))


def path(kind: str, count: int, rng: np.random.Generator) -> list[Floats]:
    """``count`` poses (x, y in pixels, turn, size factor, tilt and lean in radians) of one of MOTIONS."""
    shake = np.cumsum(rng.normal(0, 1, (count, 6)), axis=0) * np.array([2.0, 2.0, 0.006, 0.004, 0.02, 0.02])
    if kind == "still":
        shake *= 0
    start = np.array([*rng.uniform(-60, 60, 2), *rng.uniform(-0.15, 0.15, 1), 1, *rng.uniform(-0.3, 0.3, 2)])
    reach = np.zeros(6)
    sign = float(rng.choice([-1, 1]))
    reach[:2] = rng.uniform(-80, 80, 2) if kind == "pan" else 0
    reach[2] = sign * rng.uniform(0.1, 0.5) if kind == "rotate" else 0
    reach[3] = sign * rng.uniform(0.1, 0.3) if kind == "zoom" else 0
    if kind == "tilt":
        reach[4] = sign * rng.uniform(0.26, 1.0)
        start[4:] = 0
    steps = (start + np.linspace(0, 1, count)[:, None] * reach + shake).astype(np.float32)
    return list(steps)
