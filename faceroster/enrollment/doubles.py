"""People on the roster who may be one human under two names, enrolled before anything looked for that.

A new photo is compared with everybody before it is used (:mod:`faceroster.enrollment.comparison`); those
that an older version accepted never were. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from faceroster import vision
from faceroster.enrollment import embedders
from faceroster.enrollment.models import PhotoReview, ReviewDecision
from faceroster.people.models import Person


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people who may be one human, in the order of their employee numbers.

    ``score``, in the unit of the gallery's scores, is why they are suspected. ``similarity``: the cosine of
    what was compared, one photo or all of a person's together, with the other's most similar photo.
    ``decided``: somebody has kept a photo of one though it looks like the other.
    """

    first: Person
    second: Person
    score: float
    similarity: float
    decided: bool


def people_to_compare() -> list[UUID]:
    """Everybody whom a face can be recognised as, in a fixed order."""
    found = embedders.templates_in_force().filter(person__active=True)
    return list(found.order_by("person_id").values_list("person_id", flat=True).distinct())


def pairs(faces: vision.Gallery, people: Iterable[UUID]) -> list[Pair]:
    """Who in ``faces`` may be one of ``people`` as well, by the measure of enrollment; the likeliest first.

    ``people`` is gone through once, so it may show how far it is.
    """
    best: dict[frozenset[str], vision.Candidate] = {}
    for person in map(str, people):
        for found in _alike(faces, person):
            pair = frozenset((person, found.person))
            if pair not in best or found.score > best[pair].score:
                best[pair] = found
    known = Person.objects.in_bulk({UUID(pk) for pair in best for pk in pair})
    decided = _decided()
    rows = []
    for pair, found in best.items():
        both = [known[UUID(pk)] for pk in pair if UUID(pk) in known]
        if len(both) == 2:  # nobody was deleted meanwhile
            first, second = sorted(both, key=lambda one: one.employee_number)
            rows.append(Pair(first, second, found.score, found.nearest, pair in decided))
    return sorted(rows, key=lambda row: (-row.score, row.first.employee_number, row.second.employee_number))


def _alike(faces: vision.Gallery, person: str) -> Iterator[vision.Candidate]:
    """What would have stopped the photos of ``person``: each for itself, and all of them together."""
    own = [template for _, template in faces.person_templates(person)]
    for probe in [*own, np.stack(own)] if len(own) > 1 else own:
        # As if they were nobody's yet: with their own photos at hand each would count twice.
        for found in vision.same_human_elsewhere(faces, probe, ""):
            if found.person != person:
                yield found


def _decided() -> set[frozenset[str]]:
    kept = PhotoReview.objects.filter(decision=ReviewDecision.KEPT, other_person__isnull=False)
    return {frozenset(map(str, pair)) for pair in kept.values_list("person_id", "other_person_id")}
