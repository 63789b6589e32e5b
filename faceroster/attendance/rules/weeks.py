"""Weekly overtime: what a week comes to beyond the policy's limit, less what is daily overtime already.

It is given on the days on which it arises. The week begins on the weekday that the day's own policy says. A
week whose first days are not among the inputs has none: it is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from faceroster.attendance.rules.types import Day, Note, Result


def with_weeks(results: Sequence[Result], days: Mapping[date, Day]) -> tuple[Result, ...]:
    """The ``results``, in a row without gaps, with their weekly overtime."""
    if not any(day.policy.overtime_weekly_after is not None for day in days.values()):
        return tuple(results)
    plain = [each.worked_minutes - each.overtime_minutes for each in results]
    return tuple(_with_week(index, results, plain, days) for index in range(len(results)))


def _with_week(
    index: int, results: Sequence[Result], plain: Sequence[int], days: Mapping[date, Day]
) -> Result:
    result = results[index]
    policy = days[result.day].policy
    limit = policy.overtime_weekly_after
    if limit is None or not plain[index]:
        return result
    since = (result.day.weekday() - policy.week_starts_on) % 7
    if index < since:
        return result
    before = sum(plain[index - since : index])
    over = max(0, before + plain[index] - limit) - max(0, before - limit)
    if not over:
        return result
    starts = result.day - timedelta(days=since)
    note = Note("overtime.weekly", {"minutes": over, "after": limit, "week": starts.isoformat()})
    return replace(result, weekly_overtime_minutes=over, trace=(*result.trace, note))
