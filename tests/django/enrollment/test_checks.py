"""Impossible settings of the face library are named before anything starts."""

from __future__ import annotations

from typing import Any

import pytest

from faceroster import vision
from faceroster.core.errors import InvalidInput
from faceroster.enrollment import switching
from faceroster.enrollment.checks import engine_settings
from recognition.errors import GalleryError


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
        (
            "THRESHOLD",
            0.952,
            "FACEROSTER_THRESHOLD is 0.952, but scores of dlib-resnet29@1 are log",
        ),
        ("MARGIN", 0.005, "FACEROSTER_MARGIN is 0.005, but scores of dlib-resnet29@1 are log"),
    ],
)
def test_what_cannot_be_is_told(settings: Any, name: str, value: object, told: str) -> None:
    settings.FACEROSTER = {**settings.FACEROSTER, name: value}
    (problem,) = engine_settings()
    assert told in problem.msg


def test_no_cosine_is_over_one(settings: Any) -> None:
    settings.FACEROSTER = {**settings.FACEROSTER, "SCORE": "mean", "THRESHOLD": 3.8}
    (problem,) = engine_settings()
    assert "scores of dlib-resnet29@1 are cosines" in problem.msg
    settings.FACEROSTER = {**settings.FACEROSTER, "THRESHOLD": 0.96, "MARGIN": 0.005}
    assert engine_settings() == []


def test_no_gallery_is_searched_with_a_threshold_of_another_unit(settings: Any) -> None:
    """The model in force may score in another unit than the setting's, which alone is checked at start."""
    spec = vision.embedder_spec("dlib-resnet29")
    settings.FACEROSTER = {**settings.FACEROSTER, "THRESHOLD": 0.952}
    with pytest.raises(GalleryError, match=r"FACEROSTER_THRESHOLD is 0\.952"):
        vision.new_gallery(spec)


@pytest.mark.django_db
def test_nobody_switches_to_a_model_that_the_threshold_does_not_fit(settings: Any) -> None:
    model = switching.model_named("dlib-resnet29")
    settings.FACEROSTER = {**settings.FACEROSTER, "THRESHOLD": 0.952}
    with pytest.raises(InvalidInput, match=r"gallery\.bad_policy"):
        switching.switch_start(model=model)
