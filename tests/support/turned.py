"""A demo face seen from elsewhere: the portrait laid over a head's relief, which then turns."""

from __future__ import annotations

import cv2
import numpy as np

from recognition.types import Floats, Image


def turned(
    image: Image,
    landmarks: Floats,
    *,
    yaw: float = 0.0,
    pitch: float = 0.0,
    scale: float = 1.0,
    size: tuple[int, int] = (800, 600),
) -> Image:
    """The face of an RGB uint8 image as a camera with a picture of ``size`` (width, height) would have it.

    ``landmarks``: float32 (5, 2). ``yaw``: degrees, positive towards the picture's right; ``pitch``: positive
    is chin up; ``scale`` 1 makes the eyes a tenth of the picture's width apart. An ellipsoid with a nose:
    enough for landmarks and embeddings to follow, not a likeness of anybody's skull.
    """
    width, height = size
    unit = width / 10  # one eye distance
    x, y = np.meshgrid(
        (np.arange(width, dtype=np.float32) - width / 2) / (unit * scale),
        (np.arange(height, dtype=np.float32) - height / 2) / (unit * scale),
    )
    a, b = np.radians(yaw), np.radians(pitch)
    # Looked for by iteration: which point of the relief is seen here?
    u, v = x.copy(), y.copy()
    for _ in range(12):
        z = _relief(u, v)
        u = (x - z * np.sin(a)) / np.cos(a)
        v = (y + z * np.sin(b)) / np.cos(b)
    eyes, mouth = landmarks[:2].mean(axis=0), landmarks[3:].mean(axis=0)
    middle = (eyes + mouth) / 2
    distance = float(np.linalg.norm(landmarks[1] - landmarks[0]))
    return np.asarray(
        cv2.remap(
            image,
            np.asarray(u * distance + middle[0], np.float32),
            np.asarray(v * distance + middle[1], np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def _relief(u: Floats, v: Floats) -> Floats:
    """Height above the plane of eyes and mouth, in eye distances; 0 far from the face."""
    skull = 0.9 * np.sqrt(np.clip(1 - (u / 1.25) ** 2 - (v / 1.7) ** 2, 0, 1)) - 0.75
    nose = 0.45 * np.exp(-((u / 0.22) ** 2) - ((v - 0.05) / 0.32) ** 2)
    edge = np.clip(1.6 - np.hypot(u / 1.25, v / 1.7), 0, 1)
    return np.asarray((np.clip(skull, -0.5, 1) + nose) * edge, np.float32)
