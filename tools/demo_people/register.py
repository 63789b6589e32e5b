"""Dense registration: which displacement field brings each face onto the mean face.

Collection flow (Kemelmacher-Shlizerman and Seitz, CVPR 2012): optical flow between a face and its own
reconstruction from a few components of all faces has the same light and expression on both sides, so that
what is left to explain is shape. Repeated, mean and components sharpen. Flow by DIS (Kroeger et al., ECCV
2016).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from demo_people.lfw import FRAME_H, FRAME_W, Bytes, Floats

GRID = 4  # the field is kept at every fourth pixel: it is smooth
RANKS = (6, 10)  # components of the reconstruction, round by round
_SMOOTH = 6.0  # pixels


def face_window() -> Floats:
    """1 over the face, falling to 0 at hair, ears and neck [FRAME_H, FRAME_W]: only there flow is trusted."""
    y, x = np.mgrid[:FRAME_H, :FRAME_W].astype(np.float32)
    away = np.sqrt(((x - FRAME_W / 2) / 50) ** 2 + ((y - 120) / 62) ** 2)
    return (1 / (1 + np.exp((away - 1.0) * 7))).astype(np.float32)


def _reconstruct(images: Floats, rank: int, window: Floats) -> Bytes:
    """Each image (grey, [N, H, W]) from the mean and the first `rank` components, in the window's
    weighting."""
    flat = images.reshape(len(images), -1)
    mean = flat.mean(0)
    centred = (flat - mean) * window.ravel()
    gram = centred @ centred.T
    _, vectors = np.linalg.eigh(gram)
    top = vectors[:, -rank:]
    # Rows of X restored from their projections: U U^T X, in plain (unweighted) pixels
    restored = mean + top @ (top.T @ (flat - mean))
    return np.clip(restored.reshape(images.shape) + 0.5, 0, 255).astype(np.uint8)


def _flow(reference: Bytes, image: Bytes, window: Floats) -> Floats:
    """Field f with image(x + f(x)) ~ reference(x), smooth, zero outside the window; [H, W, 2]."""
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    field = dis.calc(reference, image, np.zeros((*image.shape, 2), np.float32))
    field = cv2.GaussianBlur(np.clip(field, -7, 7), (0, 0), _SMOOTH)
    return field * window[..., None]


def warp(image: NDArray[Any], field: Floats) -> NDArray[Any]:
    """`image` at x + field(x)."""
    y, x = np.mgrid[: field.shape[0], : field.shape[1]].astype(np.float32)
    return cv2.remap(
        image, x + field[..., 0], y + field[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def invert(field: Floats, rounds: int = 12) -> Floats:
    """g with g(y) = -f(y + g(y)): where in the registered frame each pixel of the unregistered face comes
    from."""
    inverse = -field
    for _ in range(rounds):
        inverse = -np.asarray(warp(field, inverse), np.float32)
    return inverse


def register(faces: NDArray[np.uint8], jobs: int) -> Floats:
    """Fields for all `faces` (uint8 RGB [N, FRAME_H, FRAME_W, 3]) on the coarse grid, float32 [N, h, w,
    2]."""
    window = face_window()
    grey = np.stack([cv2.cvtColor(np.asarray(f), cv2.COLOR_RGB2GRAY) for f in faces])
    level = cv2.createCLAHE(1.5, (4, 4))
    grey = np.stack([level.apply(g) for g in grey])
    fields = np.zeros((len(grey), FRAME_H // GRID, FRAME_W // GRID, 2), np.float32)
    registered = grey.astype(np.float32)

    def find(i: int) -> None:
        field = _flow(references[i], grey[i], window)
        fields[i] = cv2.resize(field, (FRAME_W // GRID, FRAME_H // GRID), interpolation=cv2.INTER_AREA)

    def apply(i: int) -> None:
        registered[i] = warp(grey[i].astype(np.float32), full(fields[i]))

    for number, rank in enumerate(RANKS, 1):
        references = _reconstruct(registered, rank, window)
        with ThreadPoolExecutor(jobs) as pool:
            title = f"register faces, round {number} of {len(RANKS)}"
            list(tqdm(pool.map(find, range(len(grey))), total=len(grey), desc=title, unit="face"))
            fields -= fields.mean(0)  # or the mean face itself would drift and shrink
            list(pool.map(apply, range(len(grey))))
    return fields


def full(field: Floats) -> Floats:
    """A coarse field [h, w, 2] at every pixel of the frame."""
    return cv2.resize(field, (FRAME_W, FRAME_H), interpolation=cv2.INTER_CUBIC)


def registered_faces(faces: NDArray[np.uint8], cache: Path, jobs: int) -> tuple[NDArray[np.uint8], Floats]:
    """`faces` in register, uint8 of the same shape, and their fields on the coarse grid; kept under
    `cache`."""
    fields_at, faces_at = cache / "fields.npy", cache / "registered.npy"
    if not fields_at.exists():
        np.save(fields_at, register(faces, jobs))
    fields: Floats = np.load(fields_at)
    if not faces_at.exists():
        out = np.empty(faces.shape, np.uint8)

        def one(i: int) -> None:
            out[i] = warp(np.asarray(faces[i]), full(fields[i]))

        with ThreadPoolExecutor(jobs) as pool:
            list(
                tqdm(pool.map(one, range(len(out))), total=len(out), desc="bring into register", unit="face")
            )
        np.save(faces_at, out)
    return np.load(faces_at, mmap_mode="r"), fields
