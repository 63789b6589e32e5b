"""MTCNN driven for speed: one pass of the first network over all sizes, batches for the others.

Agrees with the ``mtcnn`` package's own driver (see tests/contracts/test_detector_package.py), but
keeps landmarks as floats, honours any ``min_face`` and handles batches of unequal pictures.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from recognition.decoding import shrink
from recognition.detection import DetectorConfig
from recognition.detection.boxes import shift, square, suppress
from recognition.detection.networks import Networks, load
from recognition.detection.pyramid import Sheet, layout
from recognition.models import ModelSpec
from recognition.types import Box, Face, Floats, Image, check_image

#: What a candidate needs after the first and the second network; the third's is in the configuration.
PROPOSE, REFINE = 0.6, 0.7
#: Overlap at which the weaker of two boxes goes: within one size, and everywhere else.
SAME_SIZE, ACROSS = 0.5, 0.7
#: Candidates per picture: a busy background must not make a frame take seconds.
MAX_CANDIDATES = 400
#: Pictures of one size that are searched together; bounds the memory of a large batch.
MAX_GROUP = 16


class Mtcnn:
    """The :class:`recognition.detection.Detector` on TensorFlow."""

    def __init__(self, spec: ModelSpec, config: DetectorConfig) -> None:
        self.spec = spec
        self.config = config
        self._lock = threading.Lock()
        self._networks: Networks | None = None

    def detect(self, images: Sequence[Image]) -> list[list[Face]]:
        """See :class:`recognition.detection.Detector`; ``ValueError`` for what is not RGB uint8."""
        groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
        small = [shrink(check_image(image), self.config.max_side) for image in images]
        for number, image in enumerate(small):
            groups[image.shape].append(number)
        found: list[list[Face]] = [[] for _ in images]
        for members in groups.values():
            for start in range(0, len(members), MAX_GROUP):
                part = members[start : start + MAX_GROUP]
                for number, rows in zip(part, self._search(np.stack([small[n] for n in part])), strict=True):
                    found[number] = self._faces(rows, small[number], images[number])
        return found

    def _search(self, images: Image) -> list[Floats]:
        """uint8 (b, h, w, 3) -> per picture rows of x1, y1, x2, y2, score, five x, five y."""
        sheet = layout(*images.shape[1:3], self.config.min_face)
        if sheet is None:
            return [np.zeros((0, 15), np.float32)] * len(images)
        networks = self._load()
        scores, offsets = networks.propose(np.stack([sheet.fill(image) for image in images]))
        boxes = [square(_proposals(sheet, *maps)) for maps in zip(scores, offsets, strict=True)]
        boxes = self._refined(networks, images, boxes)
        return self._finished(networks, images, boxes)

    def _refined(self, networks: Networks, images: Image, boxes: list[Floats]) -> list[Floats]:
        flat, which = _joined(boxes)
        scores, offsets = _on_crops(networks.refine, images, flat, which)
        moved = shift(flat, offsets, extra=1)
        kept = []
        for number in range(len(images)):
            mine = np.flatnonzero((which == number) & (scores > REFINE))
            mine = mine[suppress(moved[mine], scores[mine], ACROSS)]
            kept.append(square(moved[mine]))
        return kept

    def _finished(self, networks: Networks, images: Image, boxes: list[Floats]) -> list[Floats]:
        rows, which = _final_rows(networks, images, boxes)
        kept = []
        for number in range(len(images)):
            mine = rows[(which == number) & (rows[:, 4] > self.config.confidence)]
            mine = mine[(mine[:, 2:4] - mine[:, :2]).min(axis=1, initial=np.inf) >= self.config.min_face]
            kept.append(mine[suppress(mine[:, :4], mine[:, 4], ACROSS, over="smaller")])
        if self.config.second_look:
            kept = self._seen_again(networks, images, kept)
        return [mine[: self.config.max_faces] for mine in kept]

    def _seen_again(self, networks: Networks, images: Image, rows: list[Floats]) -> list[Floats]:
        again, which = _final_rows(networks, images, [square(mine[:, :4]) for mine in rows])
        seen = []
        for number, mine in enumerate(rows):
            mine[:, 4] = np.minimum(mine[:, 4], again[which == number, 4])
            mine = mine[mine[:, 4] > self.config.confidence]
            seen.append(mine[np.argsort(-mine[:, 4], kind="stable")])
        return seen

    def _faces(self, rows: Floats, searched: Image, given: Image) -> list[Face]:
        height, width = given.shape[:2]
        scale = np.array([width / searched.shape[1], height / searched.shape[0]], np.float32)
        faces = []
        for row in rows:
            x1, y1, x2, y2 = np.clip(row[:4] * np.tile(scale, 2), 0, (width, height, width, height))
            landmarks = row[5:15].reshape(2, 5).T * scale
            apart = float(np.linalg.norm(landmarks[1] - landmarks[0]))
            # Never seen, but cheap to exclude: nothing later can align a face whose eyes coincide.
            if x2 - x1 >= 1 and y2 - y1 >= 1 and apart >= 1:
                box = Box(float(x1), float(y1), float(x2 - x1), float(y2 - y1))
                faces.append(Face(box, np.ascontiguousarray(landmarks, np.float32), float(row[4])))
        return faces

    def _load(self) -> Networks:
        with self._lock:
            if self._networks is None:
                self._networks = load(self.spec)
            return self._networks


def _proposals(sheet: Sheet, scores: Floats, offsets: Floats) -> Floats:
    """One picture's boxes (n, 4) after the first network, not yet square."""
    rows, columns = np.nonzero((scores > PROPOSE) & (sheet.level_of >= 0))
    best = scores[rows, columns]
    if len(best) > 4 * MAX_CANDIDATES:
        top = np.argpartition(-best, 4 * MAX_CANDIDATES)[: 4 * MAX_CANDIDATES]
        rows, columns, best = rows[top], columns[top], best[top]
    windows, levels = sheet.windows(rows, columns)
    boxes = shift(windows, offsets[rows, columns], extra=0)
    # Boxes of different levels are moved apart, so that one call compares within levels only.
    apart = boxes + (levels * 1e5)[:, None]
    kept = suppress(apart, best, SAME_SIZE)
    kept = kept[suppress(boxes[kept], best[kept], ACROSS)]
    return boxes[kept[:MAX_CANDIDATES]]


