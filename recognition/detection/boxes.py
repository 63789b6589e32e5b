"""Arithmetic of boxes: float32 arrays (n, 4) of x1, y1, x2, y2 in pixels."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from recognition.types import Floats


def suppress(
    boxes: Floats, scores: Floats, threshold: float, over: Literal["union", "smaller"] = "union"
) -> npt.NDArray[np.intp]:
    """Indices to keep, best score first: a box goes when a better one overlaps it too much.

    ``over``: what the intersection is divided by. All comparisons happen at once, also with boxes
    that are themselves suppressed ("fast NMS": Bolya et al. 2019, YOLACT), which is what the
    reference implementation of MTCNN's Python package does too.
    """
    order = np.argsort(-scores, kind="stable")
    ordered = boxes[order]
    overlaps = np.triu(overlap(ordered, ordered, over), k=1)
    return order[~(overlaps > threshold).any(axis=0)]


def overlap(first: Floats, second: Floats, over: Literal["union", "smaller"] = "union") -> Floats:
    """(n, 4) and (m, 4) to (n, m): intersection over union, or over the smaller of the two."""
    top_left = np.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = np.minimum(first[:, None, 2:], second[None, :, 2:])
    sides = np.maximum(bottom_right - top_left, 0)
    common = sides[..., 0] * sides[..., 1]
    areas = [(boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) for boxes in (first, second)]
    if over == "smaller":
        whole = np.minimum(areas[0][:, None], areas[1][None])
    else:
        whole = areas[0][:, None] + areas[1][None] - common
    return np.asarray(common / np.maximum(whole, 1e-9), dtype=np.float32)


def square(boxes: Floats) -> Floats:
    """Grow the shorter side around the centre until each box is square."""
    center = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([center - half, center + half], axis=1)


def shift(boxes: Floats, offsets: Floats, extra: float) -> Floats:
    """Move each edge by ``offsets`` (n, 4), fractions of the box's size plus ``extra`` pixels."""
    size = boxes[:, 2:] - boxes[:, :2] + extra
    return boxes + offsets * np.concatenate([size, size], axis=1)
