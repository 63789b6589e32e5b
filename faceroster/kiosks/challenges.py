"""A challenge at a kiosk: three movements that are asked for, and answered by frames of the same face.

A challenge has a nonce of its own, good once, for twenty seconds and for one kiosk. Its answers are numbered,
each number higher than those before. What counts as a right answer, the library knows; here is who may
answer, when, and how often somebody is asked.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.utils.translation import gettext as _

from faceroster import vision
from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.kiosks.limits import attempt_add, attempts_count
from faceroster.kiosks.models import Decision, Kiosk, Outcome
from faceroster.kiosks.sightings import Asked, Sighting

SECONDS = 20
STEPS = 3
#: So many challenges may be lost within a minute, by one person at one kiosk.
CHANCES = 2
LOST_SECONDS = 60
#: Frames of somebody else that end a challenge; one may be a poor picture of who was asked.
STRANGE = 3
#: Orders that are not drawn again for the same person; twenty are left to choose from.
AVOIDED = 10
EXPIRED, OTHER_FACE = "challenge.expired", "challenge.other_face"
#: A nonce is known for longer than it is good, so that what is wrong with it can be said.
_KNOWN_SECONDS = 120
_HEADER = re.compile(r"([\w-]{10,64}) (\d{1,6})")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a frame says that it answers: a nonce, and its number among the frames that do."""

    nonce: str
    number: int


def answer_of(kiosk: Kiosk, header: str, sighting: Sighting | None, at: float) -> Answer | None:
    """The challenge that a frame of ``kiosk`` answers; None when it claims to answer none.

    ``header``: the value of ``X-FaceRoster-Challenge``. ``at``: when the frame came, seconds since 1970. Each
    number is taken once, whatever comes of the frame.

    Raises:
        InvalidInput: ``challenge.bad_answer`` for a header that cannot be read.
        NotAllowed: ``challenge.other_kiosk``.
        Conflict: ``challenge.unknown`` for a nonce that was never given out or is used,
            ``challenge.expired``, ``challenge.replayed`` for a number not higher than those before.
    """
    if not header:
        return None
    found = _HEADER.fullmatch(header)
    if found is None:
        raise InvalidInput("challenge.bad_answer", _("The answer to a challenge could not be read."))
    answer = Answer(found[1], int(found[2]))
    given = cache.get(_name(answer.nonce))
    if given is None:
        raise _unknown()
    if given["kiosk"] != str(kiosk.pk):
        raise NotAllowed("challenge.other_kiosk", _("This challenge was given to another kiosk."))
    asked = sighting.asked if sighting else None
    if asked is None or asked.nonce != answer.nonce:
        if at > given["until"]:
            raise Conflict(EXPIRED, _("That took too long. Please look into the camera again."))
        raise _unknown()
    once = cache.add(f"{_name(answer.nonce)}:{answer.number}", 1, timeout=_KNOWN_SECONDS)
    if not once or answer.number <= asked.number:
        raise Conflict("challenge.replayed", _("This picture was sent before."))
    return answer


def _unknown() -> Conflict:
    return Conflict("challenge.unknown", _("This challenge is over. Please look into the camera again."))


def challenge_begin(kiosk: Kiosk, sighting: Sighting, person: str, at: float) -> None:
    """Ask the face of ``sighting``, taken for ``person``, for three movements."""
    nonce, until = secrets.token_urlsafe(16), at + SECONDS
    cache.set(_name(nonce), {"kiosk": str(kiosk.pk), "until": until}, timeout=_KNOWN_SECONDS)
    sighting.person = person
    sighting.asked = Asked(nonce, until, vision.challenge_begin(at, avoid=orders_passed(person)))


def orders_passed(person: str) -> list[tuple[str, ...]]:
    """The orders in which ``person`` was let in last, anywhere: whoever filmed one has no use for it."""
    reports = Decision.objects.filter(
        person_id=UUID(person), outcome=Outcome.ACCEPTED, liveness__challenge__verdict="passed"
    ).order_by("-created_at")
    found = reports.values_list("liveness__challenge__steps", flat=True)[:AVOIDED]
    return [tuple(steps) for steps in found if steps]


def challenge_advance(
    sighting: Sighting, answer: Answer | None, observation: vision.Observation, *, same: bool
) -> tuple[bool, str | None]:
    """Take one frame of a running challenge: whether it is passed with this one, or the code it is lost by.

    ``same``: whether the frame shows the face of ``sighting``. What answers nothing, or shows somebody else,
    is not looked at any closer. A challenge that ended is gone; see :func:`challenge_lost`.
    """
    asked = sighting.asked
    assert asked is not None
    if observation.at > asked.until:
        last = vision.challenge_advance(asked.state, observation) if same else asked.state
        return False, vision.challenge_progress(last).code or EXPIRED  # the library may know why
    if answer is None:  # sent before the page knew of the challenge
        return False, None
    asked.number = answer.number
    if not same:
        asked.strange += 1
        return False, OTHER_FACE if asked.strange >= STRANGE else None
    asked.state = vision.challenge_advance(asked.state, observation)
    progress = vision.challenge_progress(asked.state)
    if progress.verdict == "passed":
        sighting.passed = list(asked.state["steps"])
        sighting.asked = None
        return True, None
    return False, progress.code if progress.verdict == "refused" else None


def challenge_lost(kiosk: Kiosk, sighting: Sighting, code: str) -> None:
    """A challenge ended without success: it is counted against whom it was about."""
    assert sighting.person is not None
    sighting.asked = None
    sighting.told.append(code)
    attempt_add(_losses(kiosk, sighting.person), seconds=LOST_SECONDS)


def chances_left(kiosk: Kiosk, person: str) -> int:
    """How many more challenges ``person`` may lose here; lifting a photo off and on gives no new ones."""
    return max(0, CHANCES - attempts_count(_losses(kiosk, person)))


def challenge_shown(asked: Asked, at: float) -> dict[str, Any]:
    """What the page is told of a running challenge."""
    progress = vision.challenge_progress(asked.state)
    return {
        "nonce": asked.nonce,
        "step": min(progress.step + 1, STEPS),
        "of": STEPS,
        "prompt": progress.prompt,
        "seconds": round(max(0.0, asked.until - at), 1),
    }


def _name(nonce: str) -> str:
    return f"kiosk-challenge:{nonce}"


def _losses(kiosk: Kiosk, person: str) -> str:
    return f"challenges|{kiosk.pk}|{person}"
