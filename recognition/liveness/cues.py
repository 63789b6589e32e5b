"""What one frame says by itself about skin, paper and screens. None of it decides anything alone."""

from __future__ import annotations

import cv2
import numpy as np

from recognition.liveness.texture import texture_logit
from recognition.types import Face, Floats, Image, check_image

#: Side of the pictures that moiré and straight borders are looked for in, in pixels.
_SPECTRUM, _BORDER = 128, 96
#: How much of the frame the border is looked for in, in sides of the face's box.
_AROUND = 2.4


def frame_cues(image: Image, face: Face) -> dict[str, float]:
    """The cues of ``face`` in ``image`` (RGB uint8), by name; about 3 ms.

    ``texture``: log-odds for skin by the network (:mod:`recognition.liveness.texture`), -8 to 8.
    ``moire``: natural logarithm of the highest peak of the face's spectrum over its surroundings there.
    ``glare``: share of the face that is burnt out, 0 to 1. ``colour``: spread of the face's red and blue
    differences (Cr, Cb), in grey levels; prints have less. ``border``: sides of the face, 0 to 4, along
    which a straight edge runs outside it.

    Raises ``ValueError`` for another array, ``ModelError`` when the network's weights cannot be read.
    """
    check_image(image)
    inner = _part(image, face, 1.0)
    if min(inner.shape[:2]) < 16:
        return {"texture": 0.0, "moire": 0.0, "glare": 0.0, "colour": 0.0, "border": 0.0}
    glare, colour = _colours(inner)
    return {
        "texture": texture_logit(image, face),
        "moire": _moire(inner),
        "glare": glare,
        "colour": colour,
        "border": _border(image, face),
    }


def _part(image: Image, face: Face, room: float) -> Image:
    """What of the frame lies within ``room`` sides of the face's box, at its own size."""
    x, y = face.box.center
    width, height = room * face.box.w / 2, room * face.box.h / 2
    top, left = max(0, int(y - height)), max(0, int(x - width))
    return image[top : max(top, int(y + height)), left : max(left, int(x + width))]


def _moire(inner: Image) -> float:
    """Grids seen through a grid: lone peaks in the upper half of the spectrum.

    At the camera's own scale, as shrinking would wash them out. JPEG's blocks make peaks on the axes.
    """
    grey = cv2.cvtColor(inner, cv2.COLOR_RGB2GRAY)
    height, width = (min(_SPECTRUM, side) for side in grey.shape)
    top, left = (grey.shape[0] - height) // 2, (grey.shape[1] - width) // 2
    part = grey[top : top + height, left : left + width].astype(np.float32)
    part -= cv2.GaussianBlur(part, (0, 0), 2)
    window = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    spectrum = np.fft.fftshift(np.abs(np.fft.fft2(part * window))).astype(np.float32)
    level = cv2.blur(spectrum, (15, 15)) + 1.0
    peaks = cv2.blur(spectrum, (3, 3)) / level
    y, x = np.fft.fftshift(np.fft.fftfreq(height)), np.fft.fftshift(np.fft.fftfreq(width))
    radius = np.hypot(y[:, None], x[None])
    use = (radius > 0.12) & (np.abs(y)[:, None] > 0.03) & (np.abs(x)[None] > 0.03)
    return float(np.log(max(float(peaks[use].max()), 1e-3)))


def _colours(inner: Image) -> tuple[float, float]:
    small = cv2.resize(inner, (48, 48), interpolation=cv2.INTER_AREA)
    chroma: Floats = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    glare = float((small.min(axis=2) > 245).mean())
    return glare, float(np.mean(chroma[:, :, 1:].reshape(-1, 2).std(axis=0)))


def _border(image: Image, face: Face) -> float:
    """How many sides of the face have a long straight edge beyond them: paper and telephones have edges."""
    part = _part(image, face, _AROUND)
    grey = cv2.cvtColor(
        cv2.resize(part, (_BORDER, _BORDER), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY
    )
    lines = cv2.HoughLinesP(cv2.Canny(grey, 40, 120), 1, np.pi / 120, 25, minLineLength=38, maxLineGap=4)
    if lines is None:
        return 0.0
    sides = set()
    half = _BORDER / 2
    for x0, y0, x1, y1 in lines.reshape(-1, 4).astype(float):
        x, y = (x0 + x1) / 2 - half, (y0 + y1) / 2 - half
        upright = abs(y1 - y0) > 2 * abs(x1 - x0)
        level = abs(x1 - x0) > 2 * abs(y1 - y0)
        if upright and abs(x) > 0.45 * half:
            sides.add("left" if x < 0 else "right")
        elif level and abs(y) > 0.45 * half:
            sides.add("top" if y < 0 else "bottom")
    return float(len(sides))
