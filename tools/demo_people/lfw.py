"""Labeled Faces in the Wild: which photos to learn from, aligned to one frame, cut out of their background.

Every photo is warped by a similarity to FRAME_W x FRAME_H pixels with the eyes at LEFT_EYE and RIGHT_EYE
(about LFW's own resolution). GrabCut (Rother et al., SIGGRAPH 2004) started from a head-and-shoulders prior
tells person from background, so that the model learns people and not press-conference walls.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

FRAME_W, FRAME_H = 232, 252
LEFT_EYE, RIGHT_EYE = (95.0, 100.0), (137.0, 100.0)
MOUTH_Y = 144.0
MAX_PER_PERSON = 12
_ONET_BATCH = 512

Floats = NDArray[Any]  # float32 unless a docstring says otherwise
Bytes = NDArray[Any]  # uint8


@dataclass(frozen=True)
class Aligned:
    """`faces` uint8 [N, FRAME_H, FRAME_W, 3] RGB, `masks` uint8 [N, FRAME_H/2, FRAME_W/2] (255 = person),
    `people` int32 [N] (same number, same person), `names` [N] file stems, `points` float32 [N, 5, 2] in the
    frame."""

    faces: Bytes
    masks: Bytes
    people: NDArray[np.int32]
    names: list[str]
    points: Floats


def read_rgb(path: Path) -> Bytes:
    """A picture as RGB uint8. Raises ValueError when it cannot be read."""
    image = cv2.imread(str(path))
    if image is None:
        raise ValueError(f"cannot read {path}")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def list_images(root: Path) -> list[Path]:
    """All LFW photos under `root` (a folder per person), in a fixed order. Raises SystemExit when there are
    none."""
    paths = sorted(root.glob("*/*.jpg"))
    if not paths:
        raise SystemExit(f"No LFW photos at {root}: expected {root}/<Name>/<Name>_0001.jpg")
    return paths


def landmarks(paths: list[Path]) -> Floats:
    """Five points (left eye, right eye, nose, left and right mouth corner) in each 250x250 photo, [N, 5, 2].

    LFW's faces stand in the middle of their photos, so MTCNN's last network (Zhang et al. 2016) is enough:
    once on a fixed window, once on the box that it answers. Faces that score under .9 get NaN.
    """
    from mtcnn.stages import StageONet  # seconds of TensorFlow, only where it is needed

    net = StageONet()._model
    found = np.empty((len(paths), 5, 2), np.float32)
    for start in tqdm(range(0, len(paths), _ONET_BATCH), desc="landmarks", unit="batch"):
        images = [read_rgb(p) for p in paths[start : start + _ONET_BATCH]]
        boxes = np.tile(np.array([72.0, 62.0, 178.0, 190.0], np.float32), (len(images), 1))
        for _ in range(2):
            crops = np.stack([_window(im, box) for im, box in zip(images, boxes, strict=True)])
            offsets, points, scores = (np.asarray(t) for t in net((crops - 127.5) / 128))
            size = np.stack([boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]], 1)
            xy = np.stack([points[:, :5], points[:, 5:]], 2) * size[:, None] + boxes[:, None, :2]
            boxes = boxes + offsets * np.tile(size, 2)
        xy[scores[:, 1] < 0.9] = np.nan
        found[start : start + len(images)] = xy
    return found


def _window(image: Bytes, box: Floats) -> Floats:
    """`box` (x1, y1, x2, y2) of `image` at ONet's 48x48."""
    scale = 48.0 / (box[2:] - box[:2])
    matrix = np.array([[scale[0], 0, -box[0] * scale[0]], [0, scale[1], -box[1] * scale[1]]])
    small = cv2.GaussianBlur(image, (0, 0), 0.8) if scale.min() < 0.6 else image
    return cv2.warpAffine(small, matrix, (48, 48), flags=cv2.INTER_LINEAR).astype(np.float32)


def choose(points: Floats, people: NDArray[np.int32]) -> NDArray[np.int64]:
    """Numbers of the photos to learn from: near-frontal, found, at most MAX_PER_PERSON of one person."""
    eyes, nose, mouth = points[:, :2], points[:, 2], points[:, 3:].mean(1)
    distance = np.linalg.norm(eyes[:, 1] - eyes[:, 0], axis=1)
    middle = eyes.mean(1)
    turn = np.abs(nose[:, 0] - (middle[:, 0] + mouth[:, 0]) / 2) / distance
    tall = np.abs((mouth[:, 1] - middle[:, 1]) / distance - 1.07)
    good = np.nan_to_num(turn, nan=9.0) < 0.14
    good &= (np.nan_to_num(tall, nan=9.0) < 0.25) & (distance > 33)
    kept: list[int] = []
    count: dict[int, int] = {}
    for i in np.flatnonzero(good):
        who = int(people[i])
        if count.get(who, 0) < MAX_PER_PERSON:
            count[who] = count.get(who, 0) + 1
            kept.append(int(i))
    return np.array(kept)


