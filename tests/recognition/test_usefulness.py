"""The learned part of the quality score: it rises with every measure and knows when it does not know."""

from __future__ import annotations

import numpy as np
import pytest

from recognition import usefulness
from recognition.models import DLIB_RESNET29
from recognition.quality import ENROLLMENT, assess
from recognition.types import Box, Face
from recognition.usefulness import changed, judges, score, stability

GOOD = {
    "eye_distance": 80.0,
    "blur": 0.3,
    "light_high": 180.0,
    "turn": 0.0,
    "nod": 0.53,
    "distortion": 0.02,
    "confidence": 1.0,
    "evenness": 0.98,
    "symmetry": 0.9,
    "stability": 0.999,
    "wander": 0.01,
}
POOR = {
    "eye_distance": 15.0,
    "blur": 0.7,
    "light_high": 40.0,
    "turn": 0.6,
    "nod": 0.1,
    "distortion": 0.5,
    "confidence": 0.5,
    "evenness": 0.3,
    "symmetry": -0.5,
    "stability": 0.9,
    "wander": 0.08,
}


@pytest.mark.parametrize("model", ["", DLIB_RESNET29.key])
def test_nothing_that_gets_better_lowers_the_score(model: str) -> None:
    best = score(GOOD, model)
    assert 0 < score(POOR, model) < best < 1
    for name, poor in POOR.items():
        falling = [score({**GOOD, name: value}, model) for value in np.linspace(GOOD[name], poor, 9)]
        assert falling == sorted(falling, reverse=True), name


def test_stability_counts_for_an_embedder_that_it_was_learned_for() -> None:
    shaky = {**GOOD, "stability": 0.9}
    assert score(shaky, DLIB_RESNET29.key) < score(GOOD, DLIB_RESNET29.key) - 0.05
    assert judges(DLIB_RESNET29.key)
    assert not judges("another@1")
    assert score(shaky, "another@1") == score(GOOD)
    for missing in ("stability", "wander"):
        without = {name: value for name, value in GOOD.items() if name != missing}
        assert score(without, DLIB_RESNET29.key) == score(GOOD)


def test_far_beyond_what_was_learned_the_score_stays_where_it_was() -> None:
    assert score({**GOOD, "eye_distance": 1e6}) == score({**GOOD, "eye_distance": 200.0})
    assert score({**POOR, "blur": 50.0}) == score({**POOR, "blur": 1.0})


def test_changes_are_small_and_keep_the_shape() -> None:
    chip = np.random.default_rng(1).integers(0, 256, (150, 150, 3)).astype(np.uint8)
    made = changed(chip)
    assert (made.shape, made.dtype) == ((3, 150, 150, 3), np.uint8)
    assert all((one != chip).any() for one in made)
    assert made[2].mean() < 0.9 * chip.mean()


def test_stability_is_one_where_nothing_changes() -> None:
    same = np.tile(np.eye(1, 128, dtype=np.float32), (4, 1))
    assert stability(same) == pytest.approx(1.0)
    assert stability(np.eye(4, 128, dtype=np.float32)) == pytest.approx(0.5)


def test_a_code_halves_the_score_at_least() -> None:
    rng = np.random.default_rng(2)
    image = rng.integers(0, 256, (300, 300, 3)).astype(np.uint8)
    points = np.array([[120, 120], [180, 120], [150, 155], [127, 190], [173, 190]], np.float32)
    face = Face(Box(95, 80, 110, 140), points, 0.99)
    alone, crowded = assess(image, face, limits=ENROLLMENT), assess(image, face, others=1)
    assert "face.several" in crowded.codes
    assert crowded.score <= alone.score / 2
    steady = assess(image, face, more={"stability": 0.999, "wander": 0.01}, model=DLIB_RESNET29.key)
    shaky = assess(image, face, more={"stability": 0.9, "wander": 0.01}, model=DLIB_RESNET29.key)
    assert steady.score > shaky.score
    assert usefulness.WEIGHTS.is_file()
