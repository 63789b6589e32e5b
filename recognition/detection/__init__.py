"""Faces in pictures. Backends satisfy :class:`Detector` and are made by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from recognition.models import get_spec
from recognition.runtime import Backend
from recognition.types import Face, Image


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """What every detector is told.

    ``min_face``: shortest side of the smallest box to report, in pixels of the picture that is
    searched. ``max_side``: larger pictures are shrunk to this for the search only; boxes and
    landmarks come back in the coordinates of the given image. ``confidence``: what a face needs
    at the end. ``max_faces``: per image, the most confident ones. ``second_look``: show every face
    found to the last network once more, in its final box, and take the lower confidence. Hands and
    folds of clothes that passed by luck seldom pass twice (in 266 webcam frames it left one of
    four), faces do.
    """

    min_face: int = 40
    max_side: int = 1280
    confidence: float = 0.8
    max_faces: int = 64
    second_look: bool = True

    def __post_init__(self) -> None:
        if self.min_face < 12 or self.max_side < 64 or not 0 < self.confidence < 1 or self.max_faces < 1:
            raise ValueError(f"not a sensible detector configuration: {self}")


class Detector(Protocol):
    """A face detector."""

    def detect(self, images: Sequence[Image]) -> list[list[Face]]:
        """For each RGB uint8 image its faces, most confident first; none is ``[]``.

        Boxes are clipped to the image, landmarks are sub-pixel floats. Loads the weights on first
        use; safe to call from several threads.
        """
        ...

    def wander(self, images: Sequence[Image], faces: Sequence[Face]) -> list[float]:
        """For one face found in each image: how far its landmarks move on average, in eye distances, when
        looked for again in cut-outs of three sizes around them. What is sure stays; it tells of poor light,
        hands and profiles.
        """
        ...


def make_detector(
    name: str, config: DetectorConfig, backend: Backend = "tensorflow", threads: int | None = None
) -> Detector:
    """The detector called ``name``; nothing heavy is imported before its first use.

    ``threads``: cores for one operation on onnxruntime, ``None`` for all; TensorFlow's are fixed by
    :func:`recognition.runtime.start_tensorflow`.

    Raises :class:`recognition.errors.ModelError` ``model.unknown`` with the names that exist.
    """
    spec = get_spec(name, "detector")
    from recognition.detection.mtcnn import Mtcnn  # the registry holds this family only

    return Mtcnn(spec, config, backend, threads)
