"""Following a face by its pixels: textures that move in known ways."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from recognition.tracking.flow import follow
from recognition.types import Box, Face, Floats, Image

SIZE = (480, 640)
MIDDLE = np.array([320.0, 240.0])
FACE = Face(
    Box(280, 190, 80, 100),
    np.array([[303, 225], [337, 225], [320, 245], [306, 265], [334, 265]], np.float32),
    0.99,
)


def texture(seed: int, sigma: float = 3.0) -> Image:
    """Smooth random colour over a whole picture."""
    noise = np.random.default_rng(seed).normal(0, 1, (*SIZE, 3))
    soft = cv2.GaussianBlur(noise, (0, 0), sigma)
    return np.clip(128 + 45 * soft / soft.std(), 0, 255).astype(np.uint8)


def moved(image: Image, matrix: Floats) -> Image:
    return np.asarray(cv2.warpAffine(image, matrix, SIZE[::-1], borderMode=cv2.BORDER_REFLECT), np.uint8)


def motion(dx: float, dy: float, *, turn: float = 0.0, growth: float = 1.0) -> Floats:
    """The (2, 3) matrix: ``turn`` degrees and ``growth`` about the picture's middle, then a shift."""
    matrix = cv2.getRotationMatrix2D((320.0, 240.0), turn, growth)
    matrix[:, 2] += dx, dy
    return np.asarray(matrix, np.float32)


@pytest.mark.parametrize(
    "matrix",
    [
        motion(0, 0),
        motion(0.4, -0.3),
        motion(9, 5),
        motion(-17, 3),
        motion(3, 2, turn=6),
        motion(-4, 1, growth=1.08),
        motion(2, -6, turn=-5, growth=0.93),
    ],
    ids=["still", "less than a pixel", "walking", "quick", "turning", "nearer", "all at once"],
)
def test_a_face_is_where_its_pixels_went(matrix: Floats) -> None:
    image = texture(1)
    step = follow(image, moved(image, matrix), FACE)
    assert step is not None
    expected = FACE.landmarks @ matrix[:, :2].T + matrix[:, 2]
    off = np.linalg.norm(step.face.landmarks - expected, axis=1)
    assert off.max() < 0.02 * FACE.eye_distance
    x, y = matrix[:, :2] @ MIDDLE + matrix[:, 2]
    assert step.face.box.center == pytest.approx((x, y), abs=0.7)
    assert step.face.box.area == pytest.approx(FACE.box.area * np.linalg.det(matrix[:, :2]), rel=0.02)
    assert step.motion == pytest.approx(np.hypot(x - 320, y - 240) / np.sqrt(8000), abs=0.02)
    assert step.face.confidence == FACE.confidence


def test_a_face_near_the_border_is_followed_too() -> None:
    image = texture(2)
    face = Face(Box(-10, 5, 80, 100), FACE.landmarks - np.float32([290, 185]), 0.99)
    step = follow(image, moved(image, motion(4, 6)), face)
    assert step is not None
    np.testing.assert_allclose(step.face.landmarks, face.landmarks + np.float32([4, 6]), atol=0.5)


def test_a_hand_that_moves_over_part_of_a_face_does_not_carry_it_along() -> None:
    image = texture(3)
    after = moved(image, motion(2, 0))
    after[250:300, 270:320] = moved(texture(4), motion(30, 10))[250:300, 270:320]
    step = follow(image, after, FACE)
    assert step is not None
    np.testing.assert_allclose(step.face.landmarks, FACE.landmarks + np.float32([2, 0]), atol=0.7)


@pytest.mark.parametrize(
    "after",
    [texture(9), np.full((*SIZE, 3), 90, np.uint8), moved(texture(1), motion(150, 0))],
    ids=["another picture", "covered", "far away"],
)
def test_what_cannot_be_followed_is_lost(after: Image) -> None:
    assert follow(texture(1), after, FACE) is None


def test_a_face_that_has_left_the_picture_is_lost() -> None:
    image = texture(5)
    gone = Face(Box(-70, 190, 80, 100), FACE.landmarks - np.float32([350, 0]), 0.99)
    assert follow(image, image, gone) is None


def test_a_large_face_is_followed_as_well() -> None:
    image = texture(6, sigma=12)
    landmarks = ((FACE.landmarks - MIDDLE) * 5 + MIDDLE).astype(np.float32)
    large = Face(Box(120, 20, 400, 440), landmarks, 0.99)
    step = follow(image, moved(image, motion(25, -10)), large)
    assert step is not None
    off = np.linalg.norm(step.face.landmarks - large.landmarks - (25, -10), axis=1)
    assert off.max() < 0.02 * large.eye_distance
