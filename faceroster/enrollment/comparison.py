"""What speaks against a new photo, once its face is good: the people and photos that are there already.

Runs in a worker, under the gallery's lock. Nothing is written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import numpy as np

from faceroster import vision
from faceroster.enrollment.models import EnrollmentPhoto, PhotoReview, PhotoStatus, ReviewDecision, Template
from faceroster.enrollment.storage import person_key
from faceroster.trust import sealing

COPY_OF_OTHER = "photo.copy_of_other"
DUPLICATE_PERSON = "photo.duplicate_person"
NOT_LIKE_OTHERS = "photo.not_like_others"
NEAR_DUPLICATE = "photo.near_duplicate"


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a photo is stopped. Where another person is concerned, who, and how alike the two are.

    ``other_photo_id``: which of their photos it is a copy of.
    """

    code: str
    status: PhotoStatus
    other_person_id: UUID | None = None
    similarity: float | None = None
    other_photo_id: UUID | None = None


def objection(
    faces: vision.Gallery, photo: EnrollmentPhoto, vector: vision.Floats, fingerprint: bytes
) -> Objection | None:
    """The gravest thing that speaks against ``photo``, or None.

    ``vector``: its rotated embedding; ``fingerprint``: that of :func:`vision.fingerprint`. What somebody
    with the right to has decided about this very photo is not asked again; anything else still is.
    """
    settled = _Settled.of(photo)
    person = str(photo.person_id)
    found = _another_human(faces, person, vector, fingerprint, settled)
    if found is not None:
        return found
    if NOT_LIKE_OTHERS not in settled.codes and vision.not_like_others(faces, vector, person):
        return Objection(NOT_LIKE_OTHERS, PhotoStatus.REVIEW)
    if _copied(faces, person, vector, fingerprint) is not None:
        return Objection(NEAR_DUPLICATE, PhotoStatus.REJECTED)
    return None


@dataclass(frozen=True, slots=True)
class _Settled:
    """What was decided about a photo: the people it may look like, and the codes that stop it no more."""

    people: frozenset[str]
    codes: frozenset[str]

    @classmethod
    def of(cls, photo: EnrollmentPhoto) -> _Settled:
        kept = PhotoReview.objects.filter(photo=photo, decision=ReviewDecision.KEPT)
        rows = list(kept.values_list("other_person_id", "codes"))
        people = [other for other, _ in rows if other is not None]
        if photo.fingerprint is not None:
            # It was in use before its person went away. Who was let in beside them, twins say, has been
            # decided about, from the other's side.
            beside = PhotoReview.objects.filter(other_person=photo.person_id, decision=ReviewDecision.KEPT)
            people += beside.values_list("person_id", flat=True)
        return cls(
            frozenset(map(str, people)),
            frozenset(code for _, codes in rows for code in codes),
        )


def _another_human(
    faces: vision.Gallery, person: str, vector: vision.Floats, fingerprint: bytes, settled: _Settled
) -> Objection | None:
    """The same picture or the same human under another name."""
    near = [one for one in vision.nearest_others(faces, vector, person) if one.person not in settled.people]
    for one in near:
        copied = _copied(faces, one.person, vector, fingerprint)
        if copied is not None:
            return Objection(COPY_OF_OTHER, PhotoStatus.REVIEW, UUID(one.person), one.nearest, copied)
    alike = vision.same_human_elsewhere(faces, vector, person)
    for one in alike:
        if one.person not in settled.people:
            return Objection(DUPLICATE_PERSON, PhotoStatus.REVIEW, UUID(one.person), one.nearest)
    return None


def _copied(faces: vision.Gallery, person: str, vector: vision.Floats, fingerprint: bytes) -> UUID | None:
    """Which of ``person``'s accepted photos is this picture, saved again in whatever way: the nearest one."""
    vectors = dict(faces.person_templates(person))
    templates = Template.objects.filter(pk__in=vectors).select_related("photo", "person__subject_key")
    apart = {template: float(np.linalg.norm(vectors[template.pk] - vector)) for template in templates}
    for template in sorted(apart, key=apart.__getitem__):
        if vision.same_picture(fingerprint_open(template), fingerprint, apart[template]):
            return template.photo_id
    return None


def fingerprint_seal(photo: EnrollmentPhoto, fingerprint: bytes) -> bytes:
    """Seal a fingerprint under the key of the photo's person, bound to both."""
    return sealing.seal(person_key(photo.person), fingerprint, context=_context(photo.person_id, photo.pk))


def fingerprint_open(template: Template) -> bytes | None:
    """The fingerprint of a template's photo; None where there is none, or it does not open."""
    sealed = template.photo.fingerprint
    if sealed is None:
        return None
    context = _context(template.person_id, template.photo_id)
    try:
        return sealing.unseal(person_key(template.person), bytes(sealed), context=context)
    except sealing.SealError as error:
        if error.code == "sealed.wrong_root_key":
            raise
        return None  # the gallery has said already that this person's data is damaged


def _context(person_id: object, photo_id: object) -> str:
    return f"fingerprint|{person_id}|{photo_id}"
