"""How well the shots of a session will do their work: find each other, and stay away from everybody else."""

from __future__ import annotations

from typing import Any

import numpy as np

from faceroster import vision
from faceroster.coaching.shots import Session
from faceroster.coaching.words import match_words
from faceroster.enrollment import gallery
from faceroster.people.models import Person

#: People who are looked at for one who is like this one.
_OTHERS = 3
#: Words by the percentage reached.
_GOOD, _FAIR = 75, 50


def matchability(state: Session, person: Person) -> dict[str, Any] | None:
    """What the shots are worth, as ``{"percent", "found", "of", "level", "others", "text"}``.

    ``found`` of ``of`` shots would be recognised by the other ones alone, as a frame at the door is. Each
    counts by its own usefulness (:mod:`recognition.usefulness`) in ``percent``. ``level``: good, fair or
    weak. ``others``: ``apart``; ``near`` when the most similar other person is within a tenfold of strangers
    of the threshold; ``alike`` when they are suspected to be one human. None before there are two shots.
    """
    if len(state.shots) < 2:
        return None
    vectors = np.stack([shot.vector for shot in state.shots])
    with gallery.synced(state.model) as (faces, _):
        limit = vision.policy(faces).threshold
        scores = [
            float(faces.scorer.scores([faces.scorer.person(np.delete(vectors, i, axis=0))], vectors[i])[0])
            for i in range(len(vectors))
        ]
        near = [one for one in faces.candidates(vectors, _OTHERS) if one.person != str(person.pk)]
        others = _others(faces, near[0].score if near else None)
    found = [score >= limit for score in scores]
    worth = [shot.quality for shot, there in zip(state.shots, found, strict=True) if there]
    percent = round(100 * sum(worth) / len(found))
    level = "good" if percent >= _GOOD else "fair" if percent >= _FAIR else "weak"
    return {
        "percent": percent,
        "found": sum(found),
        "of": len(found),
        "level": level,
        "others": others,
        "text": match_words(level, others),
    }


def _others(faces: vision.Gallery, score: float | None) -> str:
    if score is None:
        return "apart"
    if score >= vision.suspicion(faces).threshold:
        return "alike"
    return "near" if score >= vision.policy(faces).threshold - faces.scorer.tenfold else "apart"
