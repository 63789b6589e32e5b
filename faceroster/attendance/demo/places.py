"""The made-up company: where it is, what is done there, and in which shifts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: Names of shifts on each day of a pattern, a day with none is a rest day.
Days = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class ShiftPlan:
    """``later``: start and end of a second version, which comes into force in the middle of the history."""

    name: str
    starts: str
    ends: str
    colour: str
    rules: dict[str, Any] = field(default_factory=dict)
    later: tuple[str, str] | None = None


@dataclass(frozen=True)
class PatternPlan:
    """``crews``: how many groups follow it, each ``len(days) / crews`` days behind the one before."""

    name: str
    days: Days
    crews: int = 1


@dataclass(frozen=True)
class SitePlan:
    name: str
    zone: str
    country: str
    subdivision: str
    languages: str
    southern: bool = False
    week_starts_on: int = 0
    weekly_overtime: int | None = None
    #: Mondays are 0: the days of the working week.
    week: tuple[int, ...] = (0, 1, 2, 3, 4)


@dataclass(frozen=True)
class DepartmentPlan:
    """``weight``: its part of all people; None is exactly 200 where there are enough."""

    site: int
    name: str
    kind: str
    weight: int | None = 60
    part_timers: float = 0.0


SITES = (
    SitePlan("Demo Berlin", "Europe/Berlin", "DE", "BE", "de de de pl vi ar"),
    SitePlan("Demo Chicago", "America/Chicago", "US", "IL", "en en es pl", False, 6, 40 * 60),
    SitePlan("Demo Bengaluru", "Asia/Kolkata", "IN", "KA", "in"),
    SitePlan("Demo Sydney", "Australia/Sydney", "AU", "NSW", "en en vi ar", True),
    SitePlan("Demo Lisbon", "Europe/Lisbon", "PT", "", "pt pt fr"),
    SitePlan("Demo Dubai", "Asia/Dubai", "AE", "", "ar ar in en", False, 6),
    SitePlan("Demo São Paulo", "America/Sao_Paulo", "BR", "SP", "pt es", True, 6, 44 * 60),
)

#: In the order in which a smaller company would have them.
DEPARTMENTS = (
    DepartmentPlan(0, "Assembly", "two_shift", None),
    DepartmentPlan(0, "Head office", "office", 110, 0.15),
    DepartmentPlan(1, "Warehouse", "day_punched", 120),
    DepartmentPlan(0, "Foundry", "three_shift", 130),
    DepartmentPlan(2, "Development", "office", 150),
    DepartmentPlan(3, "Customer service", "day", 70, 0.3),
    DepartmentPlan(4, "Accounting", "office", 40, 0.2),
    DepartmentPlan(5, "Airport lounge", "split", 50),
    DepartmentPlan(1, "Security", "guards", 48),
    DepartmentPlan(6, "Bottling", "three_shift", 120),
    DepartmentPlan(2, "Night support", "nights", 60),
    DepartmentPlan(3, "Laboratory", "day", 45, 0.1),
    DepartmentPlan(1, "Assembly", "two_shift", 110),
    DepartmentPlan(4, "Call centre", "two_shift", 90, 0.2),
    DepartmentPlan(5, "Facilities", "day_punched", 60),
    DepartmentPlan(6, "Distribution", "day_punched", 85),
    DepartmentPlan(2, "Quality", "day", 70),
    DepartmentPlan(0, "Canteen", "split", 25, 0.3),
    DepartmentPlan(3, "Field service", "day", 65),
    DepartmentPlan(1, "Sales", "office", 75, 0.1),
    DepartmentPlan(4, "Workshop", "day_punched", 35),
    DepartmentPlan(6, "Sales", "office", 55),
    DepartmentPlan(5, "Security", "guards", 32),
    DepartmentPlan(0, "Apprentices", "day", 20),
    DepartmentPlan(2, "Training", "day", 22),
)

SHIFTS = {
    shift.name: shift
    for shift in (
        ShiftPlan(
            "Flexible",
            "07:00",
            "19:00",
            "#4674b8",
            {"flexible": True, "core_starts": "10:00", "core_ends": "15:00", "target_minutes": 480},
        ),
        ShiftPlan("Day", "08:30", "17:00", "#1f9a84", {"half_day_minutes": 240}, ("08:00", "16:30")),
        ShiftPlan("Day, punched break", "07:30", "16:00", "#4b8f85", {"break_mode": "punched"}),
        ShiftPlan("Early", "06:00", "14:00", "#d99a1c", {"break_mode": "automatic"}),
        ShiftPlan("Late", "14:00", "22:00", "#c4473a", {"break_mode": "automatic"}),
        ShiftPlan(
            "Night",
            "22:00",
            "06:00",
            "#7b5aa6",
            {"break_mode": "automatic", "break_paid": True, "missed_out": "shift_end"},
        ),
        ShiftPlan("Mornings", "09:00", "13:00", "#7d8b2f", {"break_minutes": 0}),
        ShiftPlan("Lunch", "10:00", "14:00", "#d99a1c", {"break_minutes": 0, "closes_minutes": 90}),
        ShiftPlan("Dinner", "18:00", "22:00", "#c4639b", {"break_minutes": 0, "opens_minutes": 90}),
        ShiftPlan("Guard, day", "07:00", "19:00", "#4b8f85", {"break_minutes": 45, "grace_in_minutes": 10}),
        ShiftPlan("Guard, night", "19:00", "07:00", "#54615c", {"break_minutes": 45, "grace_in_minutes": 10}),
    )
}


def _week(shift: str, days: int = 5) -> Days:
    return ((shift,),) * days + ((),) * (7 - days)


PATTERNS = {
    "office": PatternPlan("Office hours", _week("Flexible")),
    "day": PatternPlan("Days", _week("Day")),
    "day_punched": PatternPlan("Days with punched breaks", _week("Day, punched break")),
    "nights": PatternPlan("Nights", _week("Night")),
    "part_time": PatternPlan("Mornings only", _week("Mornings")),
    "two_shift": PatternPlan("Early and late in turns", _week("Early") + _week("Late"), 2),
    "three_shift": PatternPlan("Three shifts in turns", _week("Early") + _week("Late") + _week("Night"), 3),
    "split": PatternPlan(
        "Lunch and dinner", ((), (), *((("Lunch", "Dinner"),) * 3), ("Lunch",), ("Lunch", "Dinner"))
    ),
    "guards": PatternPlan(
        "Four on, four off",
        (("Guard, day",),) * 4 + ((),) * 4 + (("Guard, night",),) * 4 + ((),) * 4,
        4,
    ),
}


def departments_of(people: int) -> list[tuple[DepartmentPlan, int]]:
    """Which departments a company of ``people`` has, and how many people are in each."""
    count = max(1, min(len(DEPARTMENTS), people // 20 or 1, people))
    plans = DEPARTMENTS[:count]
    fixed = 200 if people >= 600 else max(people // (2 * count) * 2, 1)
    if count == 1:
        return [(plans[0], people)]
    weights = [plan.weight or 0 for plan in plans]
    rest = people - fixed
    sizes = [rest * weight // sum(weights) for weight in weights]
    sizes[0] = fixed
    for number in range(people - sum(sizes)):  # what rounding left over
        sizes[1 + number % (count - 1)] += 1
    return list(zip(plans, sizes, strict=True))
