"""Whom a face must not be taken for without a PIN: twins who are known as such, and earlier mistakes."""

from __future__ import annotations

import logging
from collections.abc import Collection
from uuid import UUID

import numpy as np
from django.db.models import Q

from faceroster import vision
from faceroster.enrollment.models import EnrollmentPhoto, PhotoReview, PhotoStatus, ReviewDecision
from faceroster.enrollment.storage import person_key
from faceroster.kiosks.evidence import visit_vectors
from faceroster.kiosks.models import Decision, FalseAccept
from faceroster.people.models import Person
from faceroster.trust import sealing

logger = logging.getLogger(__name__)


def flagged_with(person: UUID, others: Collection[UUID]) -> set[UUID]:
    """Which of ``others`` staff know to look like ``person``, or have still to decide whether they do.

    A photo that was kept although it looked like somebody else's says the former, one that waits for its
    review the latter.
    """
    if not others:
        return set()
    kept = PhotoReview.objects.filter(decision=ReviewDecision.KEPT).filter(
        Q(person=person, other_person__in=others) | Q(other_person=person, person__in=others)
    )
    waiting = EnrollmentPhoto.objects.filter(status=PhotoStatus.REVIEW).filter(
        Q(person=person, similar_person__in=others) | Q(similar_person=person, person__in=others)
    )
    pairs = [
        *kept.values_list("person_id", "other_person_id"),
        *waiting.values_list("person_id", "similar_person_id"),
    ]
    return {one for pair in pairs for one in pair if one != person}


def false_accept_add(decision: Decision) -> FalseAccept | None:
    """Keep the faces of an acceptance that was none; once per decision.

    None when their numbers are gone (they are kept for some seconds only) or nobody was accepted.
    """
    found = visit_vectors(decision.pk)
    person = decision.person
    if found is None or person is None:
        return None
    model, vectors = found
    blob = np.ascontiguousarray(vectors, "<f4").tobytes()
    context = _context(person.pk, decision.pk, model)
    return FalseAccept.objects.get_or_create(
        decision=decision,
        defaults={
            "person": person,
            "model": model,
            "sealed": sealing.seal(person_key(person), blob, context=context),
        },
    )[0]


def said_not_me(known: vision.Gallery, person: Person, vectors: vision.Floats, weights: list[float]) -> bool:
    """Whether the (rotated) frames (F, D) show a face that was taken for ``person`` by mistake before.

    That is: a face that a comparison one to one takes for the one that said so, and that is as much like
    it as like ``person``, but for the margin. Without the latter the person themselves, who looks like
    whoever was taken for them, would need a PIN every day.
    """
    rows = FalseAccept.objects.filter(person=person, model=known.model)
    mistaken = [found for row in rows if (found := _opened(row, person, known.dimension)) is not None]
    if not mistaken:
        return False
    scorer = known.scorer
    alike = float(scorer.scores([scorer.person(one) for one in mistaken], vectors, weights).max())
    own = known.score(str(person.pk), vectors, weights)
    lead = own.score - alike if own else 0.0
    return alike >= scorer.verify_threshold and lead < vision.policy(known).margin


def _opened(row: FalseAccept, person: Person, dimension: int) -> vision.Floats | None:
    try:
        blob = sealing.unseal(
            person_key(person), bytes(row.sealed), context=_context(person.pk, row.decision_id, row.model)
        )
    except sealing.SealError as error:
        logger.error("False accept %s does not open and is left out: %s", row.pk, error)
        return None
    return np.frombuffer(blob, "<f4").astype(np.float32).reshape(-1, dimension)


def _context(person: UUID, decision: UUID, model: str) -> str:
    return f"false accept|{person}|{decision}|{model}"
