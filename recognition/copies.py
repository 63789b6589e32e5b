"""Is this the same picture again, saved, resized, cut, mirrored, turned or brightened in between?

An embedding says who is on a picture, not which picture it is: its distance misses mirrored and strongly
changed copies, and takes some different photos of one person for copies. So each photo gets a fingerprint,
the face with some of its surroundings as a small grey chip. Alignment has undone cutting, size and
rotation; correlation ignores light. What landmarks miss of the same place in two copies is searched for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from recognition.alignment import DLIB_FACE, similarity, warp
from recognition.types import Face, Floats, Image

#: First byte of a fingerprint. Change it whenever the bytes behind it mean something else.
VERSION = 1
#: Side of the grey chip, and its room around the face on each side as a fraction of the face's width. With
#: less room the photos of one session look alike, with more a cut copy lacks what is compared.
SIDE, ROOM = 30, 0.4
#: Bytes of a fingerprint: the version, then SIDE x SIDE grey values of four bits, row by row, the first of
#: each two in the high bits.
SIZE = 1 + SIDE * SIDE // 2

#: A copy scores at least this, of :attr:`Likeness.score` less DISTANCE_WEIGHT times the distance of both
#: embeddings. An embedding hardly changes when its picture is saved again, so where it did (beyond
#: SAME_FACE) the pictures must agree almost fully; mirroring changes it a little more. Chosen on copies and
#: on different photos of one person, and so that the demo's people, who stand before one wall in one light,
#: are no copies of themselves: benchmarks/redundancy.py.
LIMIT, MIRRORED_LIMIT, STRICT_LIMIT, SAME_FACE = 0.56, 0.76, 0.85, 0.15
COARSE_WEIGHT, DISTANCE_WEIGHT = 0.16, 1.5

_PLACES = ((DLIB_FACE + ROOM) / (1 + 2 * ROOM) * 4 * SIDE).astype(np.float32)
_MARGIN = 3  # pixels that may be lost to shifting, on each side
_FINE = 2.5  # detail is what a Gaussian blur of so many pixels takes away
_GLARE = 240  # the brightest of 16 levels may be burnt out in one copy and not in the other
_LEAST_SEEN = 0.5  # of the chip, when glare is left out


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two fingerprints are. ``coarse`` and ``detail``: correlations of the grey chips and of what
    is left of them without their coarse shading, -1 to 1. ``mirrored``: one had to be flipped for that.
    """

    coarse: float
    detail: float
    mirrored: bool

    @property
    def score(self) -> float:
        return self.detail + COARSE_WEIGHT * self.coarse


