"""Faces and names drawn into a frame."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

import cv2

from recognition.tracking import Track
from recognition.types import Image

KNOWN, UNKNOWN, INK = (46, 160, 67), (207, 130, 20), (255, 255, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def annotated(image: Image, tracks: Iterable[Track], label: Callable[[Track], str] | None = None) -> Image:
    """A copy of RGB uint8 (h, w, 3) with each face's box, landmarks and label: green for the known.

    ``label``: what stands by a face, :func:`caption` by default.
    """
    picture = image.copy()
    width = max(1, round(max(image.shape[:2]) / 400))
    for track in tracks:
        colour = KNOWN if track.person else UNKNOWN
        x, y, w, h = (round(value) for value in track.face.box)
        cv2.rectangle(picture, (x, y), (x + w, y + h), colour, width)
        for px, py in track.face.landmarks:
            cv2.circle(picture, (round(float(px)), round(float(py))), width + 1, colour, -1)
        _label(picture, (label or caption)(track), (x, y), width, colour)
    return picture


def caption(track: Track) -> str:
    """The person's name in the letters that OpenCV can draw, or the face's number."""
    if track.person is None:
        return f"unknown {track.id}"
    # Accents come off; of what is no Latin letter nothing is left.
    drawn = unicodedata.normalize("NFKD", track.person).encode("ascii", "ignore").decode().strip()
    return drawn or f"known {track.id}"


def sure(track: Track) -> str:
    """Name, or ``unknown``, and how sure that is: the score; of a face nobody looked up, its confidence."""
    found = track.identity
    if found is None:
        return f"{track.face.confidence:.2f}"
    name = caption(track) if track.person else "unknown"
    return f"{name} {found.candidates[0].score:.3g}" if found.candidates and not track.doubt else name


def _label(
    picture: Image, text: str, corner: tuple[int, int], width: int, colour: tuple[int, int, int]
) -> None:
    """White on ``colour`` above the box's corner, or as near as the picture allows."""
    scale = 0.25 + 0.25 * width
    (wide, high), below = cv2.getTextSize(text, _FONT, scale, 1)
    x = max(0, min(corner[0], picture.shape[1] - wide))
    y = max(high + below, corner[1])
    cv2.rectangle(picture, (x, y - high - below), (x + wide, y), colour, -1)
    cv2.putText(picture, text, (x, y - below // 2), _FONT, scale, INK, 1, cv2.LINE_AA)
