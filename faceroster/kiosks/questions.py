"""Where a face is not enough: who has to say by a PIN which of two people they are, or that they are one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from faceroster import vision
from faceroster.kiosks.judging import Judged
from faceroster.kiosks.lookalikes import flagged_with, said_not_me
from faceroster.kiosks.models import Decision, Kiosk
from faceroster.kiosks.sightings import Sighting
from faceroster.kiosks.tickets import LIFE, Why, ticket_lasts, ticket_make
from faceroster.people.models import Person

#: So many people at most may answer one question.
_MOST = 3
#: Seconds before its end that a ticket is not handed out again.
_TOO_LATE = 20


def question_about(judged: Judged) -> tuple[Why, list[UUID]] | None:
    """Why, and of whom, a PIN is asked for in place of a guess; None when the face is enough, or nobody's.

    Of look-alikes: two people whose scores are closer than the margin, or whom staff know to look alike and
    who would both pass a comparison one to one. And of who said "that's not me" of the person named.
    """
    found, known = judged.found, judged.known
    if found.decision is vision.Decision.AMBIGUOUS:
        best = found.candidates[0].score
        near = [one for one in found.candidates if best - one.score < found.margin]
        close = [UUID(one.person) for one in near if one.score >= found.threshold]
        return (Why.LOOK_ALIKE, close[:_MOST]) if len(close) > 1 else None
    person = _person(found.person)
    if person is None:
        return None
    others = [
        UUID(one.person)
        for one in found.candidates
        if one.person != found.person and one.score >= known.scorer.verify_threshold
    ]
    twins = flagged_with(person.pk, others)
    if twins:
        return Why.LOOK_ALIKE, [person.pk, *(one for one in others if one in twins)][:_MOST]
    if said_not_me(known, person, judged.vectors, judged.weights):
        return Why.NOT_ME, [person.pk]
    return None


def ticket_for(
    kiosk: Kiosk, sighting: Sighting, why: Why, people: list[UUID], decision: Decision | None, at: float
) -> dict[str, Any]:
    """What the page is told: the same ticket again while the same question is asked of the same face.

    One whose tries are used up gives way to another: how often a person's PIN may be wrong is counted apart.
    """
    about = {"why": why.value, "people": sorted(map(str, people))}
    given = sighting.pin if sighting.pin and sighting.pin["about"] == about else None
    if given is None or at > sighting.pin_until - _TOO_LATE or not ticket_lasts(kiosk, given["ticket"]):
        given = sighting.pin = {"about": about, "ticket": ticket_make(kiosk, why, people, decision)}
        sighting.pin_until = at + LIFE.total_seconds()
    return {"ticket": given["ticket"], "why": why.value}


def _person(key: str | None) -> Person | None:
    if key is None:
        return None
    return Person.objects.select_related("subject_key").filter(pk=UUID(key), active=True).first()
