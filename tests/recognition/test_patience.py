"""Photos in which no face is found are looked at once more, at another size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from recognition.detection import patience
from recognition.engine import EngineConfig, FaceEngine
from recognition.models import ModelSpec
from recognition.types import Box, Face, Image

_MAX_SIDE = 640


class OnlyAt:
    """Finds a face in the picture's middle half, but only in pictures of these widths."""

    spec: ModelSpec

    def __init__(self, *widths: int) -> None:
        self.widths = widths
        self.asked: list[list[int]] = []

    def detect(self, images: Sequence[Image]) -> list[list[Face]]:
        self.asked.append([image.shape[1] for image in images])
        return [[_face(image)] if image.shape[1] in self.widths else [] for image in images]


def _face(image: Image) -> Face:
    height, width = image.shape[:2]
    landmarks = np.array([[0.4, 0.4], [0.6, 0.4], [0.5, 0.5], [0.4, 0.6], [0.6, 0.6]]) * (width, height)
    box = Box(width / 4, height / 4, width / 2, height / 2)
    return Face(box, landmarks.astype(np.float32), 0.99)


def blank(width: int, height: int = 300) -> Image:
    return np.zeros((height, width, 3), np.uint8)


@pytest.mark.parametrize(("width", "other"), [(400, 480), (600, 500), (1280, 533)])
def test_a_face_found_at_the_second_try_is_where_it_is_in_the_photo(width: int, other: int) -> None:
    photo = blank(width)
    ((face,),) = patience.find(OnlyAt(other), [photo], _MAX_SIDE)
    wanted = _face(photo)
    assert face.box == pytest.approx(wanted.box, abs=1)
    assert face.landmarks == pytest.approx(wanted.landmarks, abs=1)
    assert face.landmarks.dtype == np.float32


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1)])
def test_pictures_that_are_hardly_any_have_no_face(shape: tuple[int, int]) -> None:
    assert patience.find(OnlyAt(), [blank(*shape)], _MAX_SIDE) == [[]]


def test_only_pictures_without_a_face_are_looked_at_again() -> None:
    detector = OnlyAt(400)
    found = patience.find(detector, [blank(400), blank(200)], _MAX_SIDE)
    assert [len(faces) for faces in found] == [1, 0]
    assert detector.asked == [[400, 200], [240]]


def test_frames_are_not_looked_at_again_unless_asked() -> None:
    engine = FaceEngine(EngineConfig(max_side=_MAX_SIDE))
    engine._detector = detector = OnlyAt()
    assert engine.analyse([blank(400)], embed=False) == [[]]
    assert detector.asked == [[400]]
    assert engine.analyse([blank(400)], embed=False, patient=True) == [[]]
    assert detector.asked[1:] == [[400], [480]]
