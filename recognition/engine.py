"""FaceEngine: the one door for callers. Pictures in; faces, their quality and embeddings out."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np

from recognition import usefulness
from recognition.alignment import embedder_chip, upright
from recognition.detection import DetectorConfig, make_detector, patience
from recognition.embedding import Embedder, make_embedder
from recognition.errors import FaceError
from recognition.models import ModelSpec
from recognition.quality import ENROLLMENT, PROBE, QualityLimits, assess
from recognition.runtime import Backend, check_backend, start
from recognition.types import Analysis, Embedding, Face, Floats, Image, check_image

#: A face whose eyes are less than this fraction as far apart as the main face's is background:
#: that person stands at least twice as far from the camera.
BACKGROUND = 0.5
#: Faces smaller than ``min_face`` are looked for down to this size before "no face" is said of an
#: enrollment photo, so that the answer can be "come closer".
TINY_FACE = 16


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """How faces are found, judged and embedded.

    ``min_face``: shortest side of a face's box in pixels, as searched (see ``max_side``).
    ``max_side``: larger images are shrunk to this for detection only. ``confidence``: what the
    detector must reach. ``mirror``: embed the mean of each chip and its mirror image (a quarter
    fewer refusals for twice the embedder's time; vectors of both settings are comparable); an
    embedder's card decides for itself.
    ``backend``: what runs the networks, "tensorflow" or the faster, optional "onnxruntime"; vectors
    of both agree to 1e-5. ``threads``: cores for one operation, ``None`` for all; TensorFlow heeds
    the first engine's.
    ``stability``: judge enrollment photos also by how little embedding and landmarks change when looked at
    again, which says most about whether a photo will match but takes time (:mod:`recognition.usefulness`).
    ``probe`` and ``enrollment``: quality limits of :meth:`FaceEngine.analyse` and
    :meth:`FaceEngine.analyse_photo`.
    """

    min_face: int = 40
    detector: str = "mtcnn"
    embedder: str = "dlib-resnet29"
    max_side: int = 1280
    confidence: float = 0.8
    mirror: bool = True
    stability: bool = False
    backend: Backend = "tensorflow"
    threads: int | None = None
    probe: QualityLimits = field(default=PROBE)
    enrollment: QualityLimits = field(default=ENROLLMENT)


class FaceEngine:
    """Detect, align, assess and embed. Loads models on first use; share one between threads."""

    def __init__(self, config: EngineConfig = EngineConfig()) -> None:
        self.config = config
        seek = DetectorConfig(config.min_face, config.max_side, config.confidence)
        runs_on = check_backend(config.backend), config.threads
        self._detector = make_detector(config.detector, seek, *runs_on)
        self._tiny_detector = make_detector(config.detector, replace(seek, min_face=TINY_FACE), *runs_on)
        self._use(make_embedder(config.embedder, *runs_on))

    def _use(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.spec: ModelSpec = embedder.spec
        self.model: str = self.spec.key
        self.dimension: int = self.spec.dimension

    def with_embedder(self, name: str) -> FaceEngine:
        """The same engine, its detector shared, with another embedder. Raises as ``make_embedder``."""
        twin = copy(self)
        twin.config = replace(self.config, embedder=name)
        twin._use(make_embedder(name, self.config.backend, self.config.threads))
        return twin

    def warm_up(self, *shapes: tuple[int, int]) -> None:
        """Load the models and run them once for these (height, width), (480, 640) by default."""
        start(self.config.backend, self.config.threads)
        for height, width in shapes or ((480, 640),):
            self._detector.detect([np.zeros((height, width, 3), np.uint8)])
        self._embedder.warm_up()

    def analyse(
        self,
        images: Sequence[Image],
        *,
        embed: bool = True,
        largest: int | None = None,
        patient: bool = False,
    ) -> list[list[Analysis]]:
        """For each RGB uint8 image its faces, large and central ones first; none is ``[]``.

        ``embed=False`` leaves embeddings out. ``largest``: keep only that many faces per image.
        ``patient``: look twice before saying that there is none, as a photo deserves but not a camera's
        frame (:mod:`recognition.detection.patience`).
        Quality is judged by ``config.probe``; ``face.several`` never appears here.
        Raises ``ValueError`` for an array that is not RGB uint8, ``ModelError`` for bad weights.
        """
        start(self.config.backend, self.config.threads)
        faces = [
            sorted(found, key=lambda face: -prominence(face, image))[:largest]
            for image, found in zip(images, self._find(images, patient), strict=True)
        ]
        vectors = iter(self._embeddings(self._chips(images, faces)) if embed else ())
        return [
            [
                Analysis(face, assess(image, face, limits=self.config.probe), next(vectors, None))
                for face in found
            ]
            for image, found in zip(images, faces, strict=True)
        ]

    def _find(self, images: Sequence[Image], patient: bool) -> list[list[Face]]:
        if patient:
            return patience.find(self._detector, images, self.config.max_side)
        return self._detector.detect(images)

    def analyse_photo(self, image: Image) -> Analysis:
        """The one face of an enrollment photo, with embedding, judged by ``config.enrollment``.

        Faces in the background (eyes less than half as far apart as the main face's) are ignored,
        and so is what may not be a face (confidence below ``config.enrollment.min_confidence``).
        Raises :class:`FaceError` ``face.not_found`` or ``face.several``. A face that is too small
        is no error: it comes back with ``face.too_small`` among its quality codes.
        """
        (result,) = self.analyse_photos([image])
        if isinstance(result, FaceError):
            raise result
        return result

    def analyse_photos(self, images: Sequence[Image]) -> list[Analysis | FaceError]:
        """As :meth:`analyse_photo` for each RGB uint8 image, in their order, but errors are returned.

        The networks see many faces at once, which takes half the time of one photo after the other.
        """
        start(self.config.backend, self.config.threads)
        if self.config.threads == 1 or len(images) < 4:
            return self._photos(images)
        # Much of the work is not in the networks and runs on one core; two halves keep two busy.
        half = len(images) // 2
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(self._photos, (images[:half], images[half:]))
        return first + second

    def _photos(self, images: Sequence[Image]) -> list[Analysis | FaceError]:
        found = self._find(images, patient=True)
        blank = [number for number, faces in enumerate(found) if not faces]
        tiny = self._tiny_detector.detect([images[number] for number in blank])
        for number, faces in zip(blank, tiny, strict=True):
            found[number] = faces
        chosen = [self._the_one(faces, image) for faces, image in zip(found, images, strict=True)]
        single = [(image, one) for image, one in zip(images, chosen, strict=True) if isinstance(one, Face)]
        analysed = iter(self._analysed(*map(list, zip(*single, strict=True))) if single else ())
        return [next(analysed) if isinstance(one, Face) else one for one in chosen]

    def _analysed(self, images: list[Image], faces: list[Face]) -> list[Analysis]:
        """One face of each photo."""
        chips = self._chips(images, [[face] for face in faces])
        limits = self.config.enrollment
        if self.config.stability and usefulness.judges(self.model):
            embeddings, more = self._with_steadiness(images, faces, chips)
        else:
            embeddings, more = self._embeddings(chips), [{}] * len(faces)
        return [
            Analysis(face, assess(image, face, limits=limits, more=extra, model=self.model), embedding)
            for image, face, embedding, extra in zip(images, faces, embeddings, more, strict=True)
        ]

    def _with_steadiness(
        self, images: list[Image], faces: list[Face], chips: list[Image]
    ) -> tuple[list[Embedding], list[dict[str, float]]]:
        """Embeddings, and the measures behind :data:`recognition.usefulness.STEADY`."""
        # One batch of everything. The mirror image belongs to the embedding only.
        own = 2 if self.config.mirror else 1
        sets = [np.concatenate([[chip, chip[:, ::-1]][:own], usefulness.changed(chip)]) for chip in chips]
        vectors = self._embedder.embed(np.concatenate(sets)).reshape(len(chips), -1, self.dimension)
        stable = [usefulness.stability(np.delete(mine, range(1, own), axis=0)) for mine in vectors]
        return (
            [Embedding(mean, self.model) for mean in _unit(vectors[:, :own].sum(axis=1))],
            [
                {"stability": stability, "wander": wander}
                for stability, wander in zip(stable, self._detector.wander(images, faces), strict=True)
            ],
        )

    def _the_one(self, found: list[Face], image: Image) -> Face | FaceError:
        if not found:
            return FaceError(code="face.not_found")
        main, *rest = sorted(found, key=lambda face: -prominence(face, image))
        certain = self.config.enrollment.min_confidence
        nearest = [
            face
            for face in rest
            if face.eye_distance >= BACKGROUND * main.eye_distance and face.confidence >= certain
        ]
        if nearest:
            return FaceError(
                f"There are {len(nearest) + 1} faces in the picture. Only one person may be in it.",
                code="face.several",
            )
        return main

    def embed(self, image: Image, faces: Sequence[Face]) -> list[Embedding]:
        """The embeddings of faces found before in this RGB uint8 image, in their order."""
        start(self.config.backend, self.config.threads)
        return self._embeddings(self._chips([check_image(image)], [faces]))

    def chip(self, image: Image, face: Face, size: int = 224) -> Image:
        """The upright face, eyes at fixed places, for people to look at: uint8 (size, size, 3)."""
        return upright(image, face.landmarks, size)

    def _chips(self, images: Sequence[Image], faces: Sequence[Sequence[Face]]) -> list[Image]:
        size = self.spec.input_size
        assert size is not None  # every embedder has one
        return [
            embedder_chip(image, face.landmarks, self.spec.template, size[0])
            for image, found in zip(images, faces, strict=True)
            for face in found
        ]

    def _embeddings(self, chips: list[Image]) -> list[Embedding]:
        if not chips:
            return []
        stack = np.stack(chips)
        if self.config.mirror and self.spec.preprocessing is None:  # a card says so itself
            # One batch of both: two small batches would take longer.
            both = self._embedder.embed(np.concatenate([stack, stack[:, :, ::-1]]))
            vectors = _unit(both[: len(chips)] + both[len(chips) :])
        else:
            vectors = self._embedder.embed(stack)
        return [Embedding(vector, self.model) for vector in vectors]


def prominence(face: Face, image: Image) -> float:
    """Size times centrality times certainty, in pixels: who stands before the camera scores highest.

    A face in the image's corner counts half of what it would in the middle, one of confidence 0.96
    half of a certain one: what the detector takes for a face by mistake is often large.
    """
    height, width = image.shape[:2]
    x, y = face.box.center
    away = float(np.hypot((x - width / 2) / (width / 2), (y - height / 2) / (height / 2)))
    return float(np.sqrt(face.box.area)) * (1 - 0.5 * min(1.0, away / np.sqrt(2))) * face.confidence**16


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
