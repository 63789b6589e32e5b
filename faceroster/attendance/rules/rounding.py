"""Times rounded to the step of their shift. Steps count from midnight on the wall clock.

Only for worked time: whether somebody is late or leaves early goes by the time as it was.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from faceroster.attendance.rules.blocks import Instance
from faceroster.attendance.rules.clock import minutes
from faceroster.attendance.rules.types import Way


def rounded(moment: datetime, way: Way, instance: Instance) -> datetime:
    """``moment``, which has no seconds, as it counts in ``instance``."""
    step = instance.shift.rounding_minutes
    if not step:
        return moment
    over = minutes(moment - instance.midnight) % step
    if not over:
        return moment
    down = moment - timedelta(minutes=over)
    up = down + timedelta(minutes=step)
    mode = instance.shift.rounding
    if mode == "nearest":
        return down if 2 * over < step else up
    return down if (way == "in") is (mode == "employee") else up