def fingerprint(image: Image, landmarks: Floats) -> bytes:
    """The fingerprint of a face of an RGB uint8 image: SIZE bytes, landmarks float32 (5, 2).

    It shows a blurred face, so treat it as you treat photos. Raises ``ValueError`` for coinciding landmarks.
    """
    chip = warp(image, similarity(landmarks, _PLACES), 4 * SIDE, cv2.BORDER_REPLICATE)
    small = cv2.resize(cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    levels = (np.asarray(small, np.uint8) >> 4).ravel()
    return bytes([VERSION]) + (levels[::2] << 4 | levels[1::2]).tobytes()


def readable(data: bytes) -> bool:
    """Whether these bytes are a fingerprint of the present version."""
    return len(data) == SIZE and data[0] == VERSION


def likeness(first: bytes, second: bytes) -> Likeness:
    """Compare two fingerprints, as they are and mirrored. ``ValueError`` for what is none."""
    a, b = _chip(first), _chip(second)
    if first == second:
        return Likeness(1.0, 1.0, mirrored=False)  # also of a wall without any structure
    found = [(_aligned(a, b), False), (_aligned(a, np.ascontiguousarray(b[:, ::-1])), True)]
    (coarse, detail), mirrored = max(found, key=lambda one: one[0][1] + COARSE_WEIGHT * one[0][0])
    return Likeness(coarse, detail, mirrored)


def is_copy(first: bytes, second: bytes, distance: float) -> bool:
    """Whether two fingerprints are of one picture; ``distance`` is that of their embeddings, 0 to 2.

    Raises ``ValueError`` for what is no fingerprint of the present version.
    """
    # Most pairs end here: not even full agreement could make up for such a distance.
    if 1 + COARSE_WEIGHT - DISTANCE_WEIGHT * distance < MIRRORED_LIMIT:
        return False
    found = likeness(first, second)
    limit = LIMIT if distance <= SAME_FACE else STRICT_LIMIT
    score = found.score - DISTANCE_WEIGHT * distance
    return score >= (MIRRORED_LIMIT if found.mirrored else limit)


def changes(first: tuple[Image, Face], second: tuple[Image, Face]) -> tuple[str, ...]:
    """What was done to a copy, as far as it shows: some of mirrored, resized, cut, brightened, darkened.

    Empty for a copy that was only saved again. Each argument: RGB uint8 image and its face.
    """
    marks = [fingerprint(image, face.landmarks) for image, face in (first, second)]
    shapes = [np.array(image.shape[:2], float) for image, _ in (first, second)]
    scale = second[1].eye_distance / first[1].eye_distance
    whole = np.abs(shapes[1] / shapes[0] / scale - 1).max() < 0.06  # landmarks vary by a few per cent
    light = float(_chip(marks[1]).mean() / _chip(marks[0]).mean())
    same_size = bool((shapes[0] == shapes[1]).all())
    found = {
        "mirrored": likeness(*marks).mirrored,
        "resized": not same_size and (bool(whole) or abs(scale - 1) > 0.06),
        "cut": not same_size and not whole,
        "brightened": light > 1.08,
        "darkened": light < 1 / 1.08,
    }
    return tuple(name for name, true in found.items() if true)


def _chip(data: bytes) -> Floats:
    if not readable(data):
        raise ValueError(f"expected a fingerprint of version {VERSION} with {SIZE} bytes")
    pairs = np.frombuffer(data, np.uint8, offset=1)
    levels = np.stack([pairs >> 4, pairs & 15], axis=1).reshape(SIDE, SIDE)
    return levels.astype(np.float32) * 16 + 8  # the middle of what each level stands for


def _aligned(a: Floats, b: Floats) -> tuple[float, float]:
    """(coarse, detail) where ``b`` fits best on ``a``, over small turns, scales and shifts."""
    inner = _inner(a, 0, 0)
    inner_detail = _inner(_detail(a), 0, 0)
    best, patch = (-1.0, -1.0), inner
    for moved in _moved(b):
        coarse = cv2.matchTemplate(moved, inner, cv2.TM_CCOEFF_NORMED)
        detail = cv2.matchTemplate(_detail(moved), inner_detail, cv2.TM_CCOEFF_NORMED)
        y, x = np.unravel_index(int((detail + COARSE_WEIGHT * coarse).argmax()), coarse.shape)
        found = float(coarse[y, x]), float(detail[y, x])
        if _worth(found) > _worth(best):
            best, patch = found, _inner(moved, int(x) - _MARGIN, int(y) - _MARGIN)
    return max(best, _without_glare(inner, patch), key=_worth)


def _worth(found: tuple[float, float]) -> float:
    return found[1] + COARSE_WEIGHT * found[0]


def _inner(chip: Floats, x: int, y: int) -> Floats:
    """The chip without its margin, shifted by (x, y)."""
    rows, columns = (slice(_MARGIN + shift, SIDE - _MARGIN + shift) for shift in (y, x))
    return np.ascontiguousarray(chip[rows, columns])


def _moved(chip: Floats) -> Iterator[Floats]:
    middle = (SIDE - 1) / 2
    for scale in (0.95, 1.0, 1.05):
        for angle in (-3.0, 0.0, 3.0):
            matrix = cv2.getRotationMatrix2D((middle, middle), angle, scale)
            moved = cv2.warpAffine(chip, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
            yield np.asarray(moved, np.float32)


def _detail(chip: Floats) -> Floats:
    return chip - np.asarray(cv2.GaussianBlur(chip, (0, 0), _FINE), np.float32)


def _without_glare(a: Floats, b: Floats) -> tuple[float, float]:
    """(coarse, detail) of what is burnt out in neither: a brightened copy has lost the rest."""
    glare = ((a > _GLARE) | (b > _GLARE)).astype(np.uint8)
    seen = cv2.dilate(glare, np.ones((3, 3), np.uint8)) == 0
    if not glare.any() or seen.mean() < _LEAST_SEEN:
        return -1.0, -1.0
    return _correlation(a[seen], b[seen]), _correlation(_detail(a)[seen], _detail(b)[seen])


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b) / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-6)
