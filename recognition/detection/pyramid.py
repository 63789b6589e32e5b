"""All sizes of a picture on one sheet, so that the first network runs once instead of ten times.

MTCNN's proposal network sees 12x12 windows; larger faces are found in smaller copies of the
picture. Here the copies ("levels") are packed side by side on one sheet. A window that straddles
two levels means nothing and is ignored; the others give what they would give alone, because each
level has even sides and starts at an even position (the network's only stride is 2).
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Level:
    """Where one copy lies on the sheet, and how many picture pixels one of its pixels spans."""

    x: int
    y: int
    width: int
    height: int
    scale_x: float
    scale_y: float


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
        """uint8 (height, width, 3): the picture in all sizes, each made from the one before."""
        sheet = np.zeros((self.height, self.width, 3), np.uint8)
        current = image
        for level in self.levels:
            smaller = cv2.resize(current, (level.width, level.height), interpolation=cv2.INTER_AREA)
            current = np.asarray(smaller, np.uint8)
            sheet[level.y : level.y + level.height, level.x : level.x + level.width] = current
        return sheet

    def windows(self, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Output cells -> (boxes x1, y1, x2, y2 in picture pixels, index of their level)."""
        which = self.level_of[rows, columns]
        table = np.array([(v.x, v.y, v.scale_x, v.scale_y) for v in self.levels], np.float32)[which]
        left = columns * STRIDE - table[:, 0]
        top = rows * STRIDE - table[:, 1]
        boxes = np.stack([left, top, left + WINDOW, top + WINDOW], axis=1)
        return boxes * table[:, [2, 3, 2, 3]], which.astype(np.float32)


@lru_cache(maxsize=64)
def layout(height: int, width: int, min_face: int) -> Sheet | None:
    """The sheet for pictures of this size; ``None`` if they are too small for any face."""
    placed: list[Level] = []
    columns: list[list[int]] = []  # each: x, width, how far it is filled from the top
    scale = WINDOW / min_face
    while True:
        w, h = _even(width * scale), _even(height * scale)
        if min(w, h) < WINDOW:
            break
        x, y = _place(columns, w, h, placed[0].height if placed else h)
        placed.append(Level(x, y, w, h, width / w, height / h))
        scale *= FACTOR
    if not placed:
        return None
    sheet_w, sheet_h = columns[-1][0] + columns[-1][1], placed[0].height
    # valid 3x3 convolution, 2x2 pool, two more valid 3x3 convolutions
    cells = np.full(((sheet_h - 2) // 2 - 4, (sheet_w - 2) // 2 - 4), -1, np.int16)
    for number, level in enumerate(placed):
        rows = slice(level.y // STRIDE, (level.y + level.height - WINDOW) // STRIDE + 1)
        cells[rows, level.x // STRIDE : (level.x + level.width - WINDOW) // STRIDE + 1] = number
    return Sheet(sheet_w, sheet_h, tuple(placed), cells)


def _even(size: float) -> int:
    return 2 * round(size / 2)


def _place(columns: list[list[int]], width: int, height: int, sheet_height: int) -> tuple[int, int]:
    """First column with room for a level, else a new one to the right (levels only get smaller)."""
    for column in columns:
        if width <= column[1] and column[2] + height <= sheet_height:
            y = column[2]
            column[2] += height
            return column[0], y
    x = columns[-1][0] + columns[-1][1] if columns else 0
    columns.append([x, width, height])
    return x, 0
