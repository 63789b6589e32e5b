"""What somebody is told who may not see everyone: less, but never something else."""

from __future__ import annotations

import pytest

from faceroster import vision
from faceroster.enrollment import matching

THRESHOLD, MARGIN = 0.94, 0.01
ACCEPTED, AMBIGUOUS, UNKNOWN = vision.Decision.ACCEPTED, vision.Decision.AMBIGUOUS, vision.Decision.UNKNOWN


@pytest.mark.parametrize(
    ("scores", "hidden", "decision", "person"),
    [
        ({"ada": 0.98, "bo": 0.90}, set(), ACCEPTED, "ada"),
        ({"ada": 0.98, "bo": 0.90}, {"bo"}, ACCEPTED, "ada"),
        ({"ada": 0.98, "bo": 0.90}, {"ada"}, UNKNOWN, None),
        ({"ada": 0.98, "bo": 0.96}, {"ada"}, AMBIGUOUS, None),  # not accepted as the second best
        ({"ada": 0.98, "bo": 0.975}, set(), AMBIGUOUS, None),
        ({"ada": 0.98, "bo": 0.975}, {"bo"}, AMBIGUOUS, None),  # not clear only because one is hidden
        ({"ada": 0.98, "bo": 0.975}, {"ada", "bo"}, UNKNOWN, None),
        ({"ada": 0.90}, set(), UNKNOWN, None),
        ({}, set(), UNKNOWN, None),
    ],
)
def test_hiding_people_never_makes_a_name(
    scores: dict[str, float], hidden: set[str], decision: vision.Decision, person: str | None
) -> None:
    ranked = [vision.Candidate(name, score, score, 1) for name, score in scores.items()]
    found = vision.identify.decide(ranked, vision.Policy(THRESHOLD, MARGIN))
    shown = [candidate for candidate in ranked if candidate.person not in hidden]
    assert matching._as_seen(found, shown) == (decision, person)
