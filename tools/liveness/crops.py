"""What the texture network learns from: faces as cameras see them, and the same faces held up flat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from recognition.liveness.texture import crop
from recognition.types import Box, Face, Image

from . import recapture
from .faces import SEED, Faces, Picture, Scale
from .folds import TAUGHT_ONLY, fold
from .network import Bytes, Floats

#: One frame in so many of a clip: more are nearly the same picture.
SPARSE = 8
#: The frame of a made-up attack, in pixels.
WIDTH, HEIGHT = 640, 480


@dataclass(frozen=True)
class Crops:
    """``pixels``: uint8 (n, side, side, 3). For each of them whether it is live, its fold and its source."""

    pixels: Bytes
    live: npt.NDArray[np.bool_]
    folds: npt.NDArray[np.int64]
    sources: npt.NDArray[np.str_]

    def weights(self, used: npt.NDArray[np.bool_]) -> Floats:
        """Of all crops, 0 for those not ``used``: each source counts as much, live and not."""
        weights = np.zeros(len(self.live), np.float32)
        for source in sorted(set(self.sources[used].tolist())):
            for live in (True, False):
                some = used & (self.sources == source) & (self.live == live)
                if some.any():
                    weights[some] = 1 / some.sum()
        return np.asarray(weights * used.sum() / weights.sum(), np.float32)


class _Maker:
    def __init__(self, rooms: Sequence[Picture]) -> None:
        self.rng = np.random.default_rng(SEED)
        self.rows: list[tuple[Image, bool, int, str]] = []
        self._rooms = rooms
        self._blurred: list[Image] = []

    def add(self, image: Image, box: Box, live: bool, of: int, source: str) -> None:
        """With the box a little off, as a detector has it."""
        wider = self.rng.uniform(0.92, 1.08)
        x, y = self.rng.normal(0, 0.03, 2) * box.w
        off = Box(box.x + x, box.y + y, box.w * wider, box.h * wider)
        face = Face(off, np.zeros((5, 2), np.float32), 1.0)
        self.rows.append((crop(image, face), live, of, source))

    def furnish(self) -> None:
        for room in self._rooms:
            wide = cv2.resize(room.image(), (WIDTH, HEIGHT))
            blurred = cv2.GaussianBlur(wide, (0, 0), self.rng.uniform(1, 5))
            self._blurred.append(np.asarray(blurred, np.uint8))

    def both(self, picture: Picture, source: str, of: int, number: int) -> None:
        """A live face by another camera, and the same one on paper or on a screen."""
        image, camera = picture.image(), recapture.Camera.draw(self.rng)
        if source != "lfw":
            self.add(image, picture.face.box, True, of, source)
        width = picture.face.box.w
        wanted = width * self.rng.uniform(0.85, 1.2) if source == "webcam" else self.rng.uniform(55, 170)
        scaled, box = _scaled(image, picture.face.box, wanted / width)
        self.add(camera.take(scaled.astype(np.float32), self.rng), box, True, of, source)
        self._held_up(image, picture.face, source, of, number)

    def _held_up(self, image: Image, face: Face, source: str, of: int, number: int) -> None:
        before = self.rng.bit_generator.state
        photo = recapture.reproduced(image, face, self.rng)
        scale = _scale_of(before, face)
        wanted = self.rng.uniform(60, 200)
        wide = wanted / (face.box.w * scale)
        motion = recapture.MOTIONS[number % len(recapture.MOTIONS)]
        pose = recapture.path(motion, 3, self.rng)[self.rng.integers(3)]
        camera = recapture.Camera.draw(self.rng)
        room = self._blurred[self.rng.integers(len(self._blurred))]
        (seen,) = recapture.held_up(photo, room, wide, [pose], camera, self.rng)
        w = wanted * pose[3] * np.cos(pose[4])
        h = face.box.h * scale * wide * pose[3] * np.cos(pose[5])
        # What would fill more than the frame shows nothing of what surrounds a face.
        if h <= HEIGHT - 20:
            x, y = WIDTH / 2 + pose[0], HEIGHT / 2 + pose[1]
            self.add(seen, Box(x - w / 2, y - h / 2, w, h), False, of, source)


def _scale_of(state: Any, face: Face) -> float:
    """By how much :func:`recapture.reproduced` enlarged a face, from the state its generator had."""
    rng = np.random.default_rng()
    rng.bit_generator.state = state
    rng.uniform(0.6, 1.6)
    return rng.uniform(1.2, 2.0) * 100 / face.box.h


def _scaled(image: Image, box: Box, by: float) -> tuple[Image, Box]:
    how = cv2.INTER_AREA if by < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(image, None, fx=by, fy=by, interpolation=how)
    return np.asarray(scaled, np.uint8), Box(box.x * by, box.y * by, box.w * by, box.h * by)


def made(faces: Faces, scale: Scale) -> Crops:
    """The crops of ``faces``, always the same for the same faces.

    Raises ``ValueError`` when there are fewer portraits than are taught from and furnish the rooms.
    """
    rooms = faces.portraits[scale.taught : scale.taught + scale.rooms]
    if not rooms:
        raise ValueError(f"{len(faces.portraits)} portraits, and more than {scale.taught} are needed")
    maker = _Maker(rooms)
    for session in faces.sessions:
        for frame in session.frames:
            maker.add(frame.image(), frame.face.box, session.live, fold(session.who), "nuaa")
    maker.furnish()
    todo = [("lfw", fold(one.who), one) for one in faces.portraits[: scale.taught]]
    for clip in faces.clips:
        if not clip.drawn:
            todo += [("webcam", fold(clip.who), one) for one in clip.frames[::SPARSE] if one is not None]
    todo += [("demo", TAUGHT_ONLY, one) for one in faces.drawn]
    for number, (source, of, picture) in enumerate(todo):
        maker.both(picture, source, of, number)
    pixels, live, folds, sources = zip(*maker.rows, strict=True)
    return Crops(np.stack(pixels), np.array(live), np.array(folds), np.array(sources))
