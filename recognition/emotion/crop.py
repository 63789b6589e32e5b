"""Faces of any picture as the emotion network knows them: grey, 48 x 48, framed as in FER2013.

How FER2013 frames a face was measured: this package's detector, on 2,000 pictures of its training split
drawn at random (enlarged four times, their border repeated), found 1,452 faces with a confidence of 0.95 or
more. Medians of their boxes: middle at (23.7, 24.3) of 48 pixels, size (square root of the area) 43.3.
"""

from __future__ import annotations

import cv2
import numpy as np

from recognition.alignment import warp
from recognition.emotion.labels import SIDE
from recognition.types import Face, Floats, Image, check_image

#: Where the middle of the detector's box lies in FER2013's pictures, as fractions of their side.
MIDDLE = (0.4939, 0.5069)
#: The box's size (square root of its area) in FER2013's pictures, as a fraction of their side.
SIZE = 0.902


def face_crop(image: Image, face: Face) -> Floats:
    """The face out of RGB uint8 (h, w, 3) as float32 (48, 48), grey, 0 to 1.

    ``face``: found in this picture. The crop is as large as FER2013 would have made it, and turned so that
    the face is upright; beyond the picture its border is repeated. ``ValueError`` for another kind of array.
    """
    scale = SIZE * SIDE / np.sqrt(face.box.area)
    cos, sin = scale * np.array(_upright(face))
    # Pixel centres: the middle of a picture of 48 is at 23.5.
    (x, y), (u, v) = np.array(face.box.center) - 0.5, np.array(MIDDLE) * SIDE - 0.5
    matrix = np.array([[cos, sin, u - cos * x - sin * y], [-sin, cos, v + sin * x - cos * y]], np.float32)
    return _grey(warp(image, matrix, SIDE, cv2.BORDER_REPLICATE))


def whole_crop(image: Image) -> Floats:
    """The largest square in the middle of RGB uint8 (h, w, 3) as a face: float32 (48, 48), grey, 0 to 1.

    For pictures that show nothing but a face, as FER2013's do. ``ValueError`` for another kind of array.
    """
    height, width = check_image(image).shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = image[top : top + side, left : left + side]
    shrinks = side > SIDE
    resized = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return _grey(np.asarray(resized, np.uint8))


def _upright(face: Face) -> tuple[float, float]:
    """Cosine and sine of the angle by which the line between the eyes is turned."""
    across = face.landmarks[1].astype(np.float64) - face.landmarks[0]
    length = float(np.hypot(*across))
    return (float(across[0]) / length, float(across[1]) / length) if length > 1e-6 else (1.0, 0.0)


def _grey(chip: Image) -> Floats:
    return np.asarray(cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY), np.float32) / np.float32(255)
