"""One to one a lower score is enough than among many, and a cosine agrees with the distance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recognition.identify import VERIFY_THRESHOLD, verify
from recognition.models import DLIB_RESNET29
from recognition.models.spec import Thresholds
from recognition.scoring import make_scorer


def _apart(distance: float) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors this far apart."""
    angle = 2 * np.arcsin(distance / 2)
    other = np.zeros(128, np.float32)
    other[:2] = np.cos(angle), np.sin(angle)
    return np.eye(1, 128, dtype=np.float32)[0], other


def test_one_stranger_has_fewer_chances_than_a_hundred() -> None:
    scorer = make_scorer(DLIB_RESNET29, "llr")
    assert 0 < scorer.verify_threshold < scorer.policy(100).threshold - 1


@pytest.mark.parametrize("kind", ["mean", "nearest"])
@pytest.mark.parametrize("limit", [VERIFY_THRESHOLD, 0.9])
def test_a_single_photo_is_judged_alike_by_cosine_and_by_distance(kind: str, limit: float) -> None:
    card = None if limit == VERIFY_THRESHOLD else Thresholds(accept=0.7, margin=0.05, verify=limit)
    scorer = make_scorer(replace(DLIB_RESNET29, thresholds=card), kind)
    for distance, same in ((limit - 0.01, True), (limit + 0.01, False)):
        photo, probe = _apart(distance)
        score = scorer.scores([scorer.person(photo[np.newaxis])], probe)[0]
        assert bool(score >= scorer.verify_threshold) is same
        assert verify(photo, probe, limit).same is same
