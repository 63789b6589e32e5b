"""What a classifier's word comes to beside the gallery's: stricter, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from faceroster import vision
from faceroster.classifiers.models import Classifier
from faceroster.classifiers.proposals import Proposal, Word, confirm, propose
from faceroster.kiosks import judging
from faceroster.kiosks.models import Decision
from faceroster.kiosks.scores import classifier_said
from faceroster.people.models import Person, Site
from recognition.gallery import Gallery
from recognition.scoring import NearestTemplate
from recognition.types import Box

ADA, BO, EVE = "ada", "bo", "eve"
ID = uuid4()
ACCEPTED, AMBIGUOUS, UNKNOWN = vision.Decision.ACCEPTED, vision.Decision.AMBIGUOUS, vision.Decision.UNKNOWN


def _gallery_says(decision: vision.Decision, person: str | None = None) -> vision.Identification:
    candidates = (vision.Candidate(ADA, 5.0, 0.9, 3), vision.Candidate(BO, 1.0, 0.5, 3))
    return vision.Identification(decision, person, candidates, 3.0, 1.0)


def _proposal(person: str | None, probability: float, **more: Any) -> Proposal:
    return Proposal(ID, "HQ no. 3", 0.5, person, probability, frozenset((ADA, BO)), **more)


@pytest.mark.parametrize(
    ("gallery", "proposed", "decision", "word"),
    [
        ((ACCEPTED, ADA), (ADA, 0.98), ACCEPTED, Word.AGREES),
        ((ACCEPTED, ADA), (ADA, 0.5), ACCEPTED, Word.AGREES),
        ((ACCEPTED, ADA), (ADA, 0.49), AMBIGUOUS, Word.UNSURE),
        ((ACCEPTED, ADA), (BO, 0.99), AMBIGUOUS, Word.DISAGREES),
        ((ACCEPTED, ADA), (None, 0.0), AMBIGUOUS, Word.UNSURE),
        # Enrolled after the training: whatever the classifier takes them for, the gallery knows.
        ((ACCEPTED, EVE), (BO, 0.99), ACCEPTED, Word.NOT_YET),
        # However certain it is, a stranger stays a stranger, and a narrow case narrow.
        ((UNKNOWN, None), (ADA, 1.0), UNKNOWN, Word.NOT_NEEDED),
        ((AMBIGUOUS, None), (ADA, 1.0), AMBIGUOUS, Word.NOT_NEEDED),
    ],
)
def test_what_comes_of_both(
    gallery: tuple[vision.Decision, str | None],
    proposed: tuple[str | None, float],
    decision: vision.Decision,
    word: Word,
) -> None:
    before = _gallery_says(*gallery)
    found, kept = confirm(before, _proposal(*proposed))
    assert (found.decision, found.person) == (decision, gallery[1] if decision is ACCEPTED else None)
    assert found.candidates == before.candidates
    assert kept == {
        "id": str(ID),
        "version": "HQ no. 3",
        "word": word,
        "person": proposed[0],
        "probability": proposed[1],
        "threshold": 0.5,
    }


def test_without_a_classifier_or_with_one_that_fails_the_gallery_decides() -> None:
    before = _gallery_says(ACCEPTED, ADA)
    assert confirm(before, None) == (before, {})
    found, kept = confirm(before, Proposal(ID, "HQ no. 3", 0.5, asked=False))
    assert (found, kept["word"]) == (before, Word.NOT_ASKED)


def _says(parrots: dict[str, float], classifier: Classifier, *probabilities: float) -> list[str]:
    people = sorted({str(pk) for pk in classifier.photos.values_list("person", flat=True)})
    parrots.update(zip(people, probabilities, strict=True))
    return people


def test_the_likeliest_person_is_proposed(
    in_force: Classifier, parrots: dict[str, float], site: Site
) -> None:
    one, other = _says(parrots, in_force, 0.2, 0.8)
    proposal = propose(in_force, None, None)  # type: ignore[arg-type]
    assert (proposal.person, proposal.probability) == (other, pytest.approx(0.8))
    assert proposal.knows == {one, other}
    assert (proposal.version, proposal.threshold) == (f"{site.name} no. 1", 0.5)


def test_who_has_left_is_never_proposed_and_nobody_else_in_their_place(
    in_force: Classifier, parrots: dict[str, float]
) -> None:
    _, other = _says(parrots, in_force, 0.45, 0.55)
    left = Person.objects.get(pk=other)
    left.active = False
    left.save()
    proposal = propose(in_force, None, None)  # type: ignore[arg-type]
    assert (proposal.person, proposal.probability) == (None, 0.0)


MODEL = "net@1"
ADA_AT, BO_AT = np.eye(128, dtype=np.float32)[:2]


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[..., judging.Judged]:
    """``judged(vector, proposal)``: a frame of a new face, in a gallery of Ada and Bo, made up."""
    known = Gallery(dimension=128, model=MODEL, scorer=NearestTemplate(accept=0.9, margin=0.01, verify=0.7))
    known.add([(1, ADA, ADA_AT), (2, BO, BO_AT)])

    @contextmanager
    def synced(model: str) -> Iterator[tuple[Gallery, int]]:
        yield known, 7

    monkeypatch.setattr(judging.gallery, "synced", synced)
    monkeypatch.setattr(vision, "rotate", lambda vectors: vectors)

    def judge(vector: vision.Floats, proposal: Proposal | None, kiosk: UUID) -> judging.Judged:
        face: Any = SimpleNamespace(
            embedding=SimpleNamespace(model=MODEL, vector=vector),
            face=SimpleNamespace(box=Box(200.0, 150.0, 120.0, 150.0)),
            quality=SimpleNamespace(score=0.8),
        )
        return judging.judge(kiosk, face, (640, 480), proposal)

    return judge


def test_a_kiosk_acts_on_what_both_say(judged: Callable[..., judging.Judged]) -> None:
    together = judged(ADA_AT, _proposal(ADA, 0.9), uuid4())
    assert (together.found.person, together.settled, together.classified["word"]) == (ADA, True, Word.AGREES)
    kiosk = uuid4()
    apart = [judged(ADA_AT, _proposal(BO, 0.9), kiosk) for _ in range(2)]
    assert [one.found.decision for one in apart] == [AMBIGUOUS, AMBIGUOUS]
    assert [one.settled for one in apart] == [False, True], "two frames must say so, as always"
    # Once they disagreed one lucky frame is not enough.
    assert not judged(ADA_AT, _proposal(ADA, 0.9), kiosk).settled


def test_a_stranger_stays_unknown_however_certain_the_classifier_is(
    judged: Callable[..., judging.Judged],
) -> None:
    stranger, kiosk = np.eye(128, dtype=np.float32)[5], uuid4()
    for person in (ADA, BO, ADA):
        seen = judged(stranger, _proposal(person, 1.0), kiosk)
        assert (seen.found.decision, seen.found.person) == (UNKNOWN, None)
    assert seen.classified["word"] == Word.NOT_NEEDED


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ({}, "The site had none in force."),
        (confirm(_gallery_says(ACCEPTED, ADA), _proposal(ADA, 0.97))[1],
         "HQ no. 3: Ada, 0.970 (0.5 was needed); the gallery says the same."),
        (confirm(_gallery_says(ACCEPTED, ADA), _proposal(BO, 0.97))[1],
         "HQ no. 3: Ada, 0.970 (0.5 was needed); the gallery says otherwise, so nobody was named."),
        (confirm(_gallery_says(UNKNOWN), _proposal(None, 0.0))[1],
         "HQ no. 3: nobody who is still here; which changes nothing: the gallery names nobody."),
        (confirm(_gallery_says(ACCEPTED, ADA), Proposal(ID, "HQ no. 3", 0.5, asked=False))[1],
         "HQ no. 3 could not be asked; the gallery decided alone."),
    ],
)  # fmt: skip
def test_a_decision_says_what_it_said(kept: dict[str, Any], told: str) -> None:
    assert classifier_said(Decision(classified=kept), "Ada") == told
