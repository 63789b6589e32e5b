"""The emotion network in use: which faces it is shown, and what it answers."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from recognition.emotion import inference, stored
from recognition.emotion.crop import MIDDLE, SIZE, face_crop, whole_crop
from recognition.emotion.inference import EmotionNetwork, Reading, load
from recognition.emotion.labels import EMOTIONS
from recognition.types import Box, Face, Floats, Image
from tests.support.emotions import grey, shades_network


def test_a_trained_folder_names_every_emotion(shades: Path) -> None:
    network = load(shades)
    assert network.name == "shades"
    found = network.probabilities(grey(*EMOTIONS))
    assert (found.dtype, found.shape) == (np.float32, (7, 7))
    assert found.argmax(axis=1).tolist() == list(range(7))
    assert found.sum(axis=1) == pytest.approx(np.ones(7), abs=1e-5)


def test_architecture_and_weights_apart_are_the_same_network(tmp_path: Path, shades: Path) -> None:
    apart = shades_network(tmp_path / "apart", keras_file=False)
    faces = np.random.default_rng(0).random((5, 48, 48), np.float32)
    assert np.allclose(load(apart).probabilities(faces), load(shades).probabilities(faces), atol=1e-6)


def test_it_answers_as_keras_does_in_batches_of_any_length(compact: Any) -> None:
    faces = np.random.default_rng(1).random((inference.MAX_BATCH + 3, 48, 48), np.float32)
    plain = EmotionNetwork(stored.Stored("compact", False, lambda: compact)).probabilities(faces)
    wanted = compact(faces[..., None], training=False).numpy()
    assert np.abs(plain - wanted).max() < 1e-5
    one = EmotionNetwork(stored.Stored("compact", False, lambda: compact)).probabilities(faces[-1:])
    assert np.abs(one - wanted[-1:]).max() < 1e-5


def test_with_flips_the_mirror_image_counts_as_much(compact: Any) -> None:
    faces = np.random.default_rng(2).random((3, 48, 48), np.float32)
    both = EmotionNetwork(stored.Stored("compact", True, lambda: compact)).probabilities(faces)
    wanted = [compact(part[..., None], training=False).numpy() for part in (faces, faces[:, :, ::-1])]
    assert np.abs(both - np.mean(wanted, axis=0)).max() < 1e-6
    assert np.abs(wanted[0] - wanted[1]).max() > 1e-5  # else this proved nothing


def test_no_faces_load_nothing_and_other_arrays_are_refused(shades: Path) -> None:
    network = EmotionNetwork(stored.Stored("never", False, lambda: pytest.fail("was loaded")))
    assert network.probabilities(np.empty((0, 48, 48), np.float32)).shape == (0, 7)
    for wrong in (
        np.zeros((1, 48, 48), np.uint8),
        np.zeros((48, 48), np.float32),
        np.zeros((1, 48, 48, 1), np.float32),
        np.full((1, 48, 48), 255, np.float32),
        np.full((1, 48, 48), np.nan, np.float32),
    ):
        with pytest.raises(ValueError, match="expected"):
            network.probabilities(wrong)


def test_threads_that_come_at_once_load_it_once(shades: Path) -> None:
    loads = []

    def make() -> Any:
        loads.append(1)
        time.sleep(0.05)
        return stored.find(shades).make()

    network = EmotionNetwork(stored.Stored("once", False, make))
    answers: list[Floats] = []
    threads = [
        threading.Thread(target=lambda: answers.append(network.probabilities(grey("happy"))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert [EMOTIONS[int(found.argmax())] for found in answers] == ["happy"] * 4


def test_a_reading_below_one_half_is_unsure() -> None:
    row = np.full(7, 0.08, np.float32)
    row[3] = 0.52
    sure = Reading(row)
    assert (sure.label, sure.unsure) == ("happy", False)
    row = row.copy()
    row[3], row[0] = 0.49, 0.11
    assert Reading(row).unsure
    assert sure.by_name()["happy"] == pytest.approx(0.52)
    assert list(sure.by_name()) == list(EMOTIONS)


def framed(picture: Image, scale: int, turn: float = 0.0) -> tuple[Image, Face]:
    """A picture as FER2013 has it, enlarged, turned and set into a larger one, and where the face is."""
    side = 48 * scale
    big = cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)
    whole = cv2.copyMakeBorder(big, side, side, side, side, cv2.BORDER_REPLICATE)
    middle = np.array([side + MIDDLE[0] * side, side + MIDDLE[1] * side])
    matrix = cv2.getRotationMatrix2D((middle[0] - 0.5, middle[1] - 0.5), -turn, 1)
    whole = cv2.warpAffine(whole, matrix, whole.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    half = SIZE * side / 2
    angle = np.deg2rad(turn)
    across = np.array([np.cos(angle), np.sin(angle)])
    down = np.array([-np.sin(angle), np.cos(angle)])
    spots = [(-0.2, -0.12), (0.2, -0.12), (0, 0.08), (-0.15, 0.27), (0.15, 0.27)]
    landmarks = np.array([middle + side * (x * across + y * down) for x, y in spots], np.float32)
    box = Box(middle[0] - half * 0.9, middle[1] - half / 0.9, 2 * half * 0.9, 2 * half / 0.9)
    return np.dstack([whole] * 3).astype(np.uint8), Face(box, landmarks, 0.99)


@pytest.mark.parametrize(("scale", "turn"), [(1, 0.0), (4, 0.0), (7, 0.0), (4, 25.0), (4, -40.0)])
def test_a_face_is_framed_and_upright_as_in_fer2013(scale: int, turn: float) -> None:
    smooth = cv2.GaussianBlur(np.random.default_rng(5).integers(0, 256, (48, 48), np.uint8), (0, 0), 2)
    picture = cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    crop = face_crop(*framed(picture, scale, turn))
    assert (crop.dtype, crop.shape) == (np.float32, (48, 48))
    inner = slice(12, 36)  # the corners of a turned picture are another thing
    difference = np.abs(crop - picture / 255)[inner, inner]
    assert difference.mean() < 0.02
    shifted = np.abs(crop - np.roll(picture, 1, axis=1) / 255)[inner, inner]
    assert difference.mean() < shifted.mean() / 2  # a pixel aside would show


def test_a_face_at_the_border_is_filled_up_not_cut_short() -> None:
    image = np.full((60, 60, 3), 128, np.uint8)
    landmarks = np.array([[2, 10], [14, 10], [8, 16], [4, 22], [12, 22]], np.float32)
    crop = face_crop(image, Face(Box(-6, -4, 28, 36), landmarks, 0.9))
    assert np.allclose(crop, 128 / 255, atol=1e-3)


def test_the_whole_picture_as_a_face() -> None:
    picture = np.random.default_rng(6).integers(0, 256, (48, 48), np.uint8)
    assert np.array_equal(whole_crop(np.dstack([picture] * 3)), picture.astype(np.float32) / np.float32(255))
    wide = np.zeros((48, 96, 3), np.uint8)
    wide[:, 24:72] = 255
    assert whole_crop(wide).min() == 1
    assert whole_crop(np.full((7, 300, 3), 40, np.uint8)) == pytest.approx(np.full((48, 48), 40 / 255))


def test_faces_of_a_photo_are_read_in_their_order(shades: Path) -> None:
    image = np.zeros((100, 240, 3), np.uint8)
    image[:, 120:] = 255
    landmarks = np.array([[40, 40], [60, 40], [50, 50], [42, 60], [58, 60]], np.float32)
    left = Face(Box(30, 30, 40, 40), landmarks, 0.9)
    right = Face(Box(160, 30, 40, 40), landmarks + np.float32([130, 0]), 0.9)
    network = load(shades)
    assert [one.label for one in network.read(image, [right, left])] == ["surprise", "angry"]
    assert network.read(image, []) == []
