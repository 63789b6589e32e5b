from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.calibration import affine_calibration, rate_table, threshold_at_fmr
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
    assert threshold_at_fmr(np.ones(100), 0.01) > 1


@given(st.lists(st.integers(0, 20), min_size=20, max_size=200), st.floats(0.06, 0.9))
def test_never_more_than_asked_for(impostors: list[int], fmr: float) -> None:
    scores = np.array(impostors)
    assert (scores >= threshold_at_fmr(scores, fmr)).mean() <= fmr + 1e-9


def test_on_known_distributions_the_figures_are_the_textbook_ones(
    scores: tuple[np.ndarray, np.ndarray],
) -> None:
    """Normal scores around 2 and 0: the ratio of the densities at x is exp(2 x - 2)."""
    genuine, impostor = scores
    assert threshold_at_fmr(impostor, 1e-2) == pytest.approx(2.326, abs=0.06)
    (scale,), offset = affine_calibration(genuine[:, None], impostor[:, None])
    assert scale * np.log(10) == pytest.approx(2, abs=0.1)
    assert offset * np.log(10) == pytest.approx(-2, abs=0.15)


def test_scores_the_wrong_way_round_cannot_be_calibrated(scores: tuple[np.ndarray, np.ndarray]) -> None:
    genuine, impostor = scores
    with pytest.raises(RecognitionError) as caught:
        affine_calibration(impostor[:, None], genuine[:, None])
    assert caught.value.code == "calibration.bad_scores"


def test_a_table_ends_where_too_few_impostors_answer(scores: tuple[np.ndarray, np.ndarray]) -> None:
    rates, reached = rate_table(scores[1], (0.1, 0.01, 1e-3, 1e-5))
    assert rates.tolist() == [0.1, 0.01, 1e-3]
    assert reached == pytest.approx([1.2816, 2.3263, 3.0902], abs=0.12)
    assert len(rate_table(scores[1], (0.1, 1e-3), draws=20)[0]) == 1


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