def _similarity(points: Floats) -> NDArray[np.float64]:
    """2x3 similarity that takes both eyes and the mouth's middle nearest to their places in the frame."""
    source = np.stack([points[0], points[1], points[3:].mean(0)])
    target = np.array([LEFT_EYE, RIGHT_EYE, ((LEFT_EYE[0] + RIGHT_EYE[0]) / 2, MOUTH_Y)], np.float32)
    a = source - source.mean(0)
    b = target - target.mean(0)
    c = (a * b).sum() / (a**2).sum()
    s = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / (a**2).sum()
    linear = np.array([[c, -s], [s, c]])
    return np.hstack([linear, (target.mean(0) - linear @ source.mean(0))[:, None]])


def _prior() -> Bytes:
    """GrabCut's start, half size: the face for sure, head and shoulders perhaps, the upper border never."""
    h, w = FRAME_H // 2, FRAME_W // 2
    m = np.full((h, w), cv2.GC_PR_BGD, np.uint8)
    cv2.ellipse(m, (w // 2, 56), (32, 42), 0, 0, 360, int(cv2.GC_PR_FGD), -1)
    cv2.rectangle(m, (w // 2 - 34, 100), (w // 2 + 34, h), int(cv2.GC_PR_FGD), -1)
    cv2.ellipse(m, (w // 2, 62), (20, 26), 0, 0, 360, int(cv2.GC_FGD), -1)
    cv2.rectangle(m, (w // 2 - 12, 100), (w // 2 + 12, h), int(cv2.GC_FGD), -1)
    m[:6] = cv2.GC_BGD
    m[:70, :8] = cv2.GC_BGD
    m[:70, -8:] = cv2.GC_BGD
    return m


def _cut(job: tuple[Path, Floats]) -> tuple[Bytes, Bytes, Floats]:
    path, points = job
    cv2.setNumThreads(1)
    cv2.setRNGSeed(0)
    matrix = _similarity(points)
    image = read_rgb(path)
    face = cv2.warpAffine(
        image, matrix, (FRAME_W, FRAME_H), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    small = cv2.resize(face, (FRAME_W // 2, FRAME_H // 2), interpolation=cv2.INTER_AREA)
    mask = _prior()
    dark = cv2.erode((small.max(2) < 4).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    mask[dark & (mask != cv2.GC_FGD)] = cv2.GC_BGD  # the black corners that funneling leaves
    cv2.grabCut(small, mask, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    person: Bytes = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(person)
    person = (labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())).astype(np.uint8)
    person = cv2.morphologyEx(person, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    moved = (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    return face, person * np.uint8(255), moved


def load(root: Path, cache: Path, jobs: int) -> Aligned:
    """The aligned, cut-out training photos; worked out once and kept under `cache` (about 1.8 GB)."""
    store = cache / "aligned.npz"
    faces_at = cache / "aligned_faces.npy"
    if not store.exists():
        paths = list_images(root)
        folders = {name: i for i, name in enumerate(sorted({p.parent.name for p in paths}))}
        people = np.array([folders[p.parent.name] for p in paths], np.int32)
        points = landmarks(paths)
        kept = choose(points, people)
        cache.mkdir(parents=True, exist_ok=True)
        faces = np.lib.format.open_memmap(faces_at, "w+", np.uint8, (len(kept), FRAME_H, FRAME_W, 3))
        masks = np.empty((len(kept), FRAME_H // 2, FRAME_W // 2), np.uint8)
        moved = np.empty((len(kept), 5, 2), np.float32)
        work = [(paths[i], points[i]) for i in kept]
        with ThreadPoolExecutor(jobs) as pool:
            done = pool.map(_cut, work)
            for i, result in enumerate(tqdm(done, total=len(work), desc="align and cut out", unit="photo")):
                faces[i], masks[i], moved[i] = result
        faces.flush()
        names = np.array([paths[i].stem for i in kept])
        np.savez(store, masks=masks, people=people[kept], names=names, points=moved)
    with np.load(store) as kept_data:
        data = dict(kept_data)
    return Aligned(
        np.load(faces_at, mmap_mode="r"), data["masks"], data["people"], list(data["names"]), data["points"]
    )
