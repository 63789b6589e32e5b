"""The same picture again is known however it was changed; another picture is not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from recognition import copies
from recognition.copies import changes, fingerprint, is_copy, likeness, readable
from recognition.types import Box, Face, Image

EYES_AND_MOUTH = np.array([[85, 90], [145, 90], [115, 125], [92, 160], [138, 160]], np.float32)


def scene(seed: int) -> Image:
    """Blobs of light and shade, 240 x 240: a picture with structure of every size."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(rng.uniform(-1, 1, (n, n)), (240, 240), interpolation=cv2.INTER_CUBIC) for n in (3, 7, 20)
    ]
    gray = np.clip(120 + 40 * layers[0] + 30 * layers[1] + 20 * layers[2], 0, 255)
    return np.repeat(gray[..., None], 3, axis=2).astype(np.uint8)


def scaled(image: Image, factor: float) -> tuple[Image, np.ndarray]:
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), (EYES_AND_MOUTH * factor).astype(np.float32)


def mirrored(image: Image) -> tuple[Image, np.ndarray]:
    points = EYES_AND_MOUTH[[1, 0, 2, 4, 3]] * (-1, 1) + (image.shape[1] - 1, 0)
    return np.ascontiguousarray(image[:, ::-1]), points.astype(np.float32)


def test_a_fingerprint_is_small_and_says_its_version() -> None:
    data = fingerprint(scene(1), EYES_AND_MOUTH)
    assert len(data) == copies.SIZE <= 512
    assert data[0] == copies.VERSION
    assert readable(data)
    assert data == fingerprint(scene(1), EYES_AND_MOUTH)
    later = bytes([copies.VERSION + 1]) + data[1:]
    for bad in (b"", data[:-1], later):
        assert not readable(bad)
        with pytest.raises(ValueError, match="fingerprint"):
            likeness(data, bad)


def test_every_kind_of_copy_is_known_and_another_picture_is_not() -> None:
    image = scene(1)
    base = fingerprint(image, EYES_AND_MOUTH)
    jitter = np.random.default_rng(3).normal(0, 0.8, (5, 2)).astype(np.float32)
    bright = np.clip(image * 1.25 + 10, 0, 255).astype(np.uint8)
    for changed, points in (
        (image, EYES_AND_MOUTH),
        (image, EYES_AND_MOUTH + jitter),
        scaled(image, 0.6),
        (image[30:220, 20:230], EYES_AND_MOUTH - np.float32([20, 30])),
        (bright, EYES_AND_MOUTH),
        mirrored(image),
    ):
        assert is_copy(base, fingerprint(np.ascontiguousarray(changed), points), 0.1)
    for seed in range(2, 12):
        assert not is_copy(base, fingerprint(scene(seed), EYES_AND_MOUTH), 0.1)


def test_a_flip_is_noticed() -> None:
    base = fingerprint(scene(1), EYES_AND_MOUTH)
    assert not likeness(base, base).mirrored
    found = likeness(base, fingerprint(*mirrored(scene(1))))
    assert found.mirrored
    assert found.detail > 0.9


def test_faces_that_are_far_apart_are_no_copies_and_a_doubt_needs_more_agreement() -> None:
    image = scene(1)
    noise = np.random.default_rng(5).normal(0, 22, (40, 40, 1))
    noise = cv2.resize(noise, (240, 240), interpolation=cv2.INTER_LINEAR)[..., None]
    base = fingerprint(image, EYES_AND_MOUTH)
    other = fingerprint(np.clip(image + noise, 0, 255).astype(np.uint8), EYES_AND_MOUTH)
    assert is_copy(base, base, 0.2)
    assert not is_copy(base, base, 0.5)
    assert is_copy(base, other, 0.1)
    assert not is_copy(base, other, 0.2)


def test_what_was_done_to_a_copy_is_named() -> None:
    def face(points: np.ndarray) -> Face:
        return Face(Box(60, 60, 110, 130), points.astype(np.float32), 0.99)

    image = scene(1)
    base = (image, face(EYES_AND_MOUTH))
    small, points = scaled(image, 0.6)
    flipped, flipped_points = mirrored(image)
    cut = np.ascontiguousarray(image[30:220, 20:230])
    dark = (image * 0.7).astype(np.uint8)
    assert changes(base, base) == ()
    assert changes(base, (small, face(points))) == ("resized",)
    assert changes(base, (flipped, face(flipped_points))) == ("mirrored",)
    assert changes(base, (cut, face(EYES_AND_MOUTH - np.float32([20, 30])))) == ("cut",)
    assert changes(base, (dark, base[1])) == ("darkened",)
    assert changes((dark, base[1]), base) == ("brightened",)


def test_burnt_out_light_does_not_hide_a_copy() -> None:
    image = scene(1)
    glaring = np.clip(image * 1.5 + 25, 0, 255).astype(np.uint8)
    assert (glaring == 255).mean() > 0.05
    base, other = fingerprint(image, EYES_AND_MOUTH), fingerprint(glaring, EYES_AND_MOUTH)
    assert is_copy(base, other, 0.1)
