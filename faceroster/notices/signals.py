"""What happens below, taken down as it happens.

All but one of these are sent inside the transaction of what they tell of: the notice is stored if, and only
if, that is. Days tell after the commit, so :func:`telling.missed_tell` looks again for what was lost.
"""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from faceroster.attendance import signals as attendance
from faceroster.attendance.models import Correction, PeriodEvent, Verdict, Workday
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.signals import key_trusted
from faceroster.notices import devices, telling
from faceroster.rosters import signals as rosters
from faceroster.rosters.models import LeaveRequest


@receiver(attendance.correction_requested)
def correction_asked(correction: Correction, **_: Any) -> None:
    telling.correction_waiting_tell(correction)


@receiver(attendance.correction_decided)
def correction_settled(correction: Correction, verdict: Verdict, **_: Any) -> None:
    telling.correction_decided_tell(correction, verdict)


@receiver([rosters.leave_requested, rosters.leave_decided, rosters.leave_withdrawn])
def leave_moved(leave: LeaveRequest, **_: Any) -> None:
    telling.leave_tell(leave)


@receiver(attendance.period_closed)
def period_shut(event: PeriodEvent, **_: Any) -> None:
    telling.period_closed_tell(event)


@receiver(key_trusted)
def kiosk_trusted(kiosk: Kiosk, **_: Any) -> None:
    devices.key_trusted_tell(kiosk)


@receiver(attendance.workday_stored)
def day_stored(workday: Workday, before: Workday | None = None, **_: Any) -> None:
    if not workday.missed_out or (before is not None and before.missed_out):
        return
    if telling.is_recent(workday.day, timezone.now()):
        telling.missed_out_tell(workday)
