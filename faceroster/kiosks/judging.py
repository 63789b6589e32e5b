"""What the frames of one face come to: evidence is weighed together, not frame by frame.

Frames of one look say little more than one of them where they are much the same, and a good deal
more where they differ; the gallery's score knows that (:mod:`recognition.scoring.fusion`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from django.utils import timezone

from faceroster import vision
from faceroster.classifiers.proposals import Proposal, confirm
from faceroster.enrollment import gallery
from faceroster.kiosks import agreement
from faceroster.kiosks.agreement import Box, Vote

#: The least that a vote weighs whose score lay where it would have turned.
_LEAST_STRENGTH = 0.2


@dataclass(frozen=True, slots=True)
class Judged:
    """The main face of a frame and what the gallery says about it, its earlier frames included.

    ``settled``: whether enough frames agree to act upon it. ``score_kind``: the unit of the scores.
    ``classified``: what the site's classifier said of this frame, see :func:`confirm`. ``known``: the
    gallery that was asked; ``vectors``, (F, D), and ``weights``, (F,): the frames that it was asked about,
    this one the last. ``trace``: what else the decision rests on, for who replays it: no vector, and nobody's
    id (:mod:`faceroster.kiosks.replaying`).
    """

    face: vision.Analysis
    found: vision.Identification
    settled: bool
    model: str
    score_kind: str
    gallery_version: int
    frame: tuple[int, int]
    known: vision.Gallery = field(repr=False)
    vectors: vision.Floats = field(repr=False)
    weights: list[float] = field(repr=False)
    classified: dict[str, Any] = field(default_factory=dict)
    trace: dict[str, Any] = field(default_factory=dict)


def judge(
    kiosk_id: UUID,
    face: vision.Analysis,
    size: tuple[int, int],
    proposal: Proposal | None = None,
    *,
    beside: vision.Analysis | None = None,
    at: float | None = None,
) -> Judged:
    """Search for the main face of a frame of ``size`` (width, height), and let the frame vote.

    ``proposal``: of the site's classifier. The gallery decides by all frames, it has a word on this one.
    ``beside``: another face of the frame that may be meant as well; no name is given to both. ``at``: when
    the frame came, seconds since 1970; now when left out.
    """
    model, vector = rotated(face)
    now, here = timezone.now().timestamp() if at is None else at, box_of(face)
    before = agreement.votes_before(kiosk_id, at=now, box=here, model=model)
    with gallery.synced(model) as (known, version):
        vectors, weights = _evidence(known, before, vector, face.quality.score)
        candidates = [known.candidates(vectors, weights=weights)]
        if beside is not None:
            candidates.append(known.candidates(rotated(beside)[1]))
        found = vision.identify.decide_frame(candidates, vision.policy(known))[0]
    taken = found.decision is not vision.identify.decide(found.candidates, vision.policy(known)).decision
    found, classified = confirm(found, proposal)
    tenfold = known.scorer.tenfold
    says = (found.decision.value, found.person)
    vote = Vote(now, *says, here, model, vector, face.quality.score, _strength(found, tenfold))
    votes = [*before, vote]
    agreement.votes_keep(kiosk_id, votes)
    return Judged(
        face,
        found,
        agreement.agreed(votes, clear=is_clear(found, tenfold)),
        model,
        known.scorer.name,
        version,
        size,
        known,
        vectors,
        weights,
        classified,
        {"taken": taken, **_trace(known, found), "votes": [_told(one, vote) for one in votes]},
    )


def judge_again(
    face: vision.Analysis, size: tuple[int, int], vectors: vision.Floats, weights: list[float]
) -> Judged:
    """Search for whom all of these (rotated) frames (F, D) of one face show, as one that is settled.

    ``face``, in a frame of ``size``, is the last that was seen of it.
    """
    model, _ = rotated(face)
    with gallery.synced(model) as (known, version):
        found = vision.identify.decide(known.candidates(vectors, weights=weights), vision.policy(known))
    trace = {"taken": False, **_trace(known, found)}  # settled: no votes were asked
    return Judged(
        face, found, True, model, known.scorer.name, version, size, known, vectors, weights, trace=trace
    )


def _trace(known: vision.Gallery, found: vision.Identification) -> dict[str, Any]:
    scorer = known.scorer
    return {
        "ranked": len(found.candidates),
        "verify": round(float(scorer.verify_threshold), 5),
        "tenfold": float(scorer.tenfold),
        "people": known.people,
    }


def _told(vote: Vote, last: Vote) -> dict[str, Any]:
    """A vote for the record: whether it named the same person as the last one, not whom."""
    return {
        "outcome": vote.outcome,
        "same": vote.says == last.says,
        "weight": round(float(vote.weight), 5),
        "strength": round(float(vote.strength), 5),
    }


def rotated(face: vision.Analysis) -> tuple[str, vision.Floats]:
    """The embedder of a face's vector, and the vector (D,) as galleries hold them."""
    assert face.embedding is not None  # analyse() embeds unless told otherwise
    return face.embedding.model, vision.rotate(face.embedding.vector)


def box_of(face: vision.Analysis) -> Box:
    box = face.face.box
    return (float(box.x), float(box.y), float(box.w), float(box.h))


def _evidence(
    known: vision.Gallery, before: list[Vote], vector: vision.Floats, weight: float
) -> tuple[vision.Floats, list[float]]:
    """The frames (F, D) to judge by, and their weights: this one, and the earlier ones of the same human.

    Whoever steps in for another is judged by their own frames; the other's votes count all the same.
    """
    scorer = known.scorer
    likeness = scorer.scores([scorer.person(vote.vector[np.newaxis]) for vote in before], vector)
    same = [vote for vote, score in zip(before, likeness, strict=True) if score >= scorer.verify_threshold]
    return np.stack([*(vote.vector for vote in same), vector]), [*(vote.weight for vote in same), weight]


def _strength(found: vision.Identification, tenfold: float) -> float:
    """How far the score lies from where another decision would begin, 0.2 to 1; 1 is a factor of ten."""
    if not found.candidates:
        return 1.0
    away = abs(found.candidates[0].score - found.threshold)
    return min(1.0, max(_LEAST_STRENGTH, away / tenfold if tenfold > 0 else 1.0))


def is_clear(found: vision.Identification, tenfold: float) -> bool:
    """Whether one vote is enough (see :mod:`faceroster.kiosks.agreement`): where only a tenth of the
    strangers who reach the threshold get to, with twice the margin."""
    if found.decision is not vision.Decision.ACCEPTED:
        return False
    best, *rest = found.candidates
    lead = best.score - rest[0].score if rest else math.inf
    return best.score >= found.threshold + tenfold and lead >= 2 * found.margin
