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
from faceroster.kiosks.agreement import Vote


@dataclass(frozen=True, slots=True)
class Judged:
    """The main face of a frame and what the gallery says about it, its earlier frames included.

    ``settled``: whether enough frames agree to act upon it. ``score_kind``: the unit of the scores.
    ``classified``: what the site's classifier said of this frame, see :func:`confirm`.
    """

    face: vision.Analysis
    found: vision.Identification
    settled: bool
    model: str
    score_kind: str
    gallery_version: int
    frame: tuple[int, int]
    classified: dict[str, Any] = field(default_factory=dict)


def judge(
    kiosk_id: UUID, face: vision.Analysis, size: tuple[int, int], proposal: Proposal | None = None
) -> Judged:
    """Search for the main face of a frame of ``size`` (width, height), and let the frame vote.

    ``proposal``: of the site's classifier. The gallery decides by all frames, it has a word on this one.
    """
    assert face.embedding is not None  # analyse() embeds unless told otherwise
    model, vector = face.embedding.model, vision.rotate(face.embedding.vector)
    box, now = face.face.box, timezone.now().timestamp()
    here = (float(box.x), float(box.y), float(box.w), float(box.h))
    before = agreement.votes_before(kiosk_id, at=now, box=here, model=model)
    with gallery.synced(model) as (known, version):
        vectors, weights = _evidence(known, before, vector, face.quality.score)
        candidates = known.candidates(vectors, weights=weights)
        found = vision.identify.decide(candidates, vision.policy(known))
    found, classified = confirm(found, proposal)
    votes = [*before, Vote(now, found.decision.value, found.person, here, model, vector, face.quality.score)]
    agreement.votes_keep(kiosk_id, votes)
    settled = agreement.agreed(votes, clear=_clear(found, known.scorer.tenfold))
    return Judged(face, found, settled, model, known.scorer.name, version, size, classified)


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


def _clear(found: vision.Identification, tenfold: float) -> bool:
    """Whether one vote is enough (see :mod:`faceroster.kiosks.agreement`): where only a tenth of the
    strangers who reach the threshold get to, with twice the margin."""
    if found.decision is not vision.Decision.ACCEPTED:
        return False
    best, *rest = found.candidates
    lead = best.score - rest[0].score if rest else math.inf
    return best.score >= found.threshold + tenfold and lead >= 2 * found.margin
