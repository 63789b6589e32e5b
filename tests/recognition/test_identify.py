from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from recognition.errors import GalleryError
from recognition.gallery import Candidate
from recognition.identify import (
    Decision,
    Policy,
    decide,
    decide_frame,
    verify,
)
from recognition.types import Embedding

POLICY = Policy(threshold=0.8, margin=0.05)


def people(**scores: float) -> list[Candidate]:
    return [Candidate(person, score, score, 3) for person, score in scores.items()]


def test_a_clear_winner_is_accepted() -> None:
    found = decide(people(ann=0.9, bob=0.7), POLICY)
    assert (found.decision, found.person) == (Decision.ACCEPTED, "ann")
    assert (found.threshold, found.margin) == (0.8, 0.05)
    assert [candidate.person for candidate in found.candidates] == ["ann", "bob"]


def test_a_stranger_is_unknown_however_far_ahead_the_best_is() -> None:
    found = decide(people(ann=0.79, bob=0.1), POLICY)
    assert (found.decision, found.person) == (Decision.UNKNOWN, None)


def test_a_near_runner_up_is_ambiguous_even_below_the_threshold() -> None:
    assert decide(people(ann=0.82, bob=0.78), POLICY).decision is Decision.AMBIGUOUS
    assert decide(people(ann=0.82, bob=0.78), POLICY).person is None


@pytest.mark.parametrize(
    ("scores", "decision"),
    [
        ({"ann": 0.8}, Decision.ACCEPTED),
        ({"ann": np.nextafter(0.8, 0)}, Decision.UNKNOWN),
        ({"ann": 1.0, "bob": 0.94}, Decision.ACCEPTED),
        ({"ann": 1.0, "bob": 0.96}, Decision.AMBIGUOUS),
        ({}, Decision.UNKNOWN),
    ],
)
def test_borders(scores: dict[str, float], decision: Decision) -> None:
    assert decide(people(**scores), POLICY).decision is decision


def test_a_margin_of_zero_never_makes_ambiguous() -> None:
    assert decide(people(bob=0.9, ann=0.9), Policy(0.8, 0.0)).person == "ann"


def test_candidates_may_come_in_any_order() -> None:
    for order in permutations(people(ann=0.95, bob=0.85, cleo=0.5)):
        assert decide(order, POLICY).person == "ann"


@pytest.mark.parametrize("policy", [(np.nan, 0.0), (0.9, np.nan), (0.9, -0.1), (np.inf, 0.0)])
def test_a_policy_that_compares_with_nothing_is_refused(policy: tuple[float, float]) -> None:
    with pytest.raises(GalleryError) as caught:
        Policy(*policy)
    assert caught.value.code == "gallery.bad_policy"


def test_decisions_are_plain_strings_for_the_outside() -> None:
    assert f"{Decision.ACCEPTED}" == "accepted"
    assert [decision.value for decision in Decision] == ["accepted", "ambiguous", "unknown"]


def test_one_person_gets_no_two_names_in_a_frame() -> None:
    first, second, third = people(ann=0.95, bob=0.85), people(ann=0.99, bob=0.7), people(bob=0.9)
    alone = [decide(face, POLICY).person for face in (first, second, third)]
    assert alone == ["ann", "ann", "bob"]
    together = decide_frame([first, second, third], POLICY)
    assert [found.person for found in together] == [None, "ann", "bob"]
    assert together[0].decision is Decision.AMBIGUOUS
    assert [face.person for face in together[0].candidates] == ["ann", "bob"]


def test_faces_of_different_people_are_decided_as_if_alone() -> None:
    faces = [people(ann=0.9), people(cleo=0.85), people(bob=0.1), []]
    assert decide_frame(faces, POLICY) == [decide(face, POLICY) for face in faces]
    assert decide_frame([], POLICY) == []


def test_verify_is_about_distance() -> None:
    a = np.array([1, 0], np.float32)
    b = np.array([np.cos(0.3), np.sin(0.3)], np.float32)
    found = verify(a, b, threshold=0.3)
    assert found.distance == pytest.approx(2 * np.sin(0.15), abs=1e-6)
    assert found.similarity == pytest.approx(np.cos(0.3), abs=1e-6)
    assert found.same
    assert not verify(a, b, threshold=0.29).same
    assert verify(a, a).distance == 0.0
    with pytest.raises(GalleryError) as caught:
        verify(Embedding(a, "one@1"), Embedding(a, "two@1"))
    assert caught.value.code == "gallery.model_mismatch"
