from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.calibration import (
    error_curve,
    rate_at,
    threshold_at_fmr,
)
from recognition.errors import RecognitionError


@pytest.fixture
def scores() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    return rng.normal(2, 1, 20_000), rng.normal(0, 1, 50_000)


def test_the_threshold_keeps_its_promise_exactly() -> None:
    impostors = np.arange(1000.0)
    threshold = threshold_at_fmr(impostors, 0.01)
    assert (impostors >= threshold).sum() == 10
    assert 989 < threshold <= 990


def test_equal_scores_are_not_split() -> None:
    assert rate_at(np.ones(100), threshold_at_fmr(np.ones(100), 0.01)) == 0


@given(st.lists(st.integers(0, 20), min_size=20, max_size=200), st.floats(0.06, 0.9))
def test_never_more_than_asked_for(impostors: list[int], fmr: float) -> None:
    assert rate_at(np.array(impostors), threshold_at_fmr(np.array(impostors), fmr)) <= fmr + 1e-9


def test_on_known_distributions_the_figures_are_the_textbook_ones(
    scores: tuple[np.ndarray, np.ndarray],
) -> None:
    genuine, impostor = scores
    assert threshold_at_fmr(impostor, 1e-2) == pytest.approx(2.326, abs=0.06)
    threshold, rate = error_curve(genuine, impostor).equal_error
    assert threshold == pytest.approx(1.0, abs=0.05)
    assert rate == pytest.approx(0.1587, abs=0.01)


def test_the_curve_moves_one_way(scores: tuple[np.ndarray, np.ndarray]) -> None:
    curve = error_curve(*scores, points=200)
    assert len(curve.thresholds) <= 200
    assert (np.diff(curve.thresholds) > 0).all()
    assert (np.diff(curve.fmr) <= 0).all()
    assert (np.diff(curve.fnmr) >= 0).all()
    middle = len(curve.thresholds) // 2
    assert curve.fmr[middle] == pytest.approx(rate_at(scores[1], curve.thresholds[middle]))
    assert 1 - curve.fnmr[middle] == pytest.approx(rate_at(scores[0], curve.thresholds[middle]))


@pytest.mark.parametrize(
    ("impostors", "fmr", "code"),
    [
        (np.arange(99.0), 0.01, "calibration.too_few_scores"),
        (np.array([]), 0.01, "calibration.bad_scores"),
        (np.array([1, np.nan]), 0.5, "calibration.bad_scores"),
        (np.arange(99.0), 0.0, "calibration.bad_rate"),
        (np.arange(99.0), 1.0, "calibration.bad_rate"),
    ],
)
def test_what_cannot_be_measured_is_refused(impostors: np.ndarray, fmr: float, code: str) -> None:
    with pytest.raises(RecognitionError) as caught:
        threshold_at_fmr(impostors, fmr)
    assert caught.value.code == code
