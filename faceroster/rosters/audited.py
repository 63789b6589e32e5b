"""Rules, plans and leave in the audit log."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from faceroster.audit.actions import Action
from faceroster.audit.following import follow
from faceroster.audit.services import record
from faceroster.rosters import signals
from faceroster.rosters.models import (
    Assignment,
    Holiday,
    HolidayCalendar,
    LeaveEntitlement,
    LeaveKind,
    LeaveRequest,
    Pattern,
    Policy,
    RosterException,
    Shift,
    ShiftVersion,
)

#: Of rules with versions only what is new: a version is never changed.
_VERSION = {"id", "created_at", "made_by", "shift", "site"}


def _rules(model: type[Policy | ShiftVersion]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if field.name not in _VERSION]


follow(Shift, fields=("site", "name", "active"))
follow(ShiftVersion, fields=("shift", *_rules(ShiftVersion)), created=Action.SETTING_CHANGED)
follow(Policy, fields=("site", *_rules(Policy)), created=Action.SETTING_CHANGED)
follow(HolidayCalendar, fields=("site", "country", "subdivision"))
follow(Holiday, fields=("site", "day", "name", "dropped"))
follow(LeaveKind, fields=("name", "paid", "limited", "days_per_year", "active"))
follow(LeaveEntitlement, fields=("person", "kind", "year", "days", "note"))
follow(Pattern, fields=("site", "name", "length"))
follow(Assignment, fields=("pattern", "person", "department", "starts_on", "ends_on"))
follow(RosterException, fields=("person", "day", "shift", "note"))


def _said(leave: LeaveRequest) -> dict[str, Any]:
    return {"first": leave.first, "last": leave.last, "kind": str(leave.kind), "part": leave.part}


@receiver(signals.leave_requested)
def leave_asked(leave: LeaveRequest, **_: Any) -> None:
    record(Action.LEAVE_ASKED, by=leave.requested_by, subject=leave, details=_said(leave))


@receiver(signals.leave_decided)
def leave_decided(leave: LeaveRequest, **_: Any) -> None:
    said = {**_said(leave), "status": leave.status, "answer": leave.answer}
    record(Action.LEAVE_DECIDED, by=leave.decided_by, subject=leave, details=said)


@receiver(signals.leave_withdrawn)
def leave_withdrawn(leave: LeaveRequest, was: str = "", **_: Any) -> None:
    record(Action.LEAVE_WITHDRAWN, subject=leave, details={**_said(leave), "was": was})
