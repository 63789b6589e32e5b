"""MTCNN driven for speed: one pass of the first network over all sizes, batches for the others.

Agrees with the ``mtcnn`` package's own driver (see tests/contracts/test_detector_package.py), but
keeps landmarks as floats, honours any ``min_face`` and handles batches of unequal pictures.
"""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from recognition.decoding import shrink
from recognition.detection import DetectorConfig
from recognition.detection.boxes import shift, square, suppress
from recognition.detection.crops import cut
from recognition.detection.networks import Networks, load
from recognition.detection.pyramid import Sheet, layout
from recognition.models import ModelSpec
from recognition.runtime import Backend
from recognition.types import Box, Face, Floats, Image, check_image

#: What a candidate needs after the first and the second network; the third's is in the configuration.
PROPOSE, REFINE = 0.6, 0.7
#: Who reaches this at the first look needs no second one.
SURE = 0.999
#: Overlap at which the weaker of two boxes goes: within one size, and everywhere else.
SAME_SIZE, ACROSS = 0.5, 0.7
#: Candidates per picture: a busy background must not make a frame take seconds.
MAX_CANDIDATES = 400
#: Pictures that are searched together, and crops that are judged together: they bound the memory.
MAX_GROUP, MAX_CROPS = 16, 128


class Mtcnn:
    """The :class:`recognition.detection.Detector`, on TensorFlow or onnxruntime."""

    def __init__(
        self, spec: ModelSpec, config: DetectorConfig, backend: Backend, threads: int | None = None
    ) -> None:
        self.spec = spec
        self.config = config
        self.backend = backend
        self._threads = threads
        self._lock = threading.Lock()
        self._networks: Networks | None = None

    def detect(self, images: Sequence[Image]) -> list[list[Face]]:
        """See :class:`recognition.detection.Detector`; ``ValueError`` for what is not RGB uint8."""
        small = [shrink(check_image(image), self.config.max_side) for image in images]
        found: list[list[Face]] = []
        for start in range(0, len(images), MAX_GROUP):
            part = slice(start, start + MAX_GROUP)
            for rows, searched, given in zip(
                self._search(small[part]), small[part], images[part], strict=True
            ):
                found.append(self._faces(rows, searched, given))
        return found

    def wander(self, images: Sequence[Image], faces: Sequence[Face]) -> list[float]:
        """See :class:`recognition.detection.Detector`."""
        networks = self._load()
        boxes = [_around(face) for face in faces]
        found: list[float] = []
        for start in range(0, len(images), MAX_GROUP):
            part = slice(start, start + MAX_GROUP)
            for face, rows in zip(
                faces[part], _final_rows(networks, list(images[part]), boxes[part]), strict=True
            ):
                again = rows[:, 5:15].reshape(-1, 2, 5).transpose(0, 2, 1)
                moved = np.linalg.norm(again - face.landmarks, axis=2).mean()
                found.append(float(moved) / max(face.eye_distance, 1.0))
        return found

    def _search(self, images: list[Image]) -> list[Floats]:
        """Pictures of any sizes -> for each, rows of x1, y1, x2, y2, score, five x, five y."""
        networks = self._load()
        boxes = self._refined(networks, images, self._proposed(networks, images))
        return self._finished(networks, images, boxes)

    def _proposed(self, networks: Networks, images: list[Image]) -> list[Floats]:
        boxes = [np.zeros((0, 4), np.float32)] * len(images)
        sizes: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for number, image in enumerate(images):
            sizes[image.shape[:2]].append(number)
        for (height, width), members in sizes.items():
            sheet = layout(height, width, self.config.min_face)
            if sheet is None:
                continue
            maps = networks.propose(np.stack([sheet.fill(images[number]) for number in members]))
            for number, scores, offsets in zip(members, *maps, strict=True):
                boxes[number] = square(_proposals(sheet, scores, offsets))
        return boxes

    def _refined(self, networks: Networks, images: list[Image], boxes: list[Floats]) -> list[Floats]:
        scores, offsets = _judged(networks.refine, cut(images, boxes, 24), outputs=(1, 4))
        moved = shift(np.concatenate(boxes), offsets, extra=1)
        kept = []
        for mine, score in _divided(boxes, moved, scores[:, 0]):
            good = score > _logit(REFINE)
            mine, score = mine[good], score[good]
            kept.append(square(mine[suppress(mine, score, ACROSS)]))
        return kept

    def _finished(self, networks: Networks, images: list[Image], boxes: list[Floats]) -> list[Floats]:
        kept = []
        for mine in _final_rows(networks, images, boxes):
            mine = mine[mine[:, 4] > self.config.confidence]
            mine = mine[(mine[:, 2:4] - mine[:, :2]).min(axis=1, initial=np.inf) >= self.config.min_face]
            kept.append(mine[suppress(mine[:, :4], mine[:, 4], ACROSS, over="smaller")])
        if self.config.second_look:
            kept = self._seen_again(networks, images, kept)
        return [mine[: self.config.max_faces] for mine in kept]

    def _seen_again(self, networks: Networks, images: list[Image], rows: list[Floats]) -> list[Floats]:
        doubtful = [mine[:, 4] < SURE for mine in rows]
        boxes = [square(mine[which, :4]) for mine, which in zip(rows, doubtful, strict=True)]
        seen = []
        for mine, which, again in zip(rows, doubtful, _final_rows(networks, images, boxes), strict=True):
            mine[which, 4] = np.minimum(mine[which, 4], again[:, 4])
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
                self._networks = load(self.spec, self.backend, self._threads)
            return self._networks


