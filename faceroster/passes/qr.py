"""QR codes: drawing the one of a badge, and reading one that is held before a camera."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import segno
from django.utils.translation import gettext as _

from faceroster import vision
from faceroster.core.errors import InvalidInput

#: Read at twice its size up to here; a larger picture has pixels enough.
_ENLARGED_UP_TO = 800


def qr_svg(content: str) -> str:
    """The code as an SVG element, black on white, a quarter of it allowed to be dirty (level Q)."""
    return str(segno.make(content, error="q", micro=False).svg_inline(scale=4, border=4, light="#fff"))


def qr_read(image: vision.Image) -> str | None:
    """The text of the QR code in an RGB uint8 picture (H, W, 3); None when none can be read.

    As it is, then enlarged, then with more contrast: a card held far away, or in bad light. Mirrored ones
    are read as well.
    """
    detector = cv2.QRCodeDetector()
    for version in _versions(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)):
        try:
            text, _corners, _straight = detector.detectAndDecode(version)
        except cv2.error:  # it stumbles over some patterns that are no codes
            continue
        if text:
            return str(text)
    return None


def _versions(grey: np.ndarray[Any, Any]) -> Iterator[np.ndarray[Any, Any]]:
    yield grey
    enlarge = max(grey.shape) <= _ENLARGED_UP_TO
    if enlarge:
        yield cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    contrast = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(grey)
    yield cv2.resize(contrast, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC) if enlarge else contrast


def qr_of_jpeg(data: bytes) -> str | None:
    """As :func:`qr_read`, of a camera's frame. Raises InvalidInput with an ``image.*`` code."""
    return qr_read(vision.decode_frame(data))


def no_code() -> InvalidInput:
    """For a picture that shows none: no fault of anybody, the next one may."""
    return InvalidInput("badge.no_code", _("Please hold your badge before the camera."))
