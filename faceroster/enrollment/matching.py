"""Comparing a picture with the people on the roster: one to one, one to many, or with another picture.

Runs in a worker, on pictures of :mod:`faceroster.enrollment.probes`. Nothing is stored. Whoever asks
is answered in plain dicts, which travel back as JSON; people are named by their ids only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import numpy as np
from django.utils.translation import gettext as _

from faceroster import vision
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.core.sentences import of_picture
from faceroster.enrollment import gallery
from faceroster.enrollment.probes import probe_take
from faceroster.people.models import Person

#: Faces of one picture that are looked at; a probe is about the first.
_FACES = 10
#: How many people are ranked for someone who may see some of them only.
_RANKED = 200


def face_verify(*, probe_id: str, person_id: str) -> dict[str, Any]:
    """Is the picture's main face this person's?

    ``score``: of the face and all the person's photos together, in the unit ``score_kind``, the same
    as in :func:`face_identify`; ``same`` when it reaches ``threshold``, which 1 in 1,000 other people
    would. ``similarity`` and ``distance``: of the most similar of the photos, for people to look at.

    Raises:
        InvalidInput: an ``image.*`` or ``face.*`` code: no face, or one too poorly seen to judge.
        Conflict: ``person.not_enrolled``.
        Unavailable: ``probe.expired``.
    """
    faces = _look(probe_id, vision.engine())
    probe = vision.rotate(vector_of(faces[0]))
    with gallery.synced(_model(faces[0])) as (known, version):
        found = known.score(person_id, probe)
    if found is None:
        raise Conflict("person.not_enrolled", _("This person has no accepted photo, or is not active."))
    scorer = known.scorer
    return {
        "same": found.score >= scorer.verify_threshold,
        "score": round(found.score, 5),
        "threshold": round(scorer.verify_threshold, 5),
        "score_kind": scorer.name,
        "distance": round(float(np.sqrt(max(0.0, 2 - 2 * found.nearest))), 5),
        "similarity": round(found.nearest, 5),
        "templates": found.templates,
        "gallery_version": version,
        **_seen(faces),
    }


def face_compare(*, probe_ids: tuple[str, str]) -> dict[str, Any]:
    """Do two pictures show one person? Raises what :func:`face_verify` does, except for the person."""
    engine = vision.engine()  # one for both, whatever is switched meanwhile
    first, second = (
        _look_at_its(number, probe_id, engine)
        for number, probe_id in zip(("first", "second"), probe_ids, strict=True)
    )
    limit = engine.spec.thresholds.verify if engine.spec.thresholds else vision.identify.VERIFY_THRESHOLD
    found = vision.identify.verify(vector_of(first[0]), vector_of(second[0]), limit)
    return {
        "same": found.same,
        "distance": round(found.distance, 5),
        "similarity": round(found.similarity, 5),
        "threshold": found.threshold,
        "model": _model(first[0]),
        "images": [{"faces": faces_json(faces)} for faces in (first, second)],
    }


def face_identify(*, probe_id: str, visible_department_ids: list[str] | None, k: int) -> dict[str, Any]:
    """Who is the picture's main face, if anyone on the roster?

    ``visible_department_ids``: the departments whose people may be named; None is all of them. The
    decision is made among everyone, since a stranger must not become a colleague for whoever cannot
    see the right person; then what may not be seen is taken out of the answer.

    Raises:
        InvalidInput: an ``image.*`` or ``face.*`` code: no face, or one too poorly seen to judge.
        Unavailable: ``probe.expired``.
    """
    faces = _look(probe_id, vision.engine())
    return {**who_is(faces[0], visible_department_ids=visible_department_ids, k=k), **_seen(faces)}


def who_is(face: vision.Analysis, *, visible_department_ids: list[str] | None, k: int) -> dict[str, Any]:
    """Who on the roster one face may be: the part of :func:`face_identify` after the face is found."""
    probe = vision.rotate(vector_of(face))
    with gallery.synced(_model(face)) as (known, version):
        # Two at least, whatever is shown: without the runner-up there is no margin.
        ranked = known.candidates(probe, max(k, 2) if visible_department_ids is None else _RANKED)
        limits = vision.policy(known)
    found = vision.identify.decide(ranked, limits)
    decision, person, shown = found.decision, found.person, list(found.candidates)
    if visible_department_ids is not None:
        visible = _visible(visible_department_ids, (candidate.person for candidate in ranked))
        shown = [candidate for candidate in ranked if candidate.person in visible]
        decision, person = _as_seen(found, shown)
    return {
        "decision": decision.value,
        "person": person,
        "candidates": [
            {
                "person": candidate.person,
                "score": round(candidate.score, 5),
                "nearest": round(candidate.nearest, 5),
                "templates": candidate.templates,
            }
            for candidate in shown[:k]
        ],
        "threshold": found.threshold,
        "margin": found.margin,
        "score_kind": known.scorer.name,
        "gallery_version": version,
    }


def _as_seen(
    found: vision.Identification, shown: list[vision.Candidate]
) -> tuple[vision.Decision, str | None]:
    """The decision for one who sees only ``shown``: never a name because the better one is hidden."""
    if found.person is not None and any(candidate.person == found.person for candidate in shown):
        return found.decision, found.person
    if shown and shown[0].score >= found.threshold:
        return vision.Decision.AMBIGUOUS, None
    return vision.Decision.UNKNOWN, None


def _visible(department_ids: list[str], person_ids: Iterable[str]) -> set[str]:
    departments = [UUID(pk) for pk in department_ids]
    people = Person.objects.filter(department_id__in=departments, pk__in=[UUID(pk) for pk in person_ids])
    return {str(pk) for pk in people.values_list("pk", flat=True)}


def _look(probe_id: str, engine: vision.FaceEngine) -> list[vision.Analysis]:
    """The faces of a probe, the main one first, and that one good enough to be judged."""
    faces = faces_in(vision.decode(probe_take(probe_id)), engine)
    codes = faces[0].quality.codes
    if codes:
        raise InvalidInput(codes[0], vision.explain(codes[0]))
    return faces


def faces_in(image: vision.Image, engine: vision.FaceEngine) -> list[vision.Analysis]:
    """The faces of a picture (RGB uint8), with embeddings, however poor; the main one first.

    Raises :class:`InvalidInput` ``face.not_found``.
    """
    with vision.friendly_errors():
        # The second look also finds a face that is too small, and can then say so.
        return engine.analyse([image], largest=_FACES, patient=True)[0] or [engine.analyse_photo(image)]


def _look_at_its(number: str, probe_id: str, engine: vision.FaceEngine) -> list[vision.Analysis]:
    try:
        return _look(probe_id, engine)
    except InvalidInput as error:
        raise InvalidInput(error.code, of_picture(number, error.message)) from error


def vector_of(face: vision.Analysis) -> vision.Floats:
    """The embedding (D,) of a face of :func:`faces_in`, not rotated."""
    assert face.embedding is not None  # analyse() embeds unless told otherwise
    return face.embedding.vector


def _model(face: vision.Analysis) -> str:
    assert face.embedding is not None
    return face.embedding.model


def _seen(faces: list[vision.Analysis]) -> dict[str, Any]:
    return {"model": _model(faces[0]), "faces": faces_json(faces)}


def faces_json(faces: list[vision.Analysis]) -> list[dict[str, Any]]:
    """Box (left, top, width, height in pixels), confidence and quality of each, and which is the main one."""
    return [
        {
            "box": [round(float(side), 1) for side in found.face.box],
            "confidence": round(float(found.face.confidence), 4),
            "quality": round(float(found.quality.score), 4),
            "main": number == 0,
        }
        for number, found in enumerate(faces)
    ]
