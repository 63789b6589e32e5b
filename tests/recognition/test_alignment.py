"""Chips: where the landmarks land, what a similarity may do, and what shrinking must not do."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.alignment import (
    DLIB_FACE,
    EMBEDDER_SIZE,
    EYES_AT,
    embedder_chip,
    eye_similarity,
    similarity,
    upright,
    warp,
)

angles = st.floats(-3.1, 3.1)
scales = st.floats(0.05, 20)
places = st.floats(-2000, 2000)


def matrix(angle: float, scale: float, x: float, y: float) -> np.ndarray:
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cos, -sin, x], [sin, cos, y]])


def apply(transform: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ transform[:, :2].T + transform[:, 2]


@given(angles, scales, places, places)
def test_similarity_is_recovered_exactly(angle: float, scale: float, x: float, y: float) -> None:
    source = DLIB_FACE.astype(np.float64) * 100
    target = apply(matrix(angle, scale, x, y), source)
    found = similarity(source, target)
    assert np.allclose(apply(found, source), target, atol=1e-3 * (1 + scale + abs(x) + abs(y)))


@given(angles, scales, st.integers(0, 10_000))
def test_similarity_never_shears_or_mirrors(angle: float, scale: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    source = rng.normal(0, 50, (5, 2))
    target = apply(matrix(angle, scale, 0, 0), source) + rng.normal(0, 5, (5, 2))
    (a, b), (c, d) = similarity(source, target)[:, :2]
    assert np.isclose(a, d)
    assert np.isclose(b, -c)
    assert a * d - b * c > 0


def test_similarity_is_the_least_squares_one() -> None:
    rng = np.random.default_rng(3)
    source = rng.normal(0, 40, (5, 2))
    target = source * 1.3 + rng.normal(0, 6, (5, 2))
    best = similarity(source, target)
    error = ((apply(best, source) - target) ** 2).sum()
    for _ in range(200):
        nudge = matrix(rng.normal(0, 0.02), np.exp(rng.normal(0, 0.02)), *rng.normal(0, 0.5, 2))
        other = apply(nudge, apply(best, source))
        assert ((other - target) ** 2).sum() >= error - 1e-3


def test_coinciding_points_are_refused() -> None:
    with pytest.raises(ValueError, match="coincide"):
        similarity(np.ones((5, 2), np.float32), DLIB_FACE)
    with pytest.raises(ValueError, match="coincide"):
        eye_similarity(np.ones(2, np.float32), np.ones(2, np.float32), 224)


@given(places, places, places, places, st.sampled_from([96, 112, 224, 300]))
def test_eyes_land_at_their_places(x1: float, y1: float, x2: float, y2: float, size: int) -> None:
    left, right = np.array([x1, y1]), np.array([x2, y2])
    if np.hypot(*(right - left)) < 1:
        return
    found = eye_similarity(left, right, size)
    wanted = np.array(EYES_AT) * size
    assert np.allclose(apply(found.astype(np.float64), np.stack([left, right])), wanted, atol=0.05)


def dots(landmarks: np.ndarray, size: int, radius: int) -> np.ndarray:
    image = np.full((size, size, 3), 40, np.uint8)
    for number, (x, y) in enumerate(landmarks):
        color = [0, 0, 0]
        color[number % 3] = 255
        place = round(float(x) * 16), round(float(y) * 16)
        cv2.circle(image, place, radius * 16, color, -1, lineType=cv2.LINE_AA, shift=4)
    return image


@pytest.mark.parametrize(("size", "radius"), [(120, 2), (300, 3), (1000, 8), (4000, 30)])
@pytest.mark.parametrize("angle", [0, 0.4, -1.2, 3.0])
def test_landmarks_land_on_the_template(size: int, radius: int, angle: float) -> None:
    center = size / 2
    template = (DLIB_FACE - 0.5) * size * 0.5
    landmarks = apply(matrix(angle, 1, center, center), template.astype(np.float64)).astype(np.float32)
    chip = embedder_chip(dots(landmarks, size, radius), landmarks)
    assert chip.shape == (EMBEDDER_SIZE, EMBEDDER_SIZE, 3)
    wanted = (DLIB_FACE + 0.25) / 1.5 * EMBEDDER_SIZE
    for number, (x, y) in enumerate(wanted):
        around = chip[int(y) - 12 : int(y) + 13, int(x) - 12 : int(x) + 13, number % 3].astype(float)
        weight = np.clip(around - 60, 0, None)
        rows, columns = np.mgrid[:25, :25]
        found = (columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum()
        assert np.hypot(found[0] + int(x) - 12 - x, found[1] + int(y) - 12 - y) < 0.8


def test_shrinking_averages_instead_of_skipping() -> None:
    stripes = np.zeros((1600, 1600, 3), np.uint8)
    stripes[:, ::2] = 255
    transform = np.array([[0.1, 0, 0], [0, 0.1, 0]], np.float32)
    chip = warp(stripes, transform, 150, cv2.BORDER_CONSTANT)
    assert np.abs(chip[5:-5, 5:-5].astype(int) - 127).max() <= 20


def test_shrinking_keeps_the_place() -> None:
    ramp = np.tile(np.linspace(0, 255, 2000), (1200, 1)).astype(np.uint8)
    image = np.repeat(ramp[..., None], 3, axis=2)
    transform = np.array([[0.07, 0, -3.3], [0, 0.07, 4.1]], np.float32)
    chip = warp(image, transform, 100, cv2.BORDER_CONSTANT)
    columns = np.arange(10, 90)
    assert np.abs(chip[50, 10:90, 0] - (columns + 3.3) / 0.07 * 255 / 1999).max() < 1.5


def test_people_see_their_whole_border_the_embedder_sees_black() -> None:
    white = np.full((100, 100, 3), 255, np.uint8)
    landmarks = (DLIB_FACE * 40).astype(np.float32)  # in the very corner
    assert upright(white, landmarks).min() == 255
    chip = embedder_chip(white, landmarks)
    assert chip[0, 0].tolist() == [0, 0, 0]
    assert chip[75, 75].tolist() == [255, 255, 255]


def test_a_face_far_outside_the_picture_is_blank_not_an_error() -> None:
    image = np.full((60, 60, 3), 200, np.uint8)
    assert embedder_chip(image, DLIB_FACE * 4000 + 90_000).max() == 0
