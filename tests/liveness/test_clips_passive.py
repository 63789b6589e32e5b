"""Real and drawn people before a camera pass by being looked at; their stills do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.liveness.seen import believed, frames
from tests.support.moving import CLIPS

GESTURES = [
    "again",
    "bird",
    "book",
    "brother",
    "eat",
    "help",
    "learn",
    "milk",
    "night",
    "no",
    "please",
    "school",
    "sister",
    "sorry",
    "yes",
]
DEMO = sorted(path.name for path in CLIPS.glob("*.webm"))


@pytest.mark.parametrize("name", GESTURES)
def test_a_person_before_a_webcam_is_live_within_two_seconds(shared_data: Path, name: str) -> None:
    assert believed(frames(shared_data / "webcam-clips" / "asl_gestures" / f"{name}.mkv"))


@pytest.mark.parametrize("name", DEMO)
def test_a_demo_person_is_live_within_two_seconds(name: str) -> None:
    assert believed(frames(CLIPS / name))


@pytest.mark.parametrize("name", GESTURES[:5])
def test_a_still_of_a_live_person_is_not_live(shared_data: Path, name: str) -> None:
    first = frames(shared_data / "webcam-clips" / "asl_gestures" / f"{name}.mkv")[0]
    rng = np.random.default_rng(0)
    noisy = [np.asarray(np.clip(first + rng.normal(0, 2, first.shape), 0, 255), np.uint8) for _ in range(12)]
    assert not believed(noisy)
