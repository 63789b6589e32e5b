"""Screens: a phone that shows a film of a person, and a camera that is given one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from recognition.liveness import challenge
from tests.liveness.eyes import look
from tests.liveness.heads import SIZE, Bytes, Head
from tests.liveness.scenes import FPS, Camera, Frame, Person, _wave

#: Seconds of a session before its challenge, while the kiosk looked on.
_BEFORE = 1.5


class Shown:
    """A film: calling it gives the next frame, whatever is asked for.

    ``steps``: the order of movements that the person made in it when a kiosk asked for them, if one did.
    """

    def __init__(
        self,
        kind: str,
        head: Head,
        chance: random.Random,
        camera: Camera,
        times: Iterator[float],
        eyes: float,
    ) -> None:
        self.camera, self.times = camera, times
        self.film, self.steps = _film(kind, head, chance, camera, eyes)
        self.phone = None if kind in ("still clip", "injected loop") else Phone(chance)

    def __call__(self, _prompt: str) -> Frame:
        at = next(self.times)
        picture = self.film(at)
        return at, self.camera.take(*self.phone.seen(picture, at)) if self.phone is not None else picture


def _film(
    kind: str, head: Head, chance: random.Random, camera: Camera, eyes: float
) -> tuple[Callable[[float], Bytes], tuple[str, ...]]:
    """What is played: one picture, a second over and over, a visit, or a visit with a challenge, and its
    steps.
    """
    person = Person(chance, eyes * (1.0 if kind in ("still clip", "injected loop") else 1.25))
    if kind == "still clip":
        still = camera.take(*head.seen(person.pose(0.5)))
        return (lambda at: still), ()
    if kind in ("looped clip", "injected loop"):
        period = chance.uniform(0.8, 2.0)
        frames = [camera.take(*head.seen(person.pose(n / FPS))) for n in range(int(period * FPS) or 1)]
        return (lambda at: frames[int(at * FPS) % len(frames)]), ()
    if kind == "replayed session":
        frames, steps = _passed(head, chance, camera, person)
        return (lambda at: frames[int(at * FPS) % len(frames)]), steps
    return (lambda at: camera.take(*head.seen(person.pose(at)))), ()


def _passed(
    head: Head, chance: random.Random, camera: Camera, person: Person
) -> tuple[list[Bytes], tuple[str, ...]]:
    """A visit whose challenge was passed: its frames, looked on first, then asked, till the last answer, and
    the steps.
    """
    for _ in range(4):
        frames: list[Bytes] = []
        at, begun = person.last, person.last
        state: challenge.State | None = None
        while state is None or state.verdict is None:
            at += 1 / FPS
            frames.append(camera.take(*head.seen(person.pose(at, state.prompt if state else "straight"))))
            if at - begun < _BEFORE:
                continue
            if (one := look(at, frames[-1])) is not None:
                state = challenge.advance(state or challenge.begin(challenge.draw(chance), at), one)
            elif at - begun > 2 * challenge.LIFE:
                break
        if state is not None and state.verdict == "passed":
            break
    return frames, state.plan.steps if state else ()


class Phone:
    """A bright screen with pixels of its own, held by a hand: moiré, a rolling band, a lamp's reflection."""

    def __init__(self, chance: random.Random) -> None:
        self.waves = [_wave(chance, 0.3, 1.0) for _ in range(3)]
        self.tremor = [_wave(chance, 4.0, 8.0) for _ in range(2)]
        self.scale = chance.uniform(0.72, 0.85)
        self.pitch = chance.uniform(2.3, 4.5), chance.uniform(2.3, 4.5)
        self.depth = chance.uniform(3, 9)
        self.beat = chance.uniform(0.5, 3.0)
        self.gamma = chance.uniform(0.8, 1.1)
        self.glare = chance.uniform(0.2, 0.8), chance.uniform(0.2, 0.8), chance.uniform(10, 70)
        self.angle = chance.uniform(-0.03, 0.03)

    def seen(self, picture: Bytes, at: float) -> tuple[Bytes, np.ndarray]:
        """The screen in the room, and what it covers."""
        width, height = SIZE
        x, y, turn = (wave(at) for wave in self.waves)
        matrix = cv2.getRotationMatrix2D(
            (width / 2, height / 2), float(np.degrees(self.angle + 0.01 * turn)), self.scale
        )
        matrix[:, 2] += (10 * x + 0.8 * self.tremor[0](at), 7 * y + 0.8 * self.tremor[1](at))
        v, u = np.mgrid[:height, :width].astype(np.float32)
        lit = 255 * (picture.astype(np.float32) / 255) ** self.gamma
        lit = cv2.warpAffine(lit, matrix, SIZE, flags=cv2.INTER_AREA)
        own = np.stack([u, v]) * self.scale
        lit += (
            self.depth
            * (np.sin(6.283 * own[0] / self.pitch[0] + at) * np.sin(6.283 * own[1] / self.pitch[1]))[
                ..., None
            ]
        )
        lit *= 1 + 0.06 * np.sin(6.283 * (v / height + self.beat * at))[..., None]
        gx, gy, strength = self.glare
        lit += strength * np.exp(-(((u - gx * width) / 60) ** 2 + ((v - gy * height) / 40) ** 2))[..., None]
        cover = cv2.warpAffine(np.ones((height, width), np.float32), matrix, SIZE)
        return np.clip(lit, 0, 255).astype(np.uint8), cover
