"""Whose face a picture shows that was taken while the server was away.

One picture must be enough, since nobody stands there any more who could look again. So only a clear
recognition counts, as at a kiosk that lets somebody in at the first frame; and where a site asks for
movements, which one picture cannot show, a person decides. Whether somebody stood there at all
it cannot show either: where that is asked for, the punch is recorded and put before a person.
"""

from __future__ import annotations

import math
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from faceroster import vision
from faceroster.attendance.models import PunchSource
from faceroster.classifiers.proposals import classifier_at, confirm, propose
from faceroster.core.errors import InvalidInput
from faceroster.enrollment import gallery
from faceroster.kiosks.lookalikes import flagged_with, said_not_me
from faceroster.kiosks.models import Decision, Outcome
from faceroster.kiosks.visits import NEAR
from faceroster.offline import wire
from faceroster.offline.claims import Claim
from faceroster.offline.models import Flag, OfflineEntry
from faceroster.offline.payloads import payload_open
from faceroster.people.models import Liveness, Person

#: What one picture cannot show.
_MOVEMENTS = (Liveness.CHALLENGE, Liveness.ALWAYS)
_ALIKE = 3


class _Found(NamedTuple):
    """What the gallery says. ``clear``: no other picture is needed; ``code``: why nobody is named."""

    who: vision.Identification
    clear: bool
    code: str
    model: str
    score_kind: str
    version: int
    classified: dict[str, Any]


def by_face(entry: OfflineEntry) -> Claim:
    """As :data:`faceroster.offline.judging.Reader`."""
    try:
        image = vision.decode_frame(wire.picture_of(payload_open(entry)))
    except InvalidInput as error:
        return _nobody(error.code)
    faces = vision.engine().analyse([image], largest=1)[0]
    size = (image.shape[1], image.shape[0])
    if code := _unusable(faces, size):
        return _nobody(code)
    found = _search(entry, image, faces[0])
    if found.code or not found.clear:
        return _nobody(found.code or "identify.not_clear")
    person = Person.objects.filter(pk=UUID(found.who.person), active=True).first()
    if person is None:
        return _nobody("identify.unknown")
    sure = entry.site.liveness not in _MOVEMENTS
    return Claim(
        person,
        PunchSource.KIOSK,
        code="" if sure else "offline.unproven",
        sure=sure,
        flags=frozenset() if entry.site.liveness == Liveness.OFF else frozenset({Flag.ON_TRUST}),
        explain=partial(_explain, entry, person, found, faces[0], size),
    )


def _nobody(code: str) -> Claim:
    return Claim(None, PunchSource.KIOSK, code)


def _unusable(faces: list[vision.Analysis], size: tuple[int, int]) -> str:
    """Why the picture is not judged; empty when it can be."""
    if not faces:
        return "face.none"
    codes = faces[0].quality.codes
    if codes:
        return str(codes[0])
    return "face.too_small" if faces[0].face.box.w < NEAR * max(size) else ""


def _search(entry: OfflineEntry, image: vision.Image, face: vision.Analysis) -> _Found:
    assert face.embedding is not None  # analyse() embeds unless told otherwise
    model, vector = face.embedding.model, vision.rotate(face.embedding.vector)
    classifier = classifier_at(entry.site)
    proposal = propose(classifier, image, face.face) if classifier else None
    weights = [face.quality.score]
    with gallery.synced(model) as (known, version):
        candidates = known.candidates(vector[None], weights=weights)
        who, classified = confirm(vision.identify.decide(candidates, vision.policy(known)), proposal)
        code = "" if who.person else f"identify.{who.decision.value}"
        if who.person and _needs_pin(known, who, vector[None], weights):
            code = "identify.look_alike"
        clear = _clear(who, known.scorer.tenfold)
        return _Found(who, clear, code, model, known.scorer.name, version, classified)


def _needs_pin(
    known: vision.Gallery, who: vision.Identification, vectors: vision.Floats, weights: list[float]
) -> bool:
    """Whether the kiosk would have asked for a PIN: for twins, and after "that's not me"."""
    person = Person.objects.select_related("subject_key").filter(pk=UUID(who.person)).first()
    others = [UUID(one.person) for one in who.candidates[1:_ALIKE] if one.score >= who.threshold]
    if person is None or flagged_with(person.pk, others):
        return True
    return said_not_me(known, person, vectors, weights)


def _clear(who: vision.Identification, tenfold: float) -> bool:
    """As :mod:`faceroster.kiosks.agreement` says it of a recognition that needs one frame."""
    if who.person is None:
        return False
    best, *rest = who.candidates
    lead = best.score - rest[0].score if rest else math.inf
    return best.score >= who.threshold + tenfold and lead >= 2 * who.margin


def _explain(
    entry: OfflineEntry, person: Person, found: _Found, face: vision.Analysis, size: tuple[int, int]
) -> Decision:
    """The decision that the punch rests on, at the moment of the picture."""
    when: datetime = entry.at
    return Decision.objects.create(
        kiosk=entry.kiosk,
        site=entry.site,
        outcome=Outcome.ACCEPTED,
        person=person,
        score=found.who.candidates[0].score,
        threshold=found.who.threshold,
        margin=found.who.margin,
        score_kind=found.score_kind,
        candidates=[
            {
                "person": one.person,
                "score": round(one.score, 5),
                "nearest": round(one.nearest, 5),
                "templates": one.templates,
            }
            for one in found.who.candidates
        ],
        quality=face.quality.score,
        box=[round(float(side), 1) for side in face.face.box],
        frame_size=list(size),
        model=found.model,
        gallery_version=found.version,
        classified=found.classified,
        liveness={"policy": entry.site.liveness, "verdict": "offline"},
        last_frame_at=when,
    )
