"""From one frame of a kiosk's camera to an answer: who is it, how sure are we, and why.

Runs in a worker. Nothing here records a punch: attendance does, from the :class:`Visit`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster import vision
from faceroster.classifiers.proposals import classifier_at, propose
from faceroster.core.errors import NotAllowed
from faceroster.kiosks import agreement
from faceroster.kiosks.judging import Judged, judge
from faceroster.kiosks.messages import State, message_of
from faceroster.kiosks.models import Decision, Kiosk, KioskStatus, Outcome
from faceroster.people.models import Person, Site

#: Frames of an unknown or ambiguous face this close together are one visit.
STRANGER_GAP = timedelta(seconds=5)
#: A face narrower than this share of the frame's longer side is further away than about 1.5 m before
#: a common webcam: somebody who walks past must not be punched.
NEAR = 0.07
_TOO_SMALL = "face.too_small"
#: Faces per frame that are looked at: whom it is about, and one to draw beside them.
_FACES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The frame, RGB uint8, and the main face in it. In memory only."""

    image: vision.Image
    face: vision.Face


@dataclass(frozen=True, slots=True)
class Visit:
    """What one frame came to.

    ``decision`` is there once enough frames agree, and is the same row for all frames of a visit;
    ``person`` is set only when it is an acceptance. ``faces``: see :func:`visit_answer`.
    ``frame``: width and height that boxes and landmarks refer to. ``timings``: ms by stage. ``look``: what
    was judged, if a face was.
    """

    state: State
    message: str
    frame: tuple[int, int]
    decision: Decision | None = None
    person: Person | None = None
    faces: list[dict[str, Any]] = field(default_factory=list)
    codes: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    look: Look | None = field(default=None, repr=False)


class _Stopwatch:
    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self._start = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.ms[name] = round((time.perf_counter() - start) * 1000, 2)

    def total(self) -> dict[str, float]:
        return {**self.ms, "total": round((time.perf_counter() - self._start) * 1000, 2)}


def visit_decide(*, kiosk: Kiosk, frame: bytes) -> Visit:
    """Look at one JPEG frame and decide about the face that counts: the nearest, largest, centred one.

    A face that is too small or poorly seen is not judged; the answer says what to do instead. Every
    other face in the frame stays nameless. It is judged together with its earlier frames
    (:mod:`faceroster.kiosks.judging`); an outcome is announced and stored only when they agree
    (:mod:`faceroster.kiosks.agreement`; state ``unsure`` until then). A clear recognition needs one
    frame, everything else two. The frames of one visit share one :class:`Decision`.

    Raises:
        InvalidInput: an ``image.*`` code; nothing is stored then.
        NotAllowed: ``kiosk.revoked`` when this kiosk is not active (any more).
    """
    site = _site(kiosk)
    watch = _Stopwatch()
    with watch.stage("decode"):
        image = vision.decode_frame(frame)
    size = (image.shape[1], image.shape[0])
    with watch.stage("detect_embed"):
        faces = vision.engine().analyse([image], largest=_FACES)[0]
    if not faces:
        agreement.votes_forget(kiosk.id)
        return Visit(State.NOBODY, message_of(State.NOBODY), size, timings=watch.total())
    codes = _complaints(faces[0], size)
    if codes:
        state = State.COME_CLOSER if codes[0] == _TOO_SMALL else State.POOR_PICTURE
        message = message_of(state, codes)
        return Visit(state, message, size, faces=_drawn(faces), codes=codes, timings=watch.total())
    proposal = None
    if (classifier := classifier_at(site)) is not None:
        with watch.stage("classify"):
            proposal = propose(classifier, image, faces[0].face)
    with watch.stage("search"):
        judged = judge(kiosk.id, faces[0], size, proposal)
    return replace(_conclude(kiosk, judged, faces, watch), look=Look(image, faces[0].face))


def _complaints(face: vision.Analysis, size: tuple[int, int]) -> tuple[str, ...]:
    """Why this face is not judged, the most useful to say first; empty when it can be."""
    codes = face.quality.codes
    if _TOO_SMALL in codes or face.face.box.w < NEAR * max(size):
        return (_TOO_SMALL, *(code for code in codes if code != _TOO_SMALL))
    return codes


