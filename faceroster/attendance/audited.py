"""What people and kiosks do about attendance, for the audit log.

Recorded as rows are stored, so that no way to store one is forgotten. What is stored by the thousand
(``bulk_create`` of a made-up company) is not.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from faceroster.attendance.models import (
    Correction,
    PeriodEvent,
    PeriodEventKind,
    Punch,
    Resolution,
    TimesheetEvent,
    TimesheetEventKind,
    Verdict,
)
from faceroster.audit.actions import Action
from faceroster.audit.services import record


@receiver(post_save, sender=Punch)
def punch_added(instance: Punch, created: bool, raw: bool = False, **_: Any) -> None:
    if raw or not created:
        return
    record(
        Action.PUNCH_ADDED,
        actor=instance.kiosk,
        by=instance.recorded_by,
        subject=instance,
        details={
            "at": instance.at,
            "direction": instance.direction,
            "source": instance.source,
            "note": instance.note,
        },
    )


@receiver(post_save, sender=Correction)
def correction_asked(instance: Correction, created: bool, raw: bool = False, **_: Any) -> None:
    if raw or not created:
        return
    said = {"day": instance.day, "kind": instance.kind, "reason": instance.reason}
    if instance.at is not None:
        said["at"] = instance.at
    record(
        Action.CORRECTION_ASKED,
        actor=_kiosk(instance),
        by=instance.requested_by,
        subject=instance,
        details={**said, **({"direction": instance.direction} if instance.direction else {})},
    )


@receiver(post_save, sender=Verdict)
def correction_decided(instance: Verdict, created: bool, raw: bool = False, **_: Any) -> None:
    if raw or not created:
        return
    correction = instance.correction
    record(
        Action.CORRECTION_APPROVED if instance.approved else Action.CORRECTION_REFUSED,
        actor=_kiosk(correction),
        by=instance.decided_by,
        subject=correction,
        details={"day": correction.day, "kind": correction.kind, "note": instance.note},
    )


def _kiosk(correction: Correction) -> Any:
    """At which kiosk somebody said that they are not whom it took them for: nobody is signed in there."""
    if correction.requested_by_id is not None or correction.punch is None:
        return None
    return correction.punch.kiosk


@receiver(post_save, sender=Resolution)
def finding_settled(instance: Resolution, created: bool, raw: bool = False, **_: Any) -> None:
    if created and not raw:
        said = {"finding": instance.finding, "day": instance.day, "reason": instance.reason}
        record(Action.FINDING_RESOLVED, by=instance.made_by, subject=instance, details=said)


@receiver(post_save, sender=TimesheetEvent)
def timesheet_decided(instance: TimesheetEvent, created: bool, raw: bool = False, **_: Any) -> None:
    if raw or not created:
        return
    approved = instance.kind == TimesheetEventKind.APPROVED
    record(
        Action.TIMESHEET_APPROVED if approved else Action.TIMESHEET_SENT_BACK,
        by=instance.made_by,
        subject=instance,
        details={"period": str(instance.period), "note": instance.note},
    )


@receiver(post_save, sender=PeriodEvent)
def period_moved(instance: PeriodEvent, created: bool, raw: bool = False, **_: Any) -> None:
    if raw or not created:
        return
    closed = instance.kind == PeriodEventKind.CLOSED
    record(
        Action.PERIOD_CLOSED if closed else Action.PERIOD_REOPENED,
        by=instance.made_by,
        subject=instance.period,
        details={"reason": instance.reason, "rows": instance.rows, "sealed_as": instance.digest},
    )
