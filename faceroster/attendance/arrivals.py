"""A frame from a kiosk, all the way: who is it, record the punch, and what to say to them.

Runs in a worker.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from faceroster.attendance.days import day_window, working_day
from faceroster.attendance.models import Direction, Punch, PunchSource
from faceroster.attendance.punches import PunchResult, punch_record
from faceroster.core.errors import NotAllowed
from faceroster.emotions.services import face_follow_up
from faceroster.enrollment.probes import probe_take
from faceroster.kiosks.crops import crop_keep
from faceroster.kiosks.messages import State
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.services import Visit, kiosk_touch, visit_answer, visit_decide
from faceroster.trust.sealing import SealError

logger = logging.getLogger(__name__)

_MORNING, _AFTERNOON, _EVENING = 5, 12, 18
#: How long the page offers "that's not me".
NOT_ME_SECONDS = 10


def greeting(name: str, direction: str, local: datetime) -> str:
    """“Good morning, NAME” by the hour on the site's wall; “Goodbye, NAME” to someone who leaves."""
    if direction == Direction.OUT:
        sentence = _("Goodbye, %(name)s")
    elif _MORNING <= local.hour < _AFTERNOON:
        sentence = _("Good morning, %(name)s")
    elif _AFTERNOON <= local.hour < _EVENING:
        sentence = _("Good afternoon, %(name)s")
    else:
        sentence = _("Good evening, %(name)s")
    return sentence % {"name": name}


def arrival_record(
    *, kiosk_id: UUID, probe_id: str, received: float | None = None, challenge: str = ""
) -> dict[str, Any]:
    """Decide about the frame ``probe_id`` of a kiosk, record a punch if someone is recognised, and answer.

    The answer is :func:`visit_answer` with ``greeting``, ``time`` (HH:MM at the site) and ``punch``
    filled in for someone recognised, and state ``punched``, or ``already`` when this person's punch was
    there before. Called twice for one frame, it stores one punch. A fresh punch comes with ``not_me``: until
    when the page may offer to take it back. ``received``, ``challenge``: as of :func:`visit_decide`.

    Raises:
        NotAllowed: ``kiosk.unknown`` or ``kiosk.revoked``.
        Unavailable: ``probe.expired``.
        InvalidInput: an ``image.*`` code.
        FaceRosterError: a ``challenge.*`` code for an answer to a challenge that is none.
    """
    kiosk = Kiosk.objects.select_related("site").filter(pk=kiosk_id).first()
    if kiosk is None:
        raise NotAllowed("kiosk.unknown", _("This kiosk is not known here. Please pair it anew."))
    frame = probe_take(probe_id)
    if kiosk.status != KioskStatus.ACTIVE:
        raise NotAllowed("kiosk.revoked", _("This kiosk is not paired any more."))
    kiosk_touch(kiosk=kiosk)
    visit = visit_decide(kiosk=kiosk, frame=frame, received=received, challenge=challenge)
    return {**visit_answer(visit), **_punched(kiosk, visit)}


def _punched(kiosk: Kiosk, visit: Visit) -> dict[str, Any]:
    """What the punch adds to the answer; nothing when nobody was recognised."""
    if visit.state is not State.ACCEPTED or visit.person is None or visit.decision is None:
        return {}
    result = punch_record(
        person=visit.person,
        site=visit.decision.site,
        source=PunchSource.KIOSK,
        kiosk=kiosk,
        decision=visit.decision,
    )
    if result.fresh:
        _follow_up(result.punch, visit)
    # Only a face can be taken for somebody else's.
    not_me = {"punch": str(result.punch.pk), "seconds": NOT_ME_SECONDS} if result.fresh else None
    return {**punch_said(result, visit.person.name), "not_me": not_me}


def punch_said(result: PunchResult, name: str) -> dict[str, Any]:
    """What a kiosk says to somebody who is called ``name`` and was punched, or had been before."""
    punch = result.punch
    local = punch.at.astimezone(ZoneInfo(punch.zone))
    return {
        "state": (State.PUNCHED if result.fresh else State.ALREADY).value,
        "greeting": greeting(name, punch.direction, local),
        "time": f"{local:%H:%M}",
        "punch": {"id": str(punch.pk), "direction": punch.direction, "at": punch.at.isoformat()},
        "message": _message(result, punch, local),
    }


def _follow_up(punch: Punch, visit: Visit) -> None:
    """What comes after a punch that is stored, and can do nothing to it."""
    if visit.look is None:
        return
    if punch.decision is not None:
        try:
            crop_keep(decision=punch.decision, image=visit.look.image, face=visit.look.face)
        except SealError:  # a person whose key is gone has been punched all the same
            logger.exception("The face of decision %s could not be kept", punch.decision_id)
    # The site's own day and not the punch's: that of a night may be over, and told of, by its morning.
    day = working_day(punch.at, punch.site)
    _, ends_at = day_window(day, punch.site)
    face_follow_up(
        site=punch.site,
        person_id=punch.person_id,
        day=day,
        ends_at=ends_at,
        image=visit.look.image,
        face=visit.look.face,
    )


def _message(result: PunchResult, punch: Punch, local: datetime) -> str:
    came = punch.direction == Direction.IN
    if result.fresh:
        return _("You are checked in") if came else _("You are checked out")
    sentence = _("You already checked in at %(time)s") if came else _("You already checked out at %(time)s")
    return sentence % {"time": f"{local:%H:%M}"}
