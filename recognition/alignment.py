"""Upright chips out of pictures: for the embedder by five landmarks, for people by both eyes.

A chip is the picture under a similarity (rotation, one scale, translation; never a shear), so a
face keeps its proportions. Strongly shrunk faces are first averaged down, since plain bilinear
sampling would skip pixels and turn fine texture into noise.
"""

from __future__ import annotations

import cv2
import numpy as np

from recognition.types import Floats, Image, check_image

#: Side of the embedder's chip.
EMBEDDER_SIZE = 150
#: Room around the face on each side of the embedder's chip, as a fraction of the face's width.
PADDING = 0.25

#: Where the five landmarks lie in dlib's mean face, in units of its width. Eye centres are the mean
#: of the six points of each eye; the others are single points of that 68-point shape.
DLIB_FACE: Floats = np.array(
    [
        [0.225492, 0.215990],
        [0.754761, 0.215990],
        [0.490127, 0.515625],
        [0.254149, 0.780233],
        [0.726104, 0.780233],
    ],
    np.float32,
)

#: Where ArcFace-type networks expect the five landmarks, in pixels of their chip of 112 x 112: the
#: reference points that InsightFace publishes (Deng et al. 2019, "ArcFace"; OpenCV's FaceRecognizerSF
#: has the same five).
ARCFACE_112: Floats = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
    np.float32,
)

#: The templates an embedder may ask for: the five landmarks in units of the chip's side, (5, 2).
TEMPLATES: dict[str, Floats] = {
    "dlib5": (DLIB_FACE + np.float32(PADDING)) / np.float32(1 + 2 * PADDING),
    "arcface112": ARCFACE_112 / np.float32(112),
}

#: Where :func:`upright` puts the eyes: fractions of the chip's side, from the left and from the top.
EYES_AT = ((0.34, 0.40), (0.66, 0.40))


def similarity(source: Floats, target: Floats) -> Floats:
    """The similarity that takes ``source`` points nearest to ``target`` points (least squares).

    Both float (n, 2) with n >= 2 and not all equal. Returns float32 (2, 3). In the plane the
    solution of Umeyama 1991 ("Least-squares estimation of transformation parameters between two
    point patterns") is one complex factor. Raises ``ValueError`` for coinciding source points.
    """
    a = source.astype(np.float64)
    b = target.astype(np.float64)
    center_a, center_b = a.mean(axis=0), b.mean(axis=0)
    za, zb = (a - center_a) @ (1, 1j), (b - center_b) @ (1, 1j)
    power = float(np.vdot(za, za).real)
    if power < 1e-12:
        raise ValueError("the points coincide")
    turn = np.vdot(za, zb) / power
    linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    return np.column_stack([linear, center_b - linear @ center_a]).astype(np.float32)


def eye_similarity(left_eye: Floats, right_eye: Floats, size: int) -> Floats:
    """The classic recipe, from both eyes alone: float32 (2, 3).

    Rotation: the angle of the line between the eyes. Scale: the wanted distance of the eyes over
    the one found. Translation: the middle of the eyes lands midway between the two wanted places.
    """
    wanted = np.array(EYES_AT, np.float64) * size
    line = np.asarray(right_eye, np.float64) - left_eye
    distance = float(np.hypot(*line))
    if distance < 1e-6:
        raise ValueError("the eyes coincide")
    scale = (wanted[1, 0] - wanted[0, 0]) / distance
    cos, sin = scale * line[0] / distance, scale * line[1] / distance
    middle = (np.asarray(left_eye, np.float64) + right_eye) / 2
    target = wanted.mean(axis=0)
    return np.array(
        [
            [cos, sin, target[0] - cos * middle[0] - sin * middle[1]],
            [-sin, cos, target[1] + sin * middle[0] - cos * middle[1]],
        ],
        np.float32,
    )


def upright(image: Image, landmarks: Floats, size: int = 224) -> Image:
    """An upright face for people to look at: uint8 (size, size, 3), eyes at :data:`EYES_AT`.

    ``landmarks``: float32 (5, 2) as in :class:`recognition.types.Face`. What lies outside the
    picture repeats its border.
    """
    return warp(image, eye_similarity(landmarks[0], landmarks[1], size), size, cv2.BORDER_REPLICATE)


def embedder_chip(
    image: Image, landmarks: Floats, template: str = "dlib5", size: int = EMBEDDER_SIZE
) -> Image:
    """An embedder's input: uint8 (size, size, 3), landmarks on one of :data:`TEMPLATES`.

    What lies outside the picture is black, as dlib and InsightFace fill it.
    """
    matrix = similarity(landmarks, TEMPLATES[template] * np.float32(size))
    return warp(image, matrix, size, cv2.BORDER_CONSTANT)


def warp(image: Image, matrix: Floats, size: int, border: int) -> Image:
    """Apply a similarity (2, 3) that maps ``image`` to a square chip, without aliasing."""
    check_image(image)
    matrix = matrix.astype(np.float64)
    factor = int(1 / max(float(np.hypot(*matrix[:, 0])), 1e-6))
    if factor >= 2:
        image, matrix = _averaged(image, matrix, size, factor)
    chip = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(chip, dtype=np.uint8)


def _averaged(image: Image, matrix: Floats, size: int, factor: int) -> tuple[Image, Floats]:
    """Cut out what the chip needs and average blocks of ``factor`` pixels; adapt the matrix."""
    linear, offset = matrix[:, :2], matrix[:, 2]
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64)
    seen = (corners - offset) @ np.linalg.inv(linear).T
    height, width = image.shape[:2]
    left, top = np.clip(np.floor(seen.min(axis=0)).astype(int) - factor, 0, (width - 1, height - 1))
    right, bottom = np.clip(
        np.ceil(seen.max(axis=0)).astype(int) + factor, (left + 1, top + 1), (width, height)
    )
    part = image[top:bottom, left:right]
    small = (max(1, part.shape[1] // factor), max(1, part.shape[0] // factor))
    ratio = np.array([part.shape[1] / small[0], part.shape[0] / small[1]])
    # Pixel centres: x = left + (u + 0.5) * ratio - 0.5
    shrunk = np.asarray(cv2.resize(part, small, interpolation=cv2.INTER_AREA), np.uint8)
    moved = linear @ (np.array([left, top]) + ratio / 2 - 0.5) + offset
    return shrunk, np.column_stack([linear * ratio, moved])
