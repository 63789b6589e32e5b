"""What is kept of one frame: where the face was, a small grey patch of it, and what was measured on it."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from recognition.types import Box, Face, Floats, Image, check_image

#: Side of the patch in pixels, and how much of the picture it shows in sides of the face's box.
PATCH, ROOM = 128, 1.6
#: Columns of the small picture of the whole frame; its rows follow from the frame's shape.
SCENE = 120
_HEAD = struct.Struct("<I")


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One frame of a visit.

    ``at``: when the server got it, in seconds of any one clock. ``box``, ``landmarks``: float32 (5, 2), in
    pixels of the frame, whose ``size`` is (width, height). ``patch``: uint8 (PATCH, PATCH), grey, the square
    ``window`` (left, top, side; in pixels of the frame) around the face. ``cues``: what was measured on
    this frame alone, by name. ``scene``: uint8, the whole frame in grey, ``SCENE`` columns wide; of no size
    where it was not kept.
    """

    at: float
    box: Box
    landmarks: Floats
    size: tuple[int, int]
    window: tuple[float, float, float]
    patch: npt.NDArray[np.uint8]
    cues: dict[str, float] = field(default_factory=dict)
    scene: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0), np.uint8))

    def __post_init__(self) -> None:
        if self.landmarks.shape != (5, 2) or self.patch.shape != (PATCH, PATCH):
            raise ValueError(f"not an observation: {self.landmarks.shape}, {self.patch.shape}")

    @property
    def eye_distance(self) -> float:
        """In pixels of the frame."""
        return float(np.linalg.norm(self.landmarks[1] - self.landmarks[0]))

    def in_patch(self, points: Floats) -> Floats:
        """Points (n, 2) of the frame in pixels of the patch."""
        left, top, side = self.window
        return np.asarray((points - (left, top)) * (PATCH / side) - 0.5, np.float32)

    def in_frame(self, points: Floats) -> Floats:
        """Points (n, 2) of the patch in pixels of the frame."""
        left, top, side = self.window
        return np.asarray((points + 0.5) * (side / PATCH) + (left, top), np.float32)

    def pack(self) -> bytes:
        """As bytes, for a store that all workers share. :meth:`unpack` makes the same again."""
        head = json.dumps(
            {
                "at": self.at,
                "box": [float(side) for side in self.box],
                "landmarks": self.landmarks.astype(float).tolist(),
                "size": self.size,
                "window": self.window,
                "cues": self.cues,
                "scene": self.scene.shape,
            }
        ).encode()
        return _HEAD.pack(len(head)) + head + self.patch.tobytes() + self.scene.tobytes()

    @classmethod
    def unpack(cls, blob: bytes) -> Observation:
        """What :meth:`pack` made. Raises ``ValueError`` for anything else."""
        try:
            (length,) = _HEAD.unpack_from(blob)
            head = json.loads(blob[_HEAD.size : _HEAD.size + length])
            pixels = np.frombuffer(blob, np.uint8, offset=_HEAD.size + length)
            patch, scene = pixels[: PATCH * PATCH].reshape(PATCH, PATCH), pixels[PATCH * PATCH :]
            return cls(
                at=float(head["at"]),
                box=Box(*head["box"]),
                landmarks=np.array(head["landmarks"], np.float32),
                size=(int(head["size"][0]), int(head["size"][1])),
                window=(head["window"][0], head["window"][1], head["window"][2]),
                patch=patch,
                cues=head["cues"],
                scene=scene.reshape(head["scene"]),
            )
        except (struct.error, KeyError, TypeError, IndexError) as error:
            raise ValueError("not a packed observation") from error


def observe(image: Image, face: Face, at: float, cues: Mapping[str, float] | None = None) -> Observation:
    """The observation of ``face`` in ``image`` (RGB uint8), seen at ``at`` seconds."""
    check_image(image)
    side = ROOM * max(face.box.w, face.box.h)
    x, y = face.box.center
    left, top = x - side / 2, y - side / 2
    scale = PATCH / side
    # Pixel centres: column 0 of the patch is the middle of its first cell.
    matrix = np.array([[scale, 0, -left * scale - 0.5], [0, scale, -top * scale - 0.5]])
    # One channel, and averaged where it shrinks: what is finer than a cell would flicker.
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    rows = max(1, round(SCENE * image.shape[0] / image.shape[1]))
    scene = cv2.resize(grey, (SCENE, rows), interpolation=cv2.INTER_AREA)
    if scale < 1:
        grey = cv2.GaussianBlur(grey, (0, 0), 0.5 / scale)
    patch = cv2.warpAffine(
        grey, matrix, (PATCH, PATCH), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return Observation(
        at=at,
        box=face.box,
        landmarks=face.landmarks,
        size=(image.shape[1], image.shape[0]),
        window=(left, top, side),
        patch=np.asarray(patch, np.uint8),
        cues={name: float(value) for name, value in (cues or {}).items()},
        scene=np.asarray(scene, np.uint8),
    )
