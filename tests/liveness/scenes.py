"""Live people and attacks as a kiosk's camera sees them: frames with their times, drawn by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from tests.liveness.heads import SIZE, Bytes, Head, Pose

STAFF = Path(__file__).resolve().parents[2] / "demo" / "people" / "staff"
FPS = 9.0
#: Seconds on the clock of a sequence, and the RGB frame.
Frame = tuple[float, Bytes]


@lru_cache(maxsize=64)
def head_of(slug: str, number: int = 1) -> Head:
    """A person of the demo roster, by one of their photos."""
    from recognition.decoding import decode
    from tests.liveness.eyes import engine

    photo = decode((STAFF / slug / f"{number}.jpg").read_bytes())
    return Head(photo, engine().analyse([photo], embed=False)[0][0].face.landmarks)


@lru_cache(maxsize=1)
def slugs() -> list[str]:
    """Everybody of the demo roster, in order."""
    return sorted(path.name for path in STAFF.iterdir())


def _wave(chance: random.Random, low: float, high: float) -> Callable[[float], float]:
    """A smooth random movement between -1 and 1: two slow sines, frequencies in Hz."""
    parts = [(chance.uniform(low, high), chance.uniform(0, 6.3), chance.uniform(0.4, 0.6)) for _ in range(2)]
    return lambda t: sum(size * np.sin(6.283 * rate * t + phase) for rate, phase, size in parts)


@dataclass
class Camera:
    """A room behind everybody, the sensor's noise, and what JPEG leaves."""

    chance: random.Random

    def __post_init__(self) -> None:
        self.draw = np.random.default_rng(self.chance.randrange(1 << 30))
        width, height = SIZE
        small = self.draw.uniform(60, 200, (6, 8, 3)).astype(np.float32)
        room = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
        for _ in range(14):  # shelves, frames, a door: something that stays where it is
            x, y = int(self.draw.integers(0, width)), int(self.draw.integers(0, height))
            w, h = int(self.draw.integers(20, 160)), int(self.draw.integers(20, 200))
            cv2.rectangle(room, (x, y), (x + w, y + h), [float(c) for c in self.draw.uniform(40, 220, 3)], -1)
        self.room = cv2.GaussianBlur(room, (0, 0), 2.2)
        noise = self.draw.normal(0, self.draw.uniform(1.2, 2.6), (3, height + 64, width + 64, 3))
        self.noise = noise.astype(np.float32)

    def take(self, picture: Bytes, cover: np.ndarray) -> Bytes:
        """The frame as it arrives at the server."""
        mixed = picture * cover[..., None] + self.room * (1 - cover[..., None])
        n, y, x = (int(self.draw.integers(most)) for most in (3, 64, 64))
        mixed = mixed + self.noise[n, y : y + mixed.shape[0], x : x + mixed.shape[1]]
        frame = np.clip(mixed, 0, 255).astype(np.uint8)
        _, jpeg = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
        return np.ascontiguousarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR)[..., ::-1])


def ticks(seconds: float, chance: random.Random) -> Iterator[float]:
    """When frames arrive: nearly evenly, as the answers come."""
    t = 0.0
    while t < seconds:
        yield t
        t += chance.uniform(0.85, 1.15) / FPS


class Person:
    """Somebody who stands before the camera, and turns when asked: ``pose(t, prompt)``.

    ``eyes``: pixels between them. Asked for a movement, they begin after a human while and take a human time.
    """

    def __init__(self, chance: random.Random, eyes: float) -> None:
        self.eyes, self.chance = eyes, chance
        self.waves = [_wave(chance, 0.15, 0.5) for _ in range(7)]
        self.sway = chance.uniform(0.5, 1.0)
        self.blinks = [chance.uniform(0.2, 1.6) + 1.7 * n for n in range(30)]
        self.reach = chance.uniform(0.42, 0.62)
        self.speed = chance.uniform(0.10, 0.2)
        self.prompt, self.since, self.delay = "straight", 0.0, 0.0
        self.yaw, self.near, self.last = 0.0, 1.0, 0.0

    def pose(self, t: float, prompt: str = "straight") -> Pose:
        if prompt != self.prompt:
            self.prompt, self.since, self.delay = prompt, t, self.chance.uniform(0.3, 0.9)
        if t - self.since >= self.delay:
            yaw = {"left": self.reach, "right": -self.reach}.get(prompt, 0.0)
            near = {"nearer": 1.32, "further": 0.76}.get(prompt, 1.0)
            share = 1 - np.exp(-(t - self.last) / self.speed)
            self.yaw += (yaw - self.yaw) * share
            self.near += (near - self.near) * share
        self.last = t
        sway, blink = self.sway, max(0.0, *(1 - abs(t - at) / 0.12 for at in self.blinks))
        x, y, yaw, pitch, roll, scale, mouth = (wave(t) for wave in self.waves)
        return Pose(
            x=320 + 9 * sway * x,
            y=250 + 5 * sway * y,
            eyes=self.eyes * self.near * (1 + 0.015 * sway * scale),
            yaw=self.yaw + 0.10 * sway * yaw,
            pitch=0.06 * sway * pitch,
            roll=0.03 * sway * roll,
            blink=blink,
            mouth=max(0.0, 0.35 * sway * mouth),
        )


