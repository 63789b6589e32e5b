"""All sizes of a picture on one sheet, so that the first network runs once instead of ten times.

MTCNN's proposal network sees 12x12 windows; larger faces are found in smaller copies of the
picture. Here the copies ("levels") are packed side by side on one sheet. A window that straddles
two levels means nothing and is ignored; the others give what they would give alone, because each
level starts at an even position (the network's only stride is 2).

The sizes are those of the ``mtcnn`` package. That matters: MTCNN's boxes move by some 4 % and its
landmarks by 2 % of the eye distance when the sizes change only a little.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from recognition.types import Floats, Image

#: Side of the proposal network's window and its stride, in pixels of a level.
WINDOW = 12
STRIDE = 2
#: Each level's size relative to the one before: the value the networks were trained for.
FACTOR = 0.709
#: The face size of the package's largest level; the ladder of sizes goes on from here both ways.
BASE_FACE = 20
#: A level is resized from the picture, halved as long as that leaves it this much larger than the
#: level: nearly the same pixels as from the whole picture, in a third of the time.
MARGIN = 3
#: Levels less than this much smaller than the picture cost most and show the smallest faces only: these
#: are resized from its half.
LARGE = 6


@dataclass(frozen=True, slots=True)
class Level:
    """Where one copy lies on the sheet, and how much smaller than the picture it is."""

    x: int
    y: int
    width: int
    height: int
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The layout for one picture size.

    ``level_of``: int16 of the network's output shape, the level each window lies in, else -1.
    """

    width: int
    height: int
    levels: tuple[Level, ...]
    level_of: npt.NDArray[np.int16]

    def fill(self, image: Image) -> Image:
        """uint8 (height, width, 3): the picture in all sizes."""
        sheet = np.zeros((self.height, self.width, 3), np.uint8)
        for level in self.levels:
            least = MARGIN if level.scale < 1 / LARGE else MARGIN / 2
            while min(image.shape[0] / level.height, image.shape[1] / level.width) >= 2 * least:
                image = _halved(image)
            rows = slice(level.y, level.y + level.height)
            sheet[rows, level.x : level.x + level.width] = _resized(image, level.width, level.height)
        return sheet

    def windows(self, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Output cells -> (boxes x1, y1, x2, y2 in picture pixels, index of their level)."""
        which = self.level_of[rows, columns]
        table = np.array([(v.x, v.y, v.scale) for v in self.levels], np.float32)[which]
        left = columns * STRIDE - table[:, 0]
        top = rows * STRIDE - table[:, 1]
        # From pixel 1 to pixel 12 of the window: how the package's networks count.
        boxes = np.stack([left + 1, top + 1, left + WINDOW, top + WINDOW], axis=1)
        return (boxes / table[:, 2:]).astype(np.float32), which.astype(np.float32)


@lru_cache(maxsize=64)
def layout(height: int, width: int, min_face: int) -> Sheet | None:
    """The sheet for pictures of this size; ``None`` if they are too small for any face."""
    placed: list[Level] = []
    shelf = _Shelf()
    scale = WINDOW / BASE_FACE * FACTOR ** math.floor(math.log(BASE_FACE / min_face, FACTOR) + 1e-9)
    while True:
        w, h = int(width * scale), int(height * scale)
        if min(w, h) < WINDOW:
            break
        x, y = shelf.place(_even(w), _even(h))
        placed.append(Level(x, y, w, h, scale))
        scale *= FACTOR
    if not placed:
        return None
    sheet_w, sheet_h = shelf.width, shelf.height
    # valid 3x3 convolution, 2x2 pool, two more valid 3x3 convolutions
    cells = np.full(((sheet_h - 2) // 2 - 4, (sheet_w - 2) // 2 - 4), -1, np.int16)
    for number, level in enumerate(placed):
        rows = slice(level.y // STRIDE, (level.y + level.height - WINDOW) // STRIDE + 1)
        cells[rows, level.x // STRIDE : (level.x + level.width - WINDOW) // STRIDE + 1] = number
    return Sheet(sheet_w, sheet_h, tuple(placed), cells)


def _even(size: int) -> int:
    return size + size % 2


def _resized(image: Image, width: int, height: int) -> Image:
    """Averaged over areas, nearly, by ways that OpenCV does many times faster than any ratio."""
    halvings = max(0, round(math.log2(min(image.shape[1] / width, image.shape[0] / height))))
    if halvings and image.shape[:2] != (height << halvings, width << halvings):
        image = np.asarray(cv2.resize(image, (width << halvings, height << halvings)), np.uint8)
    for left in reversed(range(max(1, halvings))):
        image = np.asarray(
            cv2.resize(image, (width << left, height << left), interpolation=cv2.INTER_AREA), np.uint8
        )
    return image


def _halved(image: Image) -> Image:
    height, width = image.shape[:2]
    return np.asarray(cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8)


class _Shelf:
    """Packs rectangles, which only get smaller, into the height of the first; grows to the right."""

    def __init__(self) -> None:
        self.width = self.height = 0
        self._free: list[tuple[int, int, int, int]] = []  # x, y, width, height

    def place(self, width: int, height: int) -> tuple[int, int]:
        """Where the top left corner goes: into the smallest free place that has room."""
        fitting = [place for place in self._free if width <= place[2] and height <= place[3]]
        if fitting:
            place = min(fitting, key=lambda place: place[2] * place[3])
            self._free.remove(place)
        else:
            self.height = self.height or height
            place = (self.width, 0, width, self.height)
            self.width += width
        x, y, room_w, room_h = place
        self._free += [(x + width, y, room_w - width, height), (x, y + height, room_w, room_h - height)]
        return x, y
