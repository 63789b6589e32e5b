"""Pictures changed at random: what changes, what does not, and that a seed decides it."""

from __future__ import annotations

import numpy as np
import pytest

from recognition import augmentation
from recognition.augmentation import Distortion, apply, copies, training_pipeline
from recognition.runtime import start_tensorflow
from recognition.types import Image

NOTHING = Distortion(rotation=0, shear=0, zoom=0, light=0, contrast=0, flip=False)


@pytest.fixture(scope="module", autouse=True)
def _tensorflow() -> None:
    start_tensorflow()


@pytest.fixture(scope="module")
def pictures() -> list[Image]:
    """Two photos of nothing in particular: smooth, coloured, no side like another."""
    y, x = np.mgrid[0:60, 0:48]
    one = np.stack([60 + 2 * y, 40 + 3 * x, 90 + x + y], axis=-1).astype(np.uint8)
    return [one, one[::-1].copy()]


def test_the_same_seed_gives_the_same_pictures_and_another_seed_others(pictures: list[Image]) -> None:
    made = [np.stack(copies(training_pipeline(seed), pictures, 3)) for seed in (5, 5, 6)]
    assert made[0].shape == (2, 3, 60, 48, 3)
    assert made[0].dtype == np.uint8
    assert (made[0] == made[1]).all()
    assert (made[0] != made[2]).mean() > 0.5


def test_every_copy_is_another(pictures: list[Image]) -> None:
    pipeline = training_pipeline(1)
    first, second = copies(pipeline, pictures[:1], 4)[0], copies(pipeline, pictures[:1], 4)[0]
    every = [pictures[0], *first, *second]
    assert all((a != b).mean() > 0.3 for n, a in enumerate(every) for b in every[:n])


def test_batches_that_are_full_lose_nobody(pictures: list[Image], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augmentation, "BATCH_PIXELS", 2 * 60 * 48)
    made = copies(augmentation.test_pipeline(), pictures, 3)
    assert [one.shape for one in made] == [(3, 60, 48, 3)] * 2
    assert all((copy == picture).all() for picture, one in zip(pictures, made, strict=True) for copy in one)
    assert augmentation.batch_size(60, 48, 3) == 1


def test_pictures_to_judge_by_are_only_rescaled(pictures: list[Image]) -> None:
    found = np.asarray(augmentation.test_pipeline()(np.stack(pictures), training=True))
    assert found.dtype == np.float32
    assert found == pytest.approx(np.stack(pictures) / 255.0, abs=1e-6)


def test_without_distortion_nothing_changes(pictures: list[Image]) -> None:
    assert np.abs(apply(training_pipeline(1, NOTHING), np.stack(pictures)).astype(int) - pictures).max() <= 1


@pytest.mark.parametrize(
    ("only", "brighter", "moved"),
    [
        (Distortion(30, 0, 0, 0, 0, False), False, True),
        (Distortion(0, 0.3, 0, 0, 0, False), False, True),
        (Distortion(0, 0, 0.4, 0, 0, False), False, True),
        (Distortion(0, 0, 0, 0.4, 0, False), True, False),
    ],
    ids=["rotation", "shear", "zoom", "light"],
)
def test_each_distortion_does_what_it_is_called(only: Distortion, brighter: bool, moved: bool) -> None:
    """A white square in the middle of grey: its outline says what moved, the grey what became lighter."""
    square = np.full((1, 80, 80, 3), 100, np.uint8)
    square[:, 30:50, 30:50] = 200
    changed = np.concatenate([apply(training_pipeline(seed, only), square) for seed in range(6)])
    grey = changed[:, 40, 2].astype(int)
    assert (np.ptp(grey) > 10) == brighter
    outline = (changed > changed.min(axis=(1, 2, 3), keepdims=True) + 50)[..., 0]
    assert bool((outline != outline[0]).any()) == moved


def test_a_flip_is_a_mirror(pictures: list[Image]) -> None:
    flip = Distortion(0, 0, 0, 0, 0, True)
    made = apply(training_pipeline(2, flip), np.repeat(pictures[0][None], 16, axis=0)).astype(int)
    mirrored = np.abs(made - pictures[0][:, ::-1]).max(axis=(1, 2, 3)) <= 1
    kept = np.abs(made - pictures[0]).max(axis=(1, 2, 3)) <= 1
    assert (mirrored ^ kept).all()
    assert 0 < mirrored.sum() < 16