class Photo:
    """A print in somebody's hands. ``kind`` says how it is moved; some follow what is asked for."""

    def __init__(self, chance: random.Random, eyes: float, kind: str) -> None:
        self.eyes, self.kind = eyes, kind
        self.waves = [_wave(chance, 0.3, 0.9) for _ in range(4)]
        self.tremor = [_wave(chance, 4.0, 8.0) for _ in range(3)]
        self.tilt = chance.choice((-1, 1)) * np.radians(chance.uniform(15, 60))
        self.upright = chance.random() < 0.3
        self.follow = chance.choice(("pan", "tilt", "roll", "zoom"))

    def pose(self, t: float, prompt: str = "straight") -> Pose:
        a, b, c, d = (wave(t) for wave in self.waves)
        still = 0.12 if self.kind in ("still", "tilted", "bent", "folded") else 0.3
        pose = Pose(
            x=320 + 12 * still * a + 0.8 * self.tremor[0](t),
            y=245 + 10 * still * b + 0.8 * self.tremor[1](t),
            eyes=self.eyes * (1 + 0.01 * still * c),
            roll=0.03 * still * d + 0.004 * self.tremor[2](t),
        )
        if self.kind == "panned":
            pose = replace(pose, x=320 + 90 * a, y=245 + 35 * b)
        elif self.kind == "rotated":
            pose = replace(pose, roll=0.35 * a)
        elif self.kind == "zoomed":
            pose = replace(pose, eyes=self.eyes * (1 + 0.3 * a))
        elif self.kind == "tilted":
            pose = self._tilted(pose, self.tilt)
        elif self.kind == "swung":
            pose = self._tilted(pose, abs(self.tilt) * a)
        elif self.kind == "following":
            pose = self._following(pose, prompt)
        return pose

    def _tilted(self, pose: Pose, angle: float) -> Pose:
        return replace(pose, pitch=float(angle)) if self.upright else replace(pose, yaw=float(angle))

    def _following(self, pose: Pose, prompt: str) -> Pose:
        side = {"left": 1.0, "right": -1.0}.get(prompt, 0.0)
        near = {"nearer": 1.3, "further": 0.76}.get(prompt, 1.0)
        moved = {
            "pan": replace(pose, x=pose.x + 110 * side),
            "tilt": replace(pose, yaw=1.0 * side),
            "roll": replace(pose, roll=0.5 * side),
            "zoom": replace(pose, eyes=pose.eyes * (1 + 0.3 * side)),
        }[self.follow]
        return replace(moved, eyes=moved.eyes * near)


def printed(head: Head, chance: random.Random, kind: str) -> Head:
    """A print of the head: duller, softer, with the grain of a printer, bent or folded where asked."""
    draw = np.random.default_rng(chance.randrange(1 << 30))
    photo = cv2.GaussianBlur(head.photo, (0, 0), chance.uniform(0.5, 1.3)).astype(np.float32)
    photo = 128 + (photo - 128) * chance.uniform(0.75, 0.95) + chance.uniform(-8, 14)
    photo += cv2.GaussianBlur(draw.normal(0, 14, photo.shape[:2]), (0, 0), 0.8)[..., None]
    cast = np.array([chance.uniform(-9, 9) for _ in range(3)])
    flat = replace(head, photo=np.clip(photo + cast, 0, 255).astype(np.uint8))
    bend = chance.uniform(3, 6) if kind == "bent" else 0.0
    fold = np.radians(chance.uniform(15, 60)) if kind == "folded" else 0.0
    return flat.printed(bend=bend, fold=float(fold))


PHOTOS = ("still", "panned", "rotated", "zoomed", "tilted", "swung", "bent", "folded", "following")
