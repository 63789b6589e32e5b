"""What the speed tables make of the servers' answers; the answers are made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks import engine, enrollment, pipeline
from benchmarks.frames import Shots
from benchmarks.pipeline import DEEPFACE, ONNX, TENSORFLOW, USUAL


def answer(ms: float, person: str | None = None, vector: tuple[float, ...] = (1, 0)) -> dict[str, Any]:
    return {"ms": ms, "cpu_ms": ms / 2, "faces": 1, "vector": list(vector), "person": person}


def given(**seconds: float) -> dict[str, list[dict[str, Any]]]:
    names = {"tensorflow": TENSORFLOW, "onnx": ONNX, "usual": USUAL, "deepface": DEEPFACE}
    made = {}
    for key, ms in seconds.items():
        made[names[key]] = [answer(ms * wobble, "a") for wobble in (0.9, 1.0, 1.0, 1.1)]
    return made


FRAME = np.zeros((480, 640, 3), np.uint8)
SHOTS = Shots("nowhere", probes=[("a", FRAME), ("a", FRAME), ("b", FRAME), ("a", FRAME)])


def test_ratios_are_held_against_their_bars() -> None:
    answers = given(tensorflow=20, onnx=12, usual=110, deepface=300)
    rows = {one["name"]: one for one in pipeline.speed_rows(answers, SHOTS)}
    assert rows[TENSORFLOW]["met"] is True  # 20 ms are aimed at
    assert rows[ONNX]["met"] is False
    assert "3 named rightly, 1 wrongly" in rows[TENSORFLOW]["note"]
    assert "processor time 10 ms" in rows[TENSORFLOW]["note"]
    deepface = rows[f"{TENSORFLOW}: times faster than {DEEPFACE}"]
    assert (deepface["value"], deepface["bar"], deepface["met"]) == (pytest.approx(15), 12, True)
    assert rows[f"{ONNX}: times faster than {DEEPFACE}"]["met"] is False  # 25, not 30
    assert rows[f"{TENSORFLOW}: times faster than {USUAL}"]["met"] is True


def test_a_bar_without_its_peer_is_missed_and_says_why() -> None:
    answers = given(tensorflow=20, onnx=8, usual=110)
    rows = pipeline.unmeasured(answers, {DEEPFACE: "not installed"})
    assert [(one["met"], one["note"]) for one in rows] == [(False, "not installed")] * 2
    assert all(one["bar"] is None for one in pipeline.without_bars(rows))


def test_agreement_is_between_the_same_frames() -> None:
    answers = {TENSORFLOW: [answer(1), answer(1)], USUAL: [answer(1, vector=(1, 0.5)), answer(1)]}
    answers[USUAL][1]["vector"] = None
    (one,) = pipeline.agreement(answers)
    assert (one["value"], one["n"]) == (pytest.approx(0.5), 1)


def test_photos_a_second_count_whole_batches() -> None:
    taken = {TENSORFLOW: np.array([1000.0, 1000.0]), DEEPFACE: np.array([16_000.0, 16_000.0])}
    rows = enrollment.rows_of(taken, {TENSORFLOW: 63, DEEPFACE: 60}, {ONNX: "not installed"})
    ours = rows[0]
    assert (ours["value"], ours["met"]) == (pytest.approx(enrollment.BATCH), True)
    assert ours["peer_value"] == pytest.approx(enrollment.BATCH / 16)
    assert ours["note"] == "63 of 64 with one face"
    faster = next(one for one in rows if one["unit"] == "x")
    assert faster["value"] == pytest.approx(16)
    missing = next(one for one in rows if one["name"] == ONNX)
    assert (missing["met"], missing["note"]) == (False, "not installed")


def test_stages_stand_beside_the_usual_way() -> None:
    rows = engine.rows_of("640x480", given(tensorflow=20, usual=120), engine._FINDERS)
    assert rows[0]["name"] == f"640x480: {TENSORFLOW}"
    assert rows[0]["peer_value"] == pytest.approx(120)
    assert rows[0]["note"].startswith("6.0 times faster than mtcnn package")
    assert rows[1]["peer"] is None


@pytest.mark.parametrize("size", engine._SIZES)
def test_larger_pictures_hold_the_whole_frame(size: tuple[int, int]) -> None:
    frame = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    placed = engine.placed(frame, *size)
    assert placed.shape == (size[1], size[0], 3)
    scaled = 640 * size[1] // 480
    left = (size[0] - scaled) // 2
    assert abs(placed[:, left : left + scaled].mean() - frame.mean()) < 2