def _around(face: Face) -> Floats:
    """Squares (3, 4) around the landmarks: less than the last network usually sees, as much, and more."""
    half = 1.75 * face.eye_distance * np.array([[0.9], [1.0], [1.15]])
    middle = face.landmarks.mean(axis=0)
    return np.concatenate([middle - half, middle + half], axis=1).astype(np.float32)


def _proposals(sheet: Sheet, scores: Floats, offsets: Floats) -> Floats:
    """One picture's boxes (n, 4) after the first network, not yet square."""
    rows, columns = np.nonzero((scores > _logit(PROPOSE)) & (sheet.level_of >= 0))
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


def _final_rows(networks: Networks, images: list[Image], boxes: list[Floats]) -> list[Floats]:
    """The last network on square boxes: rows as :meth:`Mtcnn._search` returns them."""
    flat = np.concatenate(boxes)
    scores, offsets, points = _judged(networks.finish, cut(images, boxes, 48), outputs=(1, 4, 10))
    size = flat[:, 2:] - flat[:, :2] + 1
    corner = flat[:, :2] - 1
    points = points.reshape(-1, 2, 5) * size[:, :, None] + corner[:, :, None]
    moved = shift(flat, offsets, extra=1)
    rows = np.concatenate([moved, 1 / (1 + np.exp(-scores)), points.reshape(-1, 10)], axis=1)
    return [mine for (mine,) in _divided(boxes, rows)]


def _judged(network: Callable[[Image], list[Floats]], crops: Image, outputs: tuple[int, ...]) -> list[Floats]:
    """Each output (n, its length) for any number of crops, also for none."""
    parts = [network(crops[start : start + MAX_CROPS]) for start in range(0, len(crops), MAX_CROPS)]
    empty = np.zeros(0, np.float32)
    return [
        np.concatenate([empty, *(part[number].reshape(-1) for part in parts)]).reshape(-1, length)
        for number, length in enumerate(outputs)
    ]


def _divided(boxes: list[Floats], *values: Floats) -> Iterator[tuple[Floats, ...]]:
    """What was joined over all pictures, picture by picture."""
    ends = np.cumsum([len(mine) for mine in boxes])[:-1]
    return zip(*(np.split(value, ends) for value in values), strict=True)


def _logit(probability: float) -> float:
    return math.log(probability / (1 - probability))
