from __future__ import annotations

import numpy as np
import pytest

from recognition.errors import RecognitionError
from recognition.open_set import OpenSet, check_wish, least_rate


def made(people: int, seed: int = 0, distance: float = 5.0) -> OpenSet:
    """Normal scores: impostors around 0, everybody's own around ``distance``."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(people, people))
    own = np.eye(people, dtype=bool)
    scores[own] += distance
    return OpenSet(scores, own, own)


@pytest.mark.parametrize("margin", [0.0, 1.5])
def test_the_rate_is_what_drawn_galleries_have(margin: float) -> None:
    pairs, rng = made(300), np.random.default_rng(1)
    fpir, fnir = pairs.rates([2.5, 3.0], 50, margin)
    accepted, missed = [], []
    for _ in range(60):
        inside = rng.choice(300, 50, replace=False)
        outside = np.setdiff1d(np.arange(300), inside)
        accepted.append(pairs.scores[np.ix_(outside, inside)].max(axis=1)[:, None] >= [2.5, 3.0])
        block = pairs.scores[np.ix_(inside, inside)]
        second, best = np.sort(block, axis=1)[:, -2:].T
        right = (block.argmax(axis=1) == np.arange(50)) & (best - second >= margin)
        missed.append(~(right[:, None] & (best[:, None] >= [2.5, 3.0])))
    assert fpir == pytest.approx(np.concatenate(accepted).mean(axis=0), abs=0.02)
    assert fnir == pytest.approx(np.concatenate(missed).mean(axis=0), abs=0.01)


def test_a_margin_refuses_more_of_the_known_and_moves_no_threshold() -> None:
    without, with_ = made(300).threshold(0.05, 50), made(300).threshold(0.05, 50, margin=1.5)
    assert with_.fnir > without.fnir + 0.05
    assert (with_.threshold, with_.fpir) == (without.threshold, without.fpir)


def test_a_lead_of_just_the_margin_is_enough() -> None:
    scores = np.full((60, 60), -10.0)
    scores[np.arange(60), (np.arange(60) + 1) % 60] = 2.0
    scores[np.eye(60, dtype=bool)] = 3.0
    pairs = OpenSet(scores, np.eye(60, dtype=bool), np.eye(60, dtype=bool))
    assert pairs.rates([0.0], 59, 1.0)[1] == 0
    assert pairs.rates([0.0], 59, 1.01)[1] > 0.9


def test_the_threshold_keeps_the_wish_on_other_people() -> None:
    found = made(500).threshold(0.05, 100)
    assert found.fpir <= 0.05
    assert found.interval[0] <= found.threshold <= found.interval[1]
    fresh, _ = made(500, seed=9).rates([found.threshold], 100)
    assert fresh[0] == pytest.approx(0.05, abs=0.025)


@pytest.mark.parametrize(("fpir", "gallery"), [(0.05, 20), (0.2, 20), (0.1, 80), (0.3, 200)])
def test_the_next_lower_threshold_would_break_the_wish(fpir: float, gallery: int) -> None:
    pairs = made(250)
    found = pairs.threshold(fpir, gallery)
    assert pairs.rates([found.threshold], gallery)[0][0] <= fpir
    assert pairs.rates([found.threshold - 0.1], gallery)[0][0] > fpir


def test_more_people_need_more() -> None:
    pairs = made(400)
    small, large = pairs.threshold(0.1, 30), pairs.threshold(0.1, 300)
    assert small.threshold < large.threshold
    assert pairs.threshold(0.07, 300).threshold > large.threshold


@pytest.mark.parametrize(
    ("people", "fpir", "gallery", "code"),
    [
        (40, 0.05, 40, "calibration.insufficient_data"),
        (300, 1e-5, 10, "calibration.insufficient_data"),
        (300, 0.0, 10, "calibration.bad_rate"),
        (300, 1.0, 10, "calibration.bad_rate"),
        (300, 0.1, 0, "calibration.bad_rate"),
    ],
)
def test_no_number_is_invented(people: int, fpir: float, gallery: int, code: str) -> None:
    with pytest.raises(RecognitionError) as caught:
        made(people).threshold(fpir, gallery)
    assert caught.value.code == code


@pytest.mark.parametrize(("people", "gallery"), [(60, 20), (200, 100), (20, 5)])
def test_what_is_refused_beforehand_could_not_have_been_measured(people: int, gallery: int) -> None:
    """The kindest scores there are: all that are high are one stranger's, or as few strangers' as can be."""
    own = np.eye(people, dtype=bool)
    scores = np.random.default_rng(2).normal(size=(people, people))
    scores[~own] += np.linspace(3000, 0, people * (people - 1))
    pairs, least = OpenSet(scores, own, own), least_rate(people, gallery)
    assert least * (1 - 1e-9) <= pairs.threshold(least * 1.01, gallery).fpir <= least * 1.01
    with pytest.raises(RecognitionError) as caught:
        check_wish(people, least * 0.99, gallery)
    assert caught.value.code == "calibration.insufficient_data"


def test_more_probes_than_people_answer_more() -> None:
    """What is refused beforehand is so for one probe of each person."""
    rng = np.random.default_rng(6)
    none = np.zeros((5000, 40), bool)
    found = OpenSet(rng.normal(size=none.shape), none, none).threshold(0.005, 20)
    assert found.fpir <= 0.005
    with pytest.raises(RecognitionError):
        check_wish(40, 0.005, 20)


def test_a_refusal_says_how_many_people_it_would_take() -> None:
    with pytest.raises(RecognitionError, match="needs at least 963 people; here are 480") as caught:
        check_wish(480, 0.001, 100)
    assert caught.value.code == "calibration.insufficient_data"
    check_wish(963, 0.001, 100)
    assert least_rate(962, 100) > 0.001 >= least_rate(963, 100)


def test_scores_that_are_none_are_refused() -> None:
    none = np.zeros((2, 2), bool)
    with pytest.raises(RecognitionError):
        OpenSet(np.array([[0.0, np.nan], [0.0, 0.0]]), none, none)
    with pytest.raises(RecognitionError):
        OpenSet(np.zeros((2, 3)), none, none)
