"""What somebody has to do on a day: the shifts, less holiday and leave.

The hours due are those of the shifts. A holiday on a working day credits all of them; paid leave credits its
share of them, and unpaid leave takes its share off them. So what is worked and what is credited, against what
is due, gives the balance of the day. Holidays and leave on a day without a shift credit nothing and take no
leave days; nor does leave on a holiday.

Half a day of leave is half of the hours due. Who takes the morning off is expected for the last half of the
hours due, who takes the afternoon off for the first half: the middle lies within the break, if there is one.
Two shifts are one row of hours: the middle may be where the second one begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from faceroster.attendance.rules.blocks import Block, Instance
from faceroster.attendance.rules.types import Day, Leave, Note

_HALF, _WHOLE = Decimal("0.5"), Decimal(1)
_UNPAID = {"whole": "leave.whole", "morning": "leave.morning", "afternoon": "leave.afternoon"}
_PAID = {"whole": "leave.whole_paid", "morning": "leave.morning_paid", "afternoon": "leave.afternoon_paid"}


@dataclass(frozen=True, slots=True)
class Duty:
    """A shift, or what leave spares of it. ``due``: minutes to be worked in it."""

    instance: Instance
    start: datetime
    end: datetime
    due: int


@dataclass(frozen=True, slots=True)
class Expected:
    """``gross``: due by the shifts alone. ``remaining``: to be worked. ``half``: half a day of leave."""

    duties: tuple[Duty, ...] = ()
    gross: int = 0
    due: int = 0
    credited: int = 0
    remaining: int = 0
    leave_days: Decimal = Decimal(0)
    half: bool = False
    notes: tuple[Note, ...] = ()


def expected(day: Day, blocks: Sequence[Block]) -> Expected:
    """What is expected of somebody who is employed on ``day``."""
    instances = [each for block in blocks for each in block.instances]
    gross = sum(each.due for each in instances)
    if day.holiday:
        return _holiday(day, instances, gross)
    if not instances:
        code = "day.rest" if day.planned else "day.free"
        away = tuple(Note("leave.not_needed", {"name": each.name}) for each in day.leave)
        return Expected(notes=(Note(code), *away))
    duties = tuple(Duty(each, each.start, each.end, each.due) for each in instances)
    shifts = tuple(_shift(each) for each in instances)
    if not day.leave:
        return Expected(duties, gross, gross, 0, gross, notes=shifts)
    return _on_leave(duties, gross, day.leave, shifts)


def _holiday(day: Day, instances: Sequence[Instance], gross: int) -> Expected:
    notes = [Note("day.holiday", {"name": day.holiday})]
    notes += [_shift(each) for each in instances]
    if not instances:
        notes.append(Note("day.rest" if day.planned else "day.free"))
    elif gross:
        notes.append(Note("credit.holiday", {"minutes": gross}))
    notes += [Note("leave.not_needed", {"name": each.name}) for each in day.leave]
    return Expected((), gross, gross, gross, 0, notes=tuple(notes))


def _shift(each: Instance) -> Note:
    values = {
        "name": each.shift.name,
        "start": each.start.isoformat(),
        "end": each.end.isoformat(),
        "zone": each.shift.zone,
        "minutes": each.due,
    }
    return Note("shift.flexible" if each.shift.flexible else "shift.expected", values)


def _on_leave(
    duties: tuple[Duty, ...], gross: int, leave: Sequence[Leave], notes: tuple[Note, ...]
) -> Expected:
    whole = next((each for each in leave if each.part == "whole"), None)
    if whole is not None:
        parts = [(whole, gross)]
        duties = ()
    else:
        morning = next((each for each in leave if each.part == "morning"), None)
        afternoon = next((each for each in leave if each.part == "afternoon"), None)
        parts = [(morning, gross // 2)] if morning else []
        if afternoon:
            parts.append((afternoon, gross - gross // 2))
        if morning and afternoon:
            duties = ()
        else:
            duties = _after(duties, gross // 2) if morning else _before(duties, gross // 2)
    off = sum(minutes for _, minutes in parts)
    paid = sum(minutes for each, minutes in parts if each.paid)
    said = [
        Note((_PAID if each.paid else _UNPAID)[each.part], {"name": each.name, "minutes": minutes})
        for each, minutes in parts
    ]
    return Expected(
        duties=duties,
        gross=gross,
        due=gross - (off - paid),
        credited=paid,
        remaining=gross - off,
        leave_days=_WHOLE if not duties else _HALF,
        half=bool(duties),
        notes=(*notes, *said),
    )


def _after(duties: Sequence[Duty], off: int) -> tuple[Duty, ...]:
    """What is left when the first ``off`` minutes due are leave."""
    left: list[Duty] = []
    for duty in duties:
        spared = min(off, duty.due)
        off -= spared
        if spared == 0:
            left.append(duty)
        elif duty.due > spared:
            keep = duty.due - spared
            latest = max(duty.start + timedelta(minutes=spared), duty.end - timedelta(minutes=keep))
            left.append(Duty(duty.instance, min(latest, duty.end), duty.end, keep))
    return tuple(left)


def _before(duties: Sequence[Duty], stay: int) -> tuple[Duty, ...]:
    """What is left when only the first ``stay`` minutes due are to be worked."""
    left: list[Duty] = []
    for duty in duties:
        keep = min(stay, duty.due)
        stay -= keep
        if keep == duty.due:
            left.append(duty)
        elif keep:
            off = duty.due - keep
            first = min(duty.end - timedelta(minutes=off), duty.start + timedelta(minutes=keep))
            left.append(Duty(duty.instance, duty.start, max(first, duty.start), keep))
    return tuple(left)
