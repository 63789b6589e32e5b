"""Impossible settings of the face library are named before anything starts."""

from __future__ import annotations

from typing import Any

import pytest

from faceroster.enrollment.checks import engine_settings


def test_the_defaults_are_fine() -> None:
    assert engine_settings() == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DETECTOR", "magic", "magic"),
        ("EMBEDDER", "magic", "magic"),
        ("INDEX", "magic", "magic"),
        ("BACKEND", "magic", "magic"),
        ("THRESHOLD", float("nan"), "Threshold"),
        ("MARGIN", -1.0, "margin"),
        ("SCORE", "magic", "magic"),
        ("THRESHOLD", 0.952, "is a cosine"),
    ],
)
def test_what_cannot_be_is_told(settings: Any, name: str, value: object, told: str) -> None:
    settings.FACEROSTER = {**settings.FACEROSTER, name: value}
    (problem,) = engine_settings()
    assert told in problem.msg
