"""From one frame of a kiosk's camera to an answer: who is it, how sure are we, and why.

Runs in a worker. Nothing here records a punch: attendance does, from the :class:`Visit`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils import timezone

from faceroster import vision
from faceroster.classifiers.proposals import classifier_at, propose
from faceroster.kiosks import agreement
from faceroster.kiosks.challenges import EXPIRED, Answer, answer_of, challenge_lost
from faceroster.kiosks.concluding import challenged, conclude
from faceroster.kiosks.judging import box_of, judge
from faceroster.kiosks.liveness import watches
from faceroster.kiosks.messages import State
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.records import site_of
from faceroster.kiosks.scenes import LATE, Look, Scene, Stopwatch, Visit
from faceroster.kiosks.sightings import (
    Sighting,
    alone,
    closed_for,
    goes_on,
    sighting_forget,
    sighting_keep,
    sighting_next,
    sighting_read,
)

__all__ = ["NEAR", "Look", "Visit", "visit_answer", "visit_decide"]

#: A face narrower than this share of the frame's longer side is further away than about 1.5 m before
#: a common webcam: somebody who walks past must not be punched.
NEAR = 0.07
_TOO_SMALL = "face.too_small"
#: Faces per frame that are looked at: whom it is about, and one to draw beside them.
_FACES = 2


def visit_decide(*, kiosk: Kiosk, frame: bytes, received: float | None = None, challenge: str = "") -> Visit:
    """Look at one JPEG frame and decide about the face that counts: the nearest, largest, centred one.

    A face that is too small or poorly seen is not judged; the answer says what to do instead. Every
    other face in the frame stays nameless. It is judged together with its earlier frames
    (:mod:`faceroster.kiosks.judging`); an outcome is announced and stored only when they agree
    (:mod:`faceroster.kiosks.agreement`; state ``unsure`` until then), and an acceptance only when the site's
    policy believes that somebody stands there (:mod:`faceroster.kiosks.liveness`): until then nobody's
    name is said. The frames of one visit share one :class:`Decision`.

    ``received``: when the frame came, seconds since 1970; one that has waited too long since, or is older
    than one seen before, decides nothing. ``challenge``: the challenge that it says it answers.

    Raises:
        InvalidInput: an ``image.*`` code, ``challenge.bad_answer``; nothing is stored then.
        NotAllowed: ``kiosk.revoked`` when this kiosk is not active (any more), ``challenge.other_kiosk``.
        Conflict: ``challenge.unknown``, ``challenge.expired``, ``challenge.replayed``.
    """
    site_of(kiosk)
    at = timezone.now().timestamp() if received is None else received
    watch = Stopwatch()
    with watch.stage("decode"):
        image = vision.decode_frame(frame)
    with alone(kiosk.id) as first:
        before = sighting_read(kiosk.id) if first else None
        if not first or (before is not None and at < before.at):
            return Scene(kiosk, image, [], at, watch).says(State.UNSURE, (LATE,))
        answer = answer_of(kiosk, challenge, before, at)
        with watch.stage("detect_embed"):
            faces = vision.engine().analyse([image], largest=_FACES)[0]
        return _looked_at(Scene(kiosk, image, faces, at, watch), before, answer)


def _looked_at(scene: Scene, before: Sighting | None, answer: Answer | None) -> Visit:
    """What the frame comes to after what was seen ``before``."""
    kiosk, faces = scene.kiosk, scene.faces
    if before is not None and before.asked is not None and closed_for(kiosk.id, before):
        before.asked = None  # they gave up moving, and came in by PIN or badge
    if before is not None and before.asked is not None:
        if goes_on(before, scene.at, before.box):
            return replace(challenged(scene, before, answer), look=scene.look())
        challenge_lost(kiosk, before, EXPIRED)  # who was asked went away
        sighting_forget(kiosk.id)  # or the next frame without a face would count it as lost again
        before = None
    if not faces:
        agreement.votes_forget(kiosk.id)
        return scene.says(State.NOBODY)
    codes = _complaints(faces[0], scene.size)
    if codes:
        return scene.says(State.COME_CLOSER if codes[0] == _TOO_SMALL else State.POOR_PICTURE, codes)
    return replace(_judged(scene, before), look=scene.look())


def _judged(scene: Scene, before: Sighting | None) -> Visit:
    """What the main face's frames come to, this one included."""
    kiosk, site, face = scene.kiosk, scene.site, scene.faces[0]
    proposal = None
    if (classifier := classifier_at(site)) is not None:
        with scene.watch.stage("classify"):
            proposal = propose(classifier, scene.image, face.face)
    with scene.watch.stage("search"):
        judged = judge(kiosk.id, face, scene.size, proposal, beside=scene.beside(), at=scene.at)
        weight = face.quality.score
        sighting = sighting_next(before, judged.known, judged.vectors[-1], weight, scene.at, box_of(face))
    if watches(site.liveness):
        with scene.watch.stage("liveness"):
            sighting.observe(vision.observe_face(scene.image, face.face, scene.at))
    visit = conclude(scene, judged, sighting)
    sighting_keep(kiosk.id, sighting)
    return visit


def _complaints(face: vision.Analysis, size: tuple[int, int]) -> tuple[str, ...]:
    """Why this face is not judged, the most useful to say first; empty when it can be."""
    codes = face.quality.codes
    if _TOO_SMALL in codes or face.face.box.w < NEAR * max(size):
        return (_TOO_SMALL, *(code for code in codes if code != _TOO_SMALL))
    return codes


def visit_answer(visit: Visit) -> dict[str, Any]:
    """The kiosk page's JSON, before attendance adds ``greeting``, ``time``, ``punch`` and ``not_me``.

    ``faces``: ``box`` [x, y, w, h] and five ``landmarks`` [x, y] in pixels of ``frame`` [w, h],
    ``main``, and ``label``, the name, which only the main face of an acceptance has.
    """
    return {
        "state": visit.state.value,
        "frame": list(visit.frame),
        "faces": visit.faces,
        "person": {"id": str(visit.person.id), "name": visit.person.name} if visit.person else None,
        "greeting": None,
        "time": None,
        "punch": None,
        "not_me": None,
        "challenge": visit.challenge,
        "pin": visit.pin,
        "message": visit.message,
        "codes": list(visit.codes),
        "timings_ms": visit.timings,
    }
