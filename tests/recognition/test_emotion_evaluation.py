"""Figures on labelled faces, checked by hand, and what is written of them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition.emotion import report
from recognition.emotion.data import Faces
from recognition.emotion.evaluation import Evaluation, as_json, evaluate, wilson
from recognition.emotion.labels import EMOTIONS
from recognition.types import Floats

ANGRY, DISGUST, FEAR, HAPPY = range(4)


def said(*answers: tuple[int, float]) -> Floats:
    """Probabilities: this much for this emotion, the rest for all others alike."""
    rows = np.empty((len(answers), 7), np.float32)
    for row, (emotion, share) in zip(rows, answers, strict=True):
        row[:] = (1 - share) / 6
        row[emotion] = share
    return rows


def faces(*labels: int, split: str = "publictest", first: int = 0) -> Faces:
    pixels = np.zeros((len(labels), 48, 48), np.uint8)
    for number in range(len(labels)):
        pixels[number, 0, first + number] = 200
    return Faces(pixels, np.array(labels), np.array([split] * len(labels)))


@pytest.fixture
def evaluation() -> Evaluation:
    """Three angry faces (one taken for fear), one of fear, two happy ones (one taken for angry)."""
    answers = said((ANGRY, 0.9), (ANGRY, 0.4), (FEAR, 0.6), (FEAR, 0.3), (HAPPY, 0.8), (ANGRY, 0.7))
    # The first two of six are in the training split too.
    training = faces(FEAR, FEAR, split="training")
    return evaluate(answers, faces(ANGRY, ANGRY, ANGRY, FEAR, HAPPY, HAPPY), training)


def test_figures_are_those_worked_out_by_hand(evaluation: Evaluation) -> None:
    assert evaluation.n == 6
    assert evaluation.accuracy == pytest.approx(4 / 6)
    angry, fear, happy = (evaluation.per_class[name] for name in ("angry", "fear", "happy"))
    assert (angry.precision, angry.recall, angry.f1, angry.n) == pytest.approx((2 / 3, 2 / 3, 2 / 3, 3))
    assert (fear.precision, fear.recall, fear.f1, fear.n) == pytest.approx((1 / 2, 1, 2 / 3, 1))
    assert (happy.precision, happy.recall, happy.f1, happy.n) == pytest.approx((1, 1 / 2, 2 / 3, 2))
    assert evaluation.macro_f1 == pytest.approx(3 * (2 / 3) / 7)
    assert evaluation.confusion[ANGRY, FEAR] == 1
    assert evaluation.confusion[HAPPY, ANGRY] == 1
    assert evaluation.confusion.sum() == 6


def test_an_emotion_that_is_never_named_has_no_precision(evaluation: Evaluation) -> None:
    disgust = evaluation.per_class["disgust"]
    assert (disgust.precision, disgust.recall, disgust.f1, disgust.n) == (0, 0, 0, 0)


def test_sure_answers_are_judged_apart(evaluation: Evaluation) -> None:
    assert (evaluation.sure, evaluation.sure_right) == (4, 2)


def test_copies_of_training_faces_are_counted_and_left_out_of_a_second_figure(evaluation: Evaluation) -> None:
    assert evaluation.doubts.in_training == 2
    assert (evaluation.fresh, evaluation.fresh_right) == (4, 2)
    assert evaluation.accuracy_fresh == pytest.approx(0.5)
    alone = evaluate(said((ANGRY, 0.9)), faces(ANGRY), faces(split="training"))
    assert alone.accuracy_fresh is None
    own = faces(ANGRY, split="training")
    assert evaluate(said((ANGRY, 0.9)), own, own).accuracy_fresh is None


def test_intervals_are_wilsons() -> None:
    # From Newcombe 1998, "Two-sided confidence intervals for the single proportion": 81 of 263.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0, 1)


def test_json_holds_every_figure(evaluation: Evaluation) -> None:
    found = as_json(evaluation)
    assert (found["n"], found["accuracy"]) == (6, 0.666667)
    assert list(found["per_class"]) == list(EMOTIONS)
    assert found["per_class"]["happy"] == {"precision": 1, "recall": 0.5, "f1": 0.666667, "n": 2}
    assert found["sure"] == {"threshold": 0.5, "n": 4, "accuracy": 0.5}
    assert found["accuracy_not_in_training"] == 0.5
    assert np.array(found["confusion"]).shape == (7, 7)


def test_the_report_says_what_the_figures_rest_on(evaluation: Evaluation) -> None:
    page = report.text(evaluation, "a network on some faces")
    assert page.startswith("a network on some faces\n\naccuracy 66.67%")
    assert "2 faces are pixel for pixel in the training split; without them 50.00% of 4" in page
    lines = page.splitlines()
    row = next(line for line in lines if line.startswith("happy"))
    assert row.split() == ["happy", "1.0000", "0.5000", "0.6667", "2"]
    last = [line for line in lines if line.startswith("happy")][-1]
    assert last.split() == ["happy", "1", "0", "0", "1", "0", "0", "0"]


def test_the_heatmap_is_darkest_where_all_of_a_row_are(evaluation: Evaluation, tmp_path: Path) -> None:
    picture = cv2.imread(str(report.heatmap(evaluation, "a network", tmp_path / "confusion.png")))
    assert picture is not None
    assert min(picture.shape[:2]) > 500
    red = picture[..., 2]
    # Matplotlib's Greens: a whole row in one cell is its darkest green, half a row is a middle one.
    assert ((picture[..., 1] > red + 30) & (red < 20)).sum() > 2000
