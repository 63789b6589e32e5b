"""What people are expected to do: shifts, who works which when, holidays, leave, and a site's policy."""

from faceroster.rosters.models.feeds import CalendarFeed
from faceroster.rosters.models.holidays import Holiday, HolidayCalendar, HolidaySource
from faceroster.rosters.models.leave import (
    DayPart,
    LeaveEntitlement,
    LeaveKind,
    LeaveRequest,
    LeaveStatus,
)
from faceroster.rosters.models.plans import Assignment, Pattern, PatternShift, RosterException
from faceroster.rosters.models.shifts import (
    BreakMode,
    MissedOutRule,
    Policy,
    Rounding,
    Shift,
    ShiftVersion,
)

__all__ = [
    "Assignment",
    "BreakMode",
    "CalendarFeed",
    "DayPart",
    "Holiday",
    "HolidayCalendar",
    "HolidaySource",
    "LeaveEntitlement",
    "LeaveKind",
    "LeaveRequest",
    "LeaveStatus",
    "MissedOutRule",
    "Pattern",
    "PatternShift",
    "Policy",
    "RosterException",
    "Rounding",
    "Shift",
    "ShiftVersion",
]
