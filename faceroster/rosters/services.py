"""What may be done about rosters: shifts, patterns, who follows them, holidays and leave."""

from faceroster.rosters.assigning import (
    assignment_create,
    assignment_end,
    assignment_remove,
    pattern_create,
    pattern_replace,
    pattern_set,
)
from faceroster.rosters.balances import Balance, leave_balance
from faceroster.rosters.exceptions import roster_exception_set
from faceroster.rosters.feeds import calendar_feed_create, calendar_feed_revoke
from faceroster.rosters.leave import leave_decide, leave_enter, leave_request, leave_withdraw
from faceroster.rosters.resting import holiday_calendar_set, holiday_set, holidays_import, holidays_preview
from faceroster.rosters.shifts import (
    InvalidFields,
    policy_add,
    shift_create,
    shift_update,
    shift_version_add,
    shift_version_build,
)

__all__ = [
    "Balance",
    "InvalidFields",
    "assignment_create",
    "assignment_end",
    "assignment_remove",
    "calendar_feed_create",
    "calendar_feed_revoke",
    "holiday_calendar_set",
    "holiday_set",
    "holidays_import",
    "holidays_preview",
    "leave_balance",
    "leave_decide",
    "leave_enter",
    "leave_request",
    "leave_withdraw",
    "pattern_create",
    "pattern_replace",
    "pattern_set",
    "policy_add",
    "roster_exception_set",
    "shift_create",
    "shift_update",
    "shift_version_add",
    "shift_version_build",
]