def _site(kiosk: Kiosk) -> Site:
    if kiosk.status != KioskStatus.ACTIVE or kiosk.site is None:
        raise NotAllowed("kiosk.revoked", _("This kiosk is not paired any more."))
    return kiosk.site


def _conclude(kiosk: Kiosk, judged: Judged, faces: list[vision.Analysis], watch: _Stopwatch) -> Visit:
    found = judged.found
    codes = (f"identify.{found.decision.value}",) if found.person is None else ()
    decision = person = None
    if judged.settled:
        with watch.stage("database"):
            decision, person = _decision_record(kiosk, judged, watch.ms)
    if decision is None:
        return Visit(
            State.UNSURE, message_of(State.UNSURE), judged.frame, None, None, _drawn(faces), (), watch.total()
        )
    state = State(decision.outcome)
    drawn = _drawn(faces, label=person.name if person else None)
    return Visit(state, message_of(state), judged.frame, decision, person, drawn, codes, watch.total())


@transaction.atomic
def _decision_record(
    kiosk: Kiosk, judged: Judged, ms: dict[str, float]
) -> tuple[Decision | None, Person | None]:
    """Add this frame to the decision of its visit, or begin a new one.

    None when the person was deleted or left between the search and now. The lock on the kiosk makes
    frames that arrive at once find the same visit.
    """
    start = time.perf_counter()
    _site(Kiosk.objects.select_for_update().get(pk=kiosk.pk))  # it may be revoked by now
    outcome, person = Outcome(judged.found.decision.value), None
    if outcome == Outcome.ACCEPTED:
        person = Person.objects.filter(pk=UUID(judged.found.person), active=True).first()
        if person is None:
            return None, None
    now = timezone.now()
    visit = (
        Decision.objects.filter(
            kiosk=kiosk, outcome=outcome, person=person, last_frame_at__gt=now - _gap(kiosk, outcome)
        )
        .order_by("-last_frame_at")
        .first()
    )
    if visit is None:
        database = round((time.perf_counter() - start) * 1000, 2)  # up to the row that says so
        return _decision_create(kiosk, outcome, person, judged, {**ms, "database": database}), person
    Decision.objects.filter(pk=visit.pk).update(frames=F("frames") + 1, last_frame_at=now)
    visit.refresh_from_db(fields=["frames", "last_frame_at"])
    return visit, person


def _gap(kiosk: Kiosk, outcome: Outcome) -> timedelta:
    if outcome != Outcome.ACCEPTED:
        return STRANGER_GAP
    return max(timedelta(seconds=_site(kiosk).debounce_seconds), STRANGER_GAP)


def _decision_create(
    kiosk: Kiosk, outcome: Outcome, person: Person | None, judged: Judged, ms: dict[str, float]
) -> Decision:
    found, face = judged.found, judged.face
    return Decision.objects.create(
        kiosk=kiosk,
        site=_site(kiosk),
        outcome=outcome,
        person=person,
        score=found.candidates[0].score if found.candidates else None,
        threshold=found.threshold,
        margin=found.margin,
        score_kind=judged.score_kind,
        candidates=[
            {
                "person": candidate.person,
                "score": round(candidate.score, 5),
                "nearest": round(candidate.nearest, 5),
                "templates": candidate.templates,
            }
            for candidate in found.candidates
        ],
        quality=face.quality.score,
        codes=[] if person else [f"identify.{found.decision.value}"],
        box=[round(side, 1) for side in face.face.box],
        frame_size=list(judged.frame),
        model=judged.model,
        gallery_version=judged.gallery_version,
        classified=judged.classified,
        latency_ms=ms,
    )


def _drawn(faces: list[vision.Analysis], label: str | None = None) -> list[dict[str, Any]]:
    """What the page draws. Only the main face (the first) may bear a name."""
    return [
        {
            "box": [round(float(side), 1) for side in found.face.box],
            "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in found.face.landmarks],
            "main": i == 0,
            "label": label if i == 0 else None,
        }
        for i, found in enumerate(faces)
    ]


def visit_answer(visit: Visit) -> dict[str, Any]:
    """The kiosk page's JSON, before attendance adds ``greeting``, ``time`` and ``punch``.

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
        "message": visit.message,
        "codes": list(visit.codes),
        "timings_ms": visit.timings,
    }
