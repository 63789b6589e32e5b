"""What of the presence in a shift is work, and what is break.

``presence`` is what lies between each in and its out, ``gaps`` what lies between an out and the next in of
the same shift.

- automatic: the break is taken off once the presence goes beyond ``break_after_minutes``, and never more than
  what lies beyond. Gaps are time away: neither work nor break.
- punched: the gaps are the break, and nothing else is taken off.
- at_least: the gaps are the break; where they are shorter than the automatic one, the rest is taken off.

A paid break counts as work: what would be taken off is not, and gaps count up to ``break_minutes`` in all.
"""

from __future__ import annotations

from dataclasses import dataclass

from faceroster.attendance.rules.blocks import automatic_break
from faceroster.attendance.rules.types import Note, ShiftRules


@dataclass(frozen=True, slots=True)
class Work:
    """Minutes of one shift, and why."""

    worked: int
    breaks: int
    notes: tuple[Note, ...] = ()


def work_of(shift: ShiftRules, presence: int, gaps: int) -> Work:
    automatic = automatic_break(shift, presence)
    if shift.break_mode == "automatic":
        gaps, taken = 0, automatic
    elif shift.break_mode == "punched":
        taken = 0
    else:
        taken = max(0, min(shift.break_minutes - gaps, automatic))
    notes: list[Note] = []
    if gaps:
        notes.append(Note("break.punched", {"minutes": gaps}))
    if taken:
        code = "break.paid_automatic" if shift.break_paid else "break.automatic"
        notes.append(Note(code, {"minutes": taken, "after": shift.break_after_minutes}))
    if not shift.break_paid:
        return Work(presence - taken, gaps + taken, tuple(notes))
    paid = min(gaps, shift.break_minutes)
    if paid:
        notes.append(Note("break.paid_punched", {"minutes": paid}))
    return Work(presence + paid, gaps + taken, tuple(notes))
