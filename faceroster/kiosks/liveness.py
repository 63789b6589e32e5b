"""Whether a face that was recognised is believed to be there: what the site's policy makes of the frames.

Only whom a kiosk would let in is asked anything: a stranger has nothing to gain, and learns nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from faceroster import vision
from faceroster.kiosks.challenges import challenge_begin, chances_left
from faceroster.kiosks.messages import State
from faceroster.kiosks.models import Decision, Kiosk, Outcome
from faceroster.kiosks.sightings import Sighting
from faceroster.people.models import Liveness

#: The code of an assessment that wants to see more.
MORE = "liveness.more_frames"
_LIVE, _NOT_LIVE = "live", "not_live"
#: Seconds after which waiting for more frames ends, however few came.
_PATIENCE = 2.5
#: Seconds in which somebody live may come to be beyond doubt, where only that spares the challenge.
_BEYOND_DOUBT = 1.2


@dataclass(frozen=True, slots=True)
class Proof:
    """``state``: ``accepted``, ``hold``, ``challenge`` or ``not_live``. ``report``: for the decision."""

    state: State
    codes: tuple[str, ...] = ()
    report: dict[str, Any] = field(default_factory=dict)


def watches(policy: str) -> bool:
    """Whether frames are to be looked at for liveness at all."""
    return policy != Liveness.OFF


def prove(kiosk: Kiosk, policy: str, sighting: Sighting, person: str, at: float) -> Proof:
    """Whether ``person``, whom the face of ``sighting`` is taken for, may be let in at ``at`` by ``policy``.

    Begins a challenge where one is needed: then ``sighting.asked`` is set.
    """
    if not watches(policy):
        return Proof(State.ACCEPTED)
    if sighting.live is not None and sighting.person == person:
        return Proof(State.ACCEPTED, report=sighting.live)
    if _let_in_before(kiosk, person):
        return Proof(State.ACCEPTED, report={"policy": policy, "verdict": "before"})
    if sighting.person != person:
        sighting.person, sighting.live, sighting.told = person, None, []
    found = None
    if policy != Liveness.ALWAYS:
        found = vision.assess_liveness(sighting.observations)
    report = report_of(policy, sighting, found)
    if chances_left(kiosk, person) == 0:
        return Proof(State.NOT_LIVE, tuple(sighting.told[-1:]), report)
    verdict = _looked(policy, sighting, found, at)
    if verdict is State.ACCEPTED:
        sighting.live = report
    elif verdict is State.CHALLENGE:
        challenge_begin(kiosk, sighting, person, at)
    return Proof(verdict, (MORE,) if verdict is State.HOLD else (), report)


def passed(policy: str, sighting: Sighting) -> dict[str, Any]:
    """The report once the challenge was passed: its face is live from now on."""
    found = vision.assess_liveness(sighting.observations) if sighting.observations else None
    report = report_of(policy, sighting, found)
    report["verdict"] = _LIVE
    report["challenge"] = {"verdict": "passed", "steps": sighting.passed, "lost": sighting.told}
    sighting.live = report
    return report


def report_of(policy: str, sighting: Sighting, found: vision.Assessment | None) -> dict[str, Any]:
    """What a decision keeps of how liveness was judged."""
    report: dict[str, Any] = {"policy": policy, "frames": len(sighting.observations)}
    if found is not None:
        report |= {
            "verdict": str(found.verdict),
            "score": round(float(found.score), 3),
            "cues": {name: round(float(value), 4) for name, value in found.cues.items()},
            "codes": list(found.codes),
        }
    if sighting.told:
        report["challenge"] = {"verdict": "lost", "lost": sighting.told}
    return report


def _looked(policy: str, sighting: Sighting, found: vision.Assessment | None, at: float) -> State:
    """What looking on came to: let in, go on looking, or ask."""
    if found is None:
        return State.CHALLENGE
    seen = at - sighting.began
    if MORE in found.codes and found.verdict != _NOT_LIVE:
        return State.HOLD if seen < _PATIENCE else State.CHALLENGE
    if found.verdict != _LIVE:
        return State.CHALLENGE
    if policy == Liveness.PASSIVE or found.score >= vision.liveness_clear():
        return State.ACCEPTED
    return State.HOLD if seen < _BEYOND_DOUBT else State.CHALLENGE


def _let_in_before(kiosk: Kiosk, person: str) -> bool:
    """Whether this person was let in here within the debounce time: nothing would be recorded now.

    By a decision that was itself proven live, and from when it was made: whatever is shown since then
    prolongs nothing. (No last frame is older than its decision; the index is by it.)
    """
    assert kiosk.site is not None
    since = timezone.now() - timedelta(seconds=kiosk.site.debounce_seconds)
    return Decision.objects.filter(
        kiosk=kiosk,
        outcome=Outcome.ACCEPTED,
        person_id=UUID(person),
        last_frame_at__gt=since,
        created_at__gt=since,
        liveness__verdict=_LIVE,
        false_accept__isnull=True,
    ).exists()
