"""From aligned photos to what the model is fitted on: background filled in, outline as a distance field."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from demo_people.lfw import FRAME_H, FRAME_W, Aligned, Bytes, Floats

OUTLINE_LIMIT = 20.0  # half-size pixels: further out, distance says nothing more


def plausible(masks: Bytes) -> NDArray[np.bool_]:
    """Which silhouettes look like a head: hair not lost, no neighbour's shoulder taken in. `masks` [N, H/2,
    W/2]."""
    half = masks.shape[2] // 2
    inside = masks > 0
    top = (inside[:, :, half - 8 : half + 8].mean(2) > 0.5).argmax(1)
    rows = inside[:, 20:62]
    left = rows.argmax(2).astype(np.float32)
    right = masks.shape[2] - 1 - rows[:, :, ::-1].argmax(2).astype(np.float32)
    lean = np.abs((left + right) / 2 - (masks.shape[2] - 1) / 2).mean(1)
    wide = (right - left)[:, 5:15].mean(1)
    return (top > 5) & (top < 22) & (wide > 46) & (wide < 85) & (lean < 7)


def fill_background(face: Bytes, mask: Bytes) -> Bytes:
    """Replace what `mask` (uint8 [H/2, W/2], 255 = person) leaves out by the colour of the nearest pixel of
    the person, ever more blurred outwards, so that hair goes on as hair."""
    person = cv2.resize(cv2.erode(mask, np.ones((3, 3), np.uint8)), (FRAME_W, FRAME_H)) > 127
    distance, label = cv2.distanceTransformWithLabels(
        (~person).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    smooth: Floats = cv2.blur(face * person[..., None].astype(np.float32), (7, 7))
    smooth /= np.maximum(cv2.blur(person.astype(np.float32), (7, 7)), 1e-3)[..., None]
    lookup = np.zeros((int(label.max()) + 1, 3), np.float32)
    lookup[label[person]] = smooth[person]
    grown = lookup[label]
    far = cv2.GaussianBlur(grown, (0, 0), 9)
    blend = np.clip(distance / 14, 0, 1)[..., None]
    grown = grown + blend * (far - grown)
    return np.where(person[..., None], face, np.clip(grown + 0.5, 0, 255)).astype(np.uint8)


def outline(mask: Bytes) -> Floats:
    """Signed distance to the silhouette in half-size pixels, inside positive, cut at OUTLINE_LIMIT."""
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    outside = cv2.distanceTransform(255 - mask, cv2.DIST_L2, 3)
    return np.clip(inside - outside, -OUTLINE_LIMIT, OUTLINE_LIMIT).astype(np.float32)


def importance() -> Floats:
    """How much each pixel of the frame counts [FRAME_H, FRAME_W, 1]: the face most, clothes and corners
    least."""
    y, x = np.mgrid[:FRAME_H, :FRAME_W].astype(np.float32)
    away = np.sqrt(((x - FRAME_W / 2) / 52) ** 2 + ((y - 116) / 66) ** 2)
    return (0.3 + 0.7 / (1 + np.exp((away - 1.15) * 7)))[..., None].astype(np.float32)


def filled_faces(data: Aligned, used: NDArray[np.int64], cache: Path, jobs: int) -> NDArray[np.uint8]:
    """The photos numbered `used` with their backgrounds filled, uint8 [n, FRAME_H, FRAME_W, 3]; kept under
    `cache`."""
    at = cache / "filled.npy"
    if not at.exists():
        out = np.empty((len(used), FRAME_H, FRAME_W, 3), np.uint8)

        def one(i: int) -> None:
            out[i] = fill_background(data.faces[used[i]], data.masks[used[i]])

        with ThreadPoolExecutor(jobs) as pool:
            list(tqdm(pool.map(one, range(len(out))), total=len(out), desc="fill backgrounds", unit="photo"))
        np.save(at, out)
    return np.load(at, mmap_mode="r")
