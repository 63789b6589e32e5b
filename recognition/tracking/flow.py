"""Where a face of the last frame is in this one, from the motion of its pixels alone.

A face is cut out of both frames with the same room around it and brought to one small size, so the
work is the same for every face and every camera. Points on it are followed by pyramidal
Lucas-Kanade (Bouguet 2000) there and back; those that do not come back to where they started are
dropped (the forward-backward error of Kalal, Mikolajczyk and Matas 2010), and the rest must agree on
one similarity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from recognition.alignment import similarity
from recognition.types import Box, Face, Floats, Image

#: Side of the grey patch in pixels, and how much of the picture it shows in sides of the face's box.
PATCH, ROOM = 96, 2.0
#: Followed beside the five landmarks: a grid over the inner part of the box, this many a side.
GRID = 4
_WINDOW, _LEVELS = (13, 13), 2
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 12, 0.03)

#: In patch pixels (a face's box is 48 wide): a point must come back this near, ...
MAX_RETURN = 1.0
#: ... as large a share of all points must do so, ...
MIN_SHARE = 0.5
#: ... and half of these must lie this near to where the common motion puts them.
MAX_SPREAD = 1.5
#: A face does not grow or shrink more than by this factor from one frame to the next.
MAX_GROWTH = 1.25

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A face moved on by a frame. ``motion``: how far its middle went, in sides of its box."""

    face: Face
    motion: float


def follow(before: Image, after: Image, face: Face) -> Step | None:
    """The face of ``before`` in ``after`` (RGB uint8 of one shape), or ``None`` when it is lost.

    Lost is what left the picture, was covered, moved by more than about half its width in a frame
    or does not move like one thing. Box and landmarks move on; the confidence stays the detector's.
    """
    window = _Window.around(face.box, before.shape)
    if window is None:
        return None
    landmarks = window.inside(face.landmarks)
    start = np.concatenate([landmarks, _grid(window.inside(_corners(face.box)))])
    start = start[:, None].astype(np.float32)
    old, new = window.cut(before), window.cut(after)
    there, found, _ = _flow(old, new, start)
    back, returned, _ = _flow(new, old, there)
    missed = np.linalg.norm(back - start, axis=2)[:, 0]
    good = (found[:, 0] == 1) & (returned[:, 0] == 1) & (missed <= MAX_RETURN)
    matrix = _common(start[:, 0], there[:, 0], good)
    if matrix is None:
        return None
    moved = _apply(matrix, landmarks)
    return _step(face, window, matrix, window.outside(moved), before.shape)


def _flow(first: Grey, second: Grey, points: Floats) -> Any:
    lucas_kanade: Any = cv2.calcOpticalFlowPyrLK  # its types forbid None for the first guess
    return lucas_kanade(first, second, points, None, winSize=_WINDOW, maxLevel=_LEVELS, criteria=_STOP)


def _common(start: Floats, there: Floats, good: npt.NDArray[np.bool_]) -> Floats | None:
    """The similarity (2, 3) of the points that can be trusted, or ``None`` if they do not agree."""
    if good.mean() < MIN_SHARE:
        return None
    a, b = start[good], there[good]
    for _ in range(2):  # once with all, once without those that go their own way (a hand, the background)
        matrix = similarity(a, b)
        spread = np.linalg.norm(_apply(matrix, a) - b, axis=1)
        middle = float(np.median(spread))
        near = spread <= max(2.5 * middle, 0.1)
        if near.sum() < 4:
            return None
        a, b = a[near], b[near]
    growth = float(np.hypot(*matrix[:, 0]))
    agreed = middle <= MAX_SPREAD and 1 / MAX_GROWTH <= growth <= MAX_GROWTH
    return matrix if agreed else None


def _step(
    face: Face, window: _Window, matrix: Floats, landmarks: Floats, shape: tuple[int, ...]
) -> Step | None:
    growth = float(np.hypot(*matrix[:, 0]))
    old = np.array([face.box.center], np.float32)
    [middle] = window.outside(_apply(matrix, window.inside(old)))
    if not (0 <= middle[0] < shape[1] and 0 <= middle[1] < shape[0]):
        return None
    w, h = face.box.w * growth, face.box.h * growth
    box = Box(float(middle[0]) - w / 2, float(middle[1]) - h / 2, w, h)
    motion = float(np.linalg.norm(middle - old[0])) / float(np.sqrt(face.box.area))
    return Step(Face(box, landmarks, face.confidence), motion)


def _apply(matrix: Floats, points: Floats) -> Floats:
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float32)


def _corners(box: Box) -> Floats:
    return np.array([[box.x, box.y], [box.x + box.w, box.y + box.h]], np.float32)


def _grid(corners: Floats) -> Floats:
    """Points (GRID * GRID, 2) over the middle 60 x 70 % of a box: hardly any background."""
    low = corners[0] + (corners[1] - corners[0]) * np.array([0.2, 0.15], np.float32)
    high = corners[1] - (corners[1] - corners[0]) * np.array([0.2, 0.15], np.float32)
    xs, ys = (np.linspace(low[axis], high[axis], GRID, dtype=np.float32) for axis in (0, 1))
    return np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class _Window:
    """The part of the picture that a patch shows: its place in pixels and patch pixels per pixel."""

    left: int
    top: int
    right: int
    bottom: int
    scale: float

    @classmethod
    def around(cls, box: Box, shape: tuple[int, ...]) -> _Window | None:
        """Clipped to the picture; ``None`` when less than a third of the face's box is inside."""
        side = ROOM * max(box.w, box.h)
        x, y = box.center
        left, top = max(0, int(x - side / 2)), max(0, int(y - side / 2))
        right, bottom = min(shape[1], int(x + side / 2)), min(shape[0], int(y + side / 2))
        wide = min(right, box.x + box.w) - max(left, box.x)
        high = min(bottom, box.y + box.h) - max(top, box.y)
        if wide <= 0 or high <= 0 or wide * high < box.area / 3:
            return None
        return cls(left, top, right, bottom, PATCH / side)

    def cut(self, image: Image) -> Grey:
        part = cv2.cvtColor(image[self.top : self.bottom, self.left : self.right], cv2.COLOR_RGB2GRAY)
        filtering = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(part, self._size(), interpolation=filtering), np.uint8)

    def inside(self, points: Floats) -> Floats:
        """From picture pixels to patch pixels; both count from a pixel's centre."""
        return np.asarray((points - self._corner() + 0.5) * self._ratio() - 0.5, np.float32)

    def outside(self, points: Floats) -> Floats:
        return np.asarray((points + 0.5) / self._ratio() - 0.5 + self._corner(), np.float32)

    def _size(self) -> tuple[int, int]:
        wide, high = self.right - self.left, self.bottom - self.top
        return max(16, round(wide * self.scale)), max(16, round(high * self.scale))

    def _corner(self) -> Floats:
        return np.array([self.left, self.top], np.float32)

    def _ratio(self) -> Floats:
        w, h = self._size()
        return np.array([w / (self.right - self.left), h / (self.bottom - self.top)], np.float32)