def _final_rows(networks: Networks, images: Image, boxes: list[Floats]) -> tuple[Floats, Any]:
    """The last network on square boxes: rows as :meth:`Mtcnn._search` returns them, and their picture."""
    flat, which = _joined(boxes)
    scores, offsets, points = _on_crops(networks.finish, images, flat, which)
    size = flat[:, 2:] - flat[:, :2] + 1
    corner = flat[:, :2] - 1
    points = points.reshape(-1, 2, 5) * size[:, :, None] + corner[:, :, None]
    moved = shift(flat, offsets, extra=1)
    return np.concatenate([moved, scores[:, None], points.reshape(-1, 10)], axis=1), which


def _joined(boxes: list[Floats]) -> tuple[Floats, Any]:
    which = np.repeat(np.arange(len(boxes), dtype=np.int32), [len(mine) for mine in boxes])
    return np.concatenate(boxes).astype(np.float32), which


def _on_crops(network: Any, images: Image, boxes: Floats, which: Any) -> list[Floats]:
    """Run a network on the boxes' crops, padded to a power of two so that buffers are reused."""
    height, width = images.shape[1:3]
    count = len(boxes)
    size = 1 << max(0, count - 1).bit_length()
    padded = np.zeros((size, 4), np.float32)
    padded[:count] = boxes[:, [1, 0, 3, 2]] / np.array([height, width, height, width], np.float32)
    indices = np.zeros(size, np.int32)
    indices[:count] = which
    return [out[:count] for out in network(images, padded, indices)]
