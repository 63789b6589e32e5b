"""Square pieces of pictures, all of one size, for the networks that judge candidates."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from recognition.types import Floats, Image

#: What lies outside a picture: mid-grey, which is zero to the networks.
_OUTSIDE = (128, 128, 128)
#: OpenCV's remap counts rows in 16 bits.
_MAX_ROWS = 32_000


def cut(images: Sequence[Image], boxes: Sequence[Floats], side: int) -> Image:
    """Each picture's boxes (n, 4) as x1, y1, x2, y2 in pixels: uint8 (all n, side, side, 3).

    The first and the last pixel of a crop lie on the box's edges, and what is between is sampled
    bilinearly without averaging, as TensorFlow's ``crop_and_resize`` does it: the networks learnt
    such crops. One call of OpenCV for all boxes of a picture takes a tenth of a call for each.
    """
    pieces = [_cut(image, mine, side) for image, mine in zip(images, boxes, strict=True) if len(mine)]
    return np.concatenate(pieces) if pieces else np.zeros((0, side, side, 3), np.uint8)


def _cut(image: Image, boxes: Floats, side: int) -> Image:
    height, width = image.shape[:2]
    steps = np.linspace(0, 1, side, dtype=np.float32)
    lines = boxes[:, :2, None] + (boxes[:, 2:] - boxes[:, :2])[:, :, None] * steps
    # A box counts pixel edges, from 0 to the width; a sample pixel centres, from 0 to the width less 1.
    x = np.broadcast_to((lines[:, 0] * ((width - 1) / width))[:, None, :], (len(boxes), side, side))
    y = np.broadcast_to((lines[:, 1] * ((height - 1) / height))[:, :, None], (len(boxes), side, side))
    most = _MAX_ROWS // side
    parts = [
        cv2.remap(
            image,
            x[start : start + most].reshape(-1, side),
            y[start : start + most].reshape(-1, side),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=_OUTSIDE,
        )
        for start in range(0, len(boxes), most)
    ]
    return np.asarray(np.concatenate(parts).reshape(-1, side, side, 3), np.uint8)
