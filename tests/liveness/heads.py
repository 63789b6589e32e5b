"""A photo as a head: a relief put under its five landmarks, turned in space and seen through a camera.

Coordinates: the photo's pixels, x right, y down, and z towards the camera, all in pixels of the photo. The
relief is no one's: an ellipsoid of a skull with brow, eye sockets, nose, lips and chin, fitted to where the
landmarks are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SIZE = (640, 480)
#: Distance of camera and face in eye distances: about 60 cm.
_AWAY = 9.5
_ROUNDS = 7
#: The surface is found on every other pixel of the frame, and between them in a straight line.
_COARSE = 2


@dataclass(frozen=True)
class Pose:
    """Radians (``yaw``: nose to the picture's right; ``pitch``: nose down; ``roll``: clockwise), and where
    the middle of the face is in the frame, the eyes ``eyes`` pixels apart. ``blink``: 0 open to 1 closed;
    ``mouth``: how far it opens, 0 to 1.
    """

    x: float = 320.0
    y: float = 240.0
    eyes: float = 80.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    blink: float = 0.0
    mouth: float = 0.0


@dataclass(frozen=True)
class Head:
    """``photo``: RGB; ``landmarks``: (5, 2) in its pixels. ``flat``: without relief, as printed on paper;
    ``bend``: radius of the paper in eye distances, 0 for none; ``fold``: radians at which it is folded along
    the nose.
    """

    photo: Bytes
    landmarks: Floats
    flat: bool = False
    bend: float = 0.0
    fold: float = 0.0

    def printed(self, *, bend: float = 0.0, fold: float = 0.0) -> Head:
        """The same on paper."""
        return replace(self, flat=True, bend=bend, fold=fold)

    @property
    def eyes(self) -> float:
        return float(np.linalg.norm(self.landmarks[1] - self.landmarks[0]))

    @property
    def middle(self) -> Floats:
        return np.asarray(self.landmarks[[0, 1, 3, 4]].mean(axis=0), np.float32)

    @cached_property
    def depth(self) -> Floats:
        """Height above the plane of the eyes for every pixel of the photo."""
        height, width = self.photo.shape[:2]
        y, x = np.mgrid[:height, :width].astype(np.float32)
        return self._paper(x) if self.flat else self._relief(x, y)

    def _paper(self, x: Floats) -> Floats:
        across = x - self.middle[0]
        if self.bend:
            radius = self.bend * self.eyes
            return np.asarray(np.sqrt(np.maximum(radius**2 - across**2, 0)) - radius, np.float32)
        return np.asarray(-np.tan(self.fold / 2) * np.abs(across), np.float32)

    def _relief(self, x: Floats, y: Floats) -> Floats:
        eyes = self.landmarks[:2].mean(axis=0)
        mouth = self.landmarks[3:].mean(axis=0)
        unit, down = self.eyes, float(np.linalg.norm(mouth - eyes))
        u, v = (x - self.middle[0]) / unit, (y - self.middle[1]) / down

        def bump(at: Floats, wide: float, high: float) -> Floats:
            p, q = (x - at[0]) / (wide * unit), (y - at[1]) / (high * down)
            return np.asarray(np.exp(-(p**2 + q**2)), np.float32)

        skull = 1.55 * np.sqrt(np.clip(1 - (u / 1.35) ** 2 - (v / 1.9) ** 2, 0.0, 1)) - 1.4
        nose = self.landmarks[2]
        ridge = 0.30 * bump(nose, 0.20, 0.22) + 0.16 * bump((eyes + nose) / 2, 0.16, 0.45)
        sockets = -0.10 * (bump(self.landmarks[0], 0.24, 0.20) + bump(self.landmarks[1], 0.24, 0.20))
        lips = 0.08 * bump(mouth, 0.45, 0.18)
        chin = 0.10 * bump(mouth + (mouth - eyes) * 0.55, 0.4, 0.25)
        brow = 0.05 * bump(eyes - (mouth - eyes) * 0.3, 0.9, 0.15)
        relief = skull + ridge + sockets + lips + chin + brow
        return np.asarray(cv2.GaussianBlur(relief.astype(np.float32), (0, 0), 0.03 * unit) * unit, np.float32)

    def expressive(self, pose: Pose) -> Bytes:
        """The photo with eyes closed and mouth opened as far as ``pose`` says."""
        if pose.blink < 0.02 and pose.mouth < 0.02:
            return self.photo
        height, width = self.photo.shape[:2]
        y, x = np.mgrid[:height, :width].astype(np.float32)
        unit, to_y = self.eyes, y.copy()
        for eye in self.landmarks[:2]:
            near = np.exp(-(((x - eye[0]) / (0.24 * unit)) ** 2 + ((y - eye[1]) / (0.13 * unit)) ** 2))
            to_y -= pose.blink * near * 0.16 * unit  # the lid comes down over the eye
        mouth = self.landmarks[3:].mean(axis=0)
        near = np.exp(-(((x - mouth[0]) / (0.5 * unit)) ** 2 + ((y - mouth[1]) / (0.3 * unit)) ** 2))
        to_y -= pose.mouth * near * 0.10 * unit * np.sign(y - mouth[1])
        return np.asarray(cv2.remap(self.photo, x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))

    def seen(self, pose: Pose, size: tuple[int, int] = SIZE) -> tuple[Bytes, Floats]:
        """The head in a frame of ``size``, and how much of each pixel it covers (0 to 1)."""
        width, height = size
        y, x = np.mgrid[0:height:_COARSE, 0:width:_COARSE].astype(np.float32)
        y, x = y + (_COARSE - 1) / 2, x + (_COARSE - 1) / 2
        scale = pose.eyes / self.eyes
        distance = _AWAY * self.eyes
        turn = _rotation(pose)
        # From the frame's rays to the surface: z is guessed, looked up and guessed again.
        px = np.asarray((x - pose.x) / scale, np.float32)
        py = np.asarray((y - pose.y) / scale, np.float32)
        surface = self.depth
        inverse = turn.T
        z = np.zeros_like(px)
        u = v = z
        for _ in range(_ROUNDS):
            near = 1 - z / distance
            a, b = px * near, py * near
            u = inverse[0, 0] * a + inverse[0, 1] * b + inverse[0, 2] * z + self.middle[0]
            v = inverse[1, 0] * a + inverse[1, 1] * b + inverse[1, 2] * z + self.middle[1]
            found = cv2.remap(surface, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            own_x, own_y = u - self.middle[0], v - self.middle[1]
            target = turn[2, 0] * own_x + turn[2, 1] * own_y + turn[2, 2] * found
            z = 0.5 * z + 0.5 * target
        u, v = (cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in (u, v))
        picture = cv2.remap(self.expressive(pose), u, v, cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        return np.asarray(picture, np.uint8), self._cover(u, v)

    def _cover(self, u: Floats, v: Floats) -> Floats:
        height, width = self.photo.shape[:2]
        if self.flat:  # a sheet: the photo's own edges
            inside = (u > 2) & (u < width - 3) & (v > 2) & (v < height - 3)
            return np.asarray(cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.8), np.float32)
        far = 1 - np.clip(
            (np.hypot((u - self.middle[0]) / 2.6, (v - self.middle[1]) / 3.6) / self.eyes - 0.85) / 0.15, 0, 1
        )
        below = np.clip(
            (v - self.middle[1]) / self.eyes - 1.0, 0, 1
        )  # shoulders end at the frame's edge only
        inside = (u > 0) & (u < width - 1) & (v < height - 1) & (v > 0)
        return np.asarray(np.maximum(far, below) * inside, np.float32)


def _rotation(pose: Pose) -> Floats:
    def axis(x: float, y: float, z: float) -> Floats:
        matrix, _ = cv2.Rodrigues(np.array([x, y, z], np.float64))
        return np.asarray(matrix, np.float32)

    return axis(0, 0, pose.roll) @ axis(-pose.pitch, 0, 0) @ axis(0, pose.yaw, 0)
