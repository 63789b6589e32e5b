"""What the rules take and give. Instants are aware and in UTC, durations whole minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

#: Counted up whenever the rules give another figure for the same inputs. Stored with every workday.
RULES_VERSION = 1

Way = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A punch as it counts, after all corrections. ``id``: of the punch, or of the correction that added it.

    ``day`` is the site's calendar day that it was recorded for; it decides only where no shift claims it.
    ``arrivals_only``: made at a site where every punch is an arrival. ``debounce``: seconds, of its site.
    """

    id: str
    at: datetime
    way: Way
    zone: str
    day: date
    corrected: bool = False
    arrivals_only: bool = False
    debounce: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """An approved correction. ``target``: id of the stamp; for ``add``, the id that the new one gets.

    They count in the order in which they were approved. ``stamp`` is what ``add`` adds; ``at`` and ``way``
    are what ``change`` sets, None leaves it.
    """

    kind: Literal["add", "void", "change"]
    target: str
    stamp: Stamp | None = None
    at: datetime | None = None
    way: Way | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class ShiftRules:
    """One version of a shift; the fields are those of ``rosters.ShiftVersion``."""

    id: str
    name: str
    starts: time
    ends: time
    zone: str
    flexible: bool = False
    core_starts: time | None = None
    core_ends: time | None = None
    target_minutes: int | None = None
    break_mode: Literal["automatic", "punched", "at_least"] = "at_least"
    break_minutes: int = 30
    break_after_minutes: int = 360
    break_paid: bool = False
    grace_in_minutes: int = 5
    grace_out_minutes: int = 5
    rounding_minutes: int = 0
    rounding: Literal["nearest", "employee", "employer"] = "nearest"
    half_day_minutes: int = 0
    overtime_after_minutes: int | None = None
    opens_minutes: int = 120
    closes_minutes: int = 240
    early_counts: bool = False
    missed_out: Literal["nothing", "shift_end"] = "nothing"


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """A site's policy; the fields are those of ``rosters.Policy``. The defaults hold where there is none."""

    overtime_daily_after: int | None = None
    overtime_weekly_after: int | None = None
    week_starts_on: int = 0
    rest_day_is_overtime: bool = True


@dataclass(frozen=True, slots=True)
class Leave:
    """Approved leave on one day. ``name``: of its kind, for the trace; it may be left out."""

    kind: str
    part: Literal["whole", "morning", "afternoon"]
    paid: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """What is expected of a person on one day. ``begins`` and ``ends``: instants of the site's working day.

    ``planned``: whether anything is rostered at all for this person at the time; without it a day without
    shifts is free (no shift) and with it a rest day. ``excused``: findings that somebody settled.
    """

    day: date
    begins: datetime
    ends: datetime
    zone: str
    shifts: tuple[ShiftRules, ...] = ()
    planned: bool = False
    holiday: str = ""
    leave: tuple[Leave, ...] = ()
    employed: bool = True
    policy: PolicyRules = PolicyRules()
    excused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Inputs:
    """One person's days in a row, without gaps, their punches and approved corrections, and now.

    The first and last day only lend their shifts and punches to their neighbours (a night that begins the
    evening before): no result is given for them. Weekly overtime is given for days whose whole week up to
    them lies within.
    """

    days: tuple[Day, ...]
    punches: tuple[Stamp, ...]
    changes: tuple[Change, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """One line of a trace: a stable code and its values (JSON), such as ``late.counted`` {"minutes": 12}."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """A day's figures, named as in ``attendance.Workday``, and why each is what it is.

    ``stamps``: the punches that count for this day, in order of time.
    """

    day: date
    status: str
    stamps: tuple[Stamp, ...] = ()
    expected_start: datetime | None = None
    expected_end: datetime | None = None
    late_from: datetime | None = None
    first_in: datetime | None = None
    last_out: datetime | None = None
    present: bool = False
    due_minutes: int = 0
    worked_minutes: int = 0
    break_minutes: int = 0
    overtime_minutes: int = 0
    weekly_overtime_minutes: int = 0
    late_minutes: int = 0
    early_minutes: int = 0
    credited_minutes: int = 0
    leave_days: Decimal = Decimal(0)
    absent: bool = False
    missed_out: bool = False
    missed_in: bool = False
    filled: bool = False
    excused: bool = False
    corrected: bool = False
    trace: tuple[Note, ...] = ()
