"""What the emotion tables make of the servers' answers; the answers are made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks import emotion
from benchmarks.emotion import KERAS, LITE, ONNX, TENSORFLOW


def answers(ms: float, *emotions: str) -> list[dict[str, Any]]:
    return [{"ms": ms * wobble, "cpu_ms": ms / 2, "emotions": list(emotions)} for wobble in (0.9, 1, 1, 1.1)]


def test_accuracy_stands_beside_the_better_peer() -> None:
    labels = np.arange(7).repeat(10)
    said = {TENSORFLOW: labels.copy(), LITE: labels.copy(), KERAS: labels.copy()}
    said[TENSORFLOW][:14] = 6
    said[LITE][:35] = 6
    said[KERAS][:28] = 6
    ours, lite, keras = emotion.accuracy_rows(said, labels)
    assert (ours["value"], ours["met"], ours["peer"]) == (pytest.approx(80), True, KERAS)
    assert ours["peer_value"] == pytest.approx(60)
    assert (lite["value"], lite["met"], keras["value"]) == (pytest.approx(50), None, pytest.approx(60))
    assert ours["ci"] is not None
    assert ours["ci"][0] < 80 < ours["ci"][1]
    said[TENSORFLOW][:28] = 6
    assert emotion.accuracy_rows(said, labels)[0]["met"] is False  # 69 % is the least


def test_times_stand_beside_each_peer() -> None:
    given = {
        TENSORFLOW: answers(6, "sad"),
        ONNX: answers(4, "sad"),
        LITE: answers(1, "sad"),
        KERAS: answers(40),
    }
    rows = {one["name"]: one for one in emotion.time_rows(given, "a face", 5.0)}
    assert [rows[f"{name}: a face"]["met"] for name in (TENSORFLOW, ONNX, LITE)] == [False, True, None]
    assert rows[f"{ONNX}: times faster than {KERAS}"]["value"] == pytest.approx(10)
    assert rows[f"{ONNX}: times faster than {LITE}"]["value"] == pytest.approx(0.25)  # said as it is
    frames = {one["name"]: one for one in emotion.time_rows(given, "a frame")}
    assert frames[f"{KERAS}: a frame"]["note"].endswith("a face in 0 frames")
    assert frames[f"{ONNX}: a frame"]["bar"] is None


def test_what_is_not_there_is_said_and_ours_misses_its_bar() -> None:
    rows = emotion.unmeasured({ONNX: "not installed", LITE: "no peers"})
    assert [(one["value"], one["met"], one["note"]) for one in rows] == [
        (None, False, "not installed"),
        (None, None, "no peers"),
    ]
