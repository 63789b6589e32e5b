"""What a worker makes of one frame of an enrolment: what to do next, or a shot that is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from faceroster import vision
from faceroster.coaching import poses, shots
from faceroster.coaching.matchability import matchability
from faceroster.coaching.models import EnrolmentTicket
from faceroster.coaching.poses import Slot
from faceroster.coaching.shots import Session, Shot
from faceroster.coaching.tickets import session_of
from faceroster.coaching.words import say
from faceroster.consents.services import consent_check
from faceroster.core.errors import InvalidInput
from faceroster.enrollment import comparison, gallery
from faceroster.enrollment.matching import vector_of
from faceroster.enrollment.models import EnrollmentPhoto
from faceroster.enrollment.probes import probe_take
from faceroster.kiosks.models import Kiosk
from faceroster.people.models import Person

#: Faces per frame that are looked at: the person's, and one that would be too many.
_FACES = 2
#: A second face counts from this share of the first one's eye distance on, as in an enrollment photo.
_BESIDE = 0.5
#: What the comparison with everybody says that staff have to hear at once.
_WARNINGS = {
    comparison.DUPLICATE_PERSON: "coach.duplicate_person",
    comparison.COPY_OF_OTHER: "coach.duplicate_person",
    comparison.NOT_LIKE_OTHERS: "coach.not_like_others",
}


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """One frame and the face in it, whose ``box`` is (x, y, w, h) in pixels of ``size`` (width, height)."""

    image: vision.Image
    face: vision.Analysis

    @property
    def size(self) -> tuple[int, int]:
        return self.image.shape[1], self.image.shape[0]

    @property
    def box(self) -> tuple[float, float, float, float]:
        x, y, w, h = self.face.face.box
        return float(x), float(y), float(w), float(h)


def frame_look(*, kiosk_id: UUID, session: str, probe_id: str) -> dict[str, Any]:
    """Look at one frame of a session; the answer is :func:`answer`'s.

    Raises:
        InvalidInput: an ``image.*`` code.
        Unavailable: ``probe.expired``.
        NotAllowed, Conflict: as :func:`session_of`; ``consent.missing``.
    """
    kiosk = Kiosk.objects.select_related("site").get(pk=kiosk_id)
    ticket = session_of(kiosk, session)
    data = probe_take(probe_id)
    consent_check(ticket.person)
    state = shots.load(ticket.pk)
    if not state.order:
        return answer(state, "coach.complete", person=ticket.person)
    if state.warning:
        return answer(state, state.warning, person=ticket.person)
    if state.model != vision.engine().model:
        state = Session(model=vision.engine().model)  # vectors of two models never meet
    code, taken, box = _advance(ticket, state, data)
    shots.save(ticket.pk, state)
    return {**answer(state, code, person=ticket.person), "taken": taken, "box": box}


def _advance(
    ticket: EnrolmentTicket, state: Session, data: bytes
) -> tuple[str, str | None, list[float] | None]:
    """(what to say, the slot that was taken, where the face is in shares of the picture)."""
    image = vision.decode_frame(data)
    faces = vision.engine().analyse([image], embed=False, largest=_FACES)[0]
    if not faces:
        state.last = None
        return "coach.look", None, None
    seen, slot = _Seen(image, faces[0]), state.order[0]
    code = _guide(seen, faces[1:], slot, state)
    if code is not None:
        state.last = None
    elif not poses.held(state.last, seen.box):
        state.last, code = poses.place(seen.box), "coach.hold"
    else:
        state.last = None
        code = _take(ticket, state, seen, data)
    taken = slot.value if code == "coach.taken" else None
    x, y, w, h = seen.box
    width, height = seen.size
    return code, taken, [round(x / width, 4), round(y / height, 4), round(w / width, 4), round(h / height, 4)]


def _guide(seen: _Seen, others: list[vision.Analysis], slot: Slot, state: Session) -> str | None:
    near = _BESIDE * seen.face.face.eye_distance
    if any(other.face.eye_distance >= near for other in others):
        return "coach.alone"
    quality = vision.as_photo(seen.face)
    pose = poses.pose_of(quality, seen.box, seen.size)
    return (
        poses.framing(pose, seen.box, seen.size, slot)
        or poses.remedy([code for code in quality.codes if code != "face.turned_away"], slot)
        or poses.posing(slot, pose, state.base)
        or poses.remedy(quality.codes, slot)
    )


def _take(ticket: EnrolmentTicket, state: Session, seen: _Seen, data: bytes) -> str:
    """Judge the frame as an enrollment photo is judged, and keep it if nothing speaks against it."""
    try:
        with vision.friendly_errors():
            found = vision.engine().analyse_photo(seen.image)
    except InvalidInput as error:
        return "coach.alone" if error.code == "face.several" else "coach.look"
    slot = state.order[0]
    if not found.quality.acceptable:
        return poses.remedy(found.quality.codes, slot) or "coach.still"
    vector = vision.rotate(vector_of(found))
    mark = vision.fingerprint(seen.image, found.face)
    code = _objection(ticket.person, state, vector, mark)
    if code is not None:
        return code
    pose = poses.pose_of(found.quality, seen.box, seen.size)
    state.shots.append(Shot(slot, pose, found.quality.score, vector, mark))
    state.order.remove(slot)
    shots.picture_put(ticket.pk, slot, data)
    return "coach.taken"


def _objection(person: Person, state: Session, vector: vision.Floats, mark: bytes) -> str | None:
    """What speaks against a face: another one than before, a shot that adds nothing, somebody else's."""
    limit = _verify_limit()
    apart = [vision.identify.verify(shot.vector, vector, limit) for shot in state.shots]
    if apart and not any(one.same for one in apart):
        return "coach.other_face"
    pairs = zip(state.shots, apart, strict=True)
    if any(vision.same_picture(shot.mark, mark, one.distance) for shot, one in pairs):
        return "coach.vary"
    with gallery.synced(state.model) as (faces, _):
        found = comparison.objection(faces, EnrollmentPhoto(person=person), vector, mark)
    if found is None:
        return None
    if found.code == comparison.NEAR_DUPLICATE:
        return "coach.vary"
    warning = _WARNINGS[found.code]
    if warning in state.heard:
        return None
    state.warning = warning
    return warning


def _verify_limit() -> float:
    limits = vision.engine().spec.thresholds
    return limits.verify if limits else vision.identify.VERIFY_THRESHOLD


def answer(state: Session, code: str, *, person: Person) -> dict[str, Any]:
    """The coach's page's JSON: ``code`` and ``text`` say one thing to do, for the slot ``step``.

    ``steps``: every slot with whether it is ``taken``. ``warning``: what staff must answer first, or null.
    ``match``: see :func:`matchability`; null before two shots. ``state``: ``coach``, ``warning`` or
    ``complete``.
    """
    taken = {shot.slot for shot in state.shots}
    code = state.warning or code
    name = "warning" if state.warning else "coach" if state.order else "complete"
    return {
        "state": name,
        "code": code,
        "text": say(code),
        "step": state.order[0].value if state.order else None,
        "steps": [{"slot": slot.value, "taken": slot in taken} for slot in poses.ORDER],
        "warning": {"code": state.warning, "text": say(state.warning)} if state.warning else None,
        "match": matchability(state, person),
        "taken": None,
        "box": None,
    }
