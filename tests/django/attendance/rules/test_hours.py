"""Worked time: breaks, rounding, early arrivals, missed punches and overtime."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from faceroster.attendance.rules.types import PolicyRules
from tests.django.attendance.rules.stories import MONDAY, ONE, a_day, at, away, codes, one, results, shift
from tests.django.attendance.rules.stories import punches as told


def test_a_plain_day() -> None:
    result = one(a_day(MONDAY, shift()), "in 08:58:59, out 12:00, in 12:30, out 17:31:10")
    assert (result.status, result.due_minutes, result.worked_minutes) == ("present", 480, 481)
    assert (result.break_minutes, result.overtime_minutes) == (30, 1)
    assert (result.late_minutes, result.early_minutes, result.missed_out) == (0, 0, False)
    assert result.first_in == at(MONDAY, "08:58:59")
    assert result.last_out == at(MONDAY, "17:31:10")
    assert (result.expected_start, result.expected_end) == (at(MONDAY, "09:00"), at(MONDAY, "17:30"))


def test_times_count_as_they_are_shown_to_the_minute() -> None:
    day = a_day(MONDAY, shift("09:00-12:00"))
    assert one(day, "in 09:00:59, out 11:59:01").worked_minutes == 179
    # Six minutes late by the seconds, five by the clock: within the grace.
    assert one(day, "in 09:05:59, out 12:00").late_minutes == 0
    assert one(day, "in 09:06:00, out 12:00").late_minutes == 6


@pytest.mark.parametrize(
    ("mode", "story", "worked", "breaks"),
    [
        ("automatic", "in 09:00, out 17:30", 480, 30),
        ("automatic", "in 09:00, out 15:00", 360, 0),
        ("automatic", "in 09:00, out 15:10", 360, 10),  # never more than lies beyond the six hours
        ("automatic", "in 09:00, out 12:00, in 13:00, out 17:30", 420, 30),
        ("punched", "in 09:00, out 17:30", 510, 0),
        ("punched", "in 09:00, out 12:00, in 12:45, out 17:30", 465, 45),
        ("at_least", "in 09:00, out 17:30", 480, 30),
        ("at_least", "in 09:00, out 12:00, in 12:10, out 17:30", 480, 30),
        ("at_least", "in 09:00, out 12:00, in 12:45, out 17:30", 465, 45),
        ("at_least", "in 09:00, out 12:00, in 12:10, out 14:00", 290, 10),
        ("at_least", "in 09:00, out 12:00, in 12:05, out 15:10", 360, 10),
    ],
)
def test_breaks_automatic_punched_and_at_least(mode: Any, story: str, worked: int, breaks: int) -> None:
    result = one(a_day(MONDAY, shift(break_mode=mode)), story)
    assert (result.worked_minutes, result.break_minutes) == (worked, breaks)


@pytest.mark.parametrize(
    ("mode", "story", "worked", "breaks"),
    [
        ("automatic", "in 09:00, out 17:30", 510, 30),
        ("punched", "in 09:00, out 12:00, in 12:20, out 17:30", 510, 20),
        ("punched", "in 09:00, out 12:00, in 14:00, out 17:30", 420, 120),  # paid up to the break's length
        ("at_least", "in 09:00, out 12:00, in 12:10, out 17:30", 510, 30),
    ],
)
def test_a_paid_break_counts_as_work(mode: Any, story: str, worked: int, breaks: int) -> None:
    result = one(a_day(MONDAY, shift(break_mode=mode, break_paid=True)), story)
    assert (result.due_minutes, result.worked_minutes, result.break_minutes) == (510, worked, breaks)


@pytest.mark.parametrize(
    ("step", "mode", "story", "worked"),
    [
        (15, "nearest", "in 09:07, out 11:53", 180),
        (15, "nearest", "in 09:08, out 11:52", 150),
        (15, "employee", "in 09:14, out 11:46", 180),
        (15, "employer", "in 09:01, out 11:59", 150),
        (5, "nearest", "in 09:02, out 11:58", 180),
        (5, "employee", "in 09:04, out 11:56", 180),
        (5, "employer", "in 09:01, out 11:59", 170),
        (15, "employer", "in 09:01, out 09:14", 0),  # never below nothing
        # An out and an in that are rounded past each other count no minute twice.
        (15, "employee", "in 09:00, out 10:01, in 10:14, out 12:00", 180),
        (0, "employee", "in 09:04, out 11:56", 172),
    ],
)
def test_rounding_to_a_step_in_three_directions(step: int, mode: Any, story: str, worked: int) -> None:
    day = a_day(MONDAY, shift("09:00-12:00", rounding_minutes=step, rounding=mode))
    assert one(day, story).worked_minutes == worked


def test_lateness_goes_by_the_time_before_rounding() -> None:
    day = a_day(MONDAY, shift("09:00-12:00", rounding_minutes=15))
    result = one(day, "in 09:07, out 12:00")
    assert (result.worked_minutes, result.late_minutes) == (180, 7)


def test_time_before_the_start_counts_only_if_the_shift_says_so() -> None:
    day = a_day(MONDAY, shift("09:00-12:00"))
    early = a_day(MONDAY, shift("09:00-12:00", early_counts=True))
    assert one(day, "in 08:00, out 08:30, in 08:50, out 12:00").worked_minutes == 180
    assert one(early, "in 08:00, out 12:00").worked_minutes == 240
    assert "time.before_start" in codes(one(day, "in 08:00, out 12:00"))


def test_a_missed_check_out_counts_nothing_and_is_flagged() -> None:
    result = one(a_day(MONDAY, shift()), "in 09:00, out 12:00, in 12:30")
    assert (result.worked_minutes, result.missed_out, result.filled) == (180, True, False)
    assert (result.early_minutes, result.absent, result.status) == (0, False, "present")
    assert result.last_out is None
    assert "span.missed_out" in codes(result)


def test_a_missed_check_out_is_filled_to_the_end_of_the_shift_if_the_rule_says_so() -> None:
    day = a_day(MONDAY, shift(missed_out="shift_end"))
    result = one(day, "in 09:00")
    assert (result.worked_minutes, result.missed_out, result.filled) == (480, True, True)
    assert result.last_out is None
    assert "span.filled" in codes(result)
    # Nothing is filled for a check-out missed in between, nor for who came after the end.
    between = one(day, "in 09:00, in 12:00, out 17:30")
    assert (between.worked_minutes, between.missed_out, between.filled) == (330, True, False)
    assert one(day, "in 18:00").worked_minutes == 0


def test_a_missed_check_out_never_flips_the_next_day() -> None:
    days = [a_day(MONDAY, shift()), a_day(MONDAY + ONE, shift())]
    stamps = told("in 09:00") + told("in 09:00, out 17:30", MONDAY + ONE)
    found = results(days, stamps)
    assert found[MONDAY].missed_out
    tomorrow = found[MONDAY + ONE]
    assert (tomorrow.worked_minutes, tomorrow.missed_in, tomorrow.missed_out) == (480, False, False)


def test_a_missed_check_in() -> None:
    result = one(a_day(MONDAY, shift()), "out 17:30")
    assert (result.missed_in, result.missed_out, result.worked_minutes) == (True, False, 0)
    assert (result.late_minutes, result.absent, result.status) == (0, False, "present")
    assert result.first_in is None
    assert result.last_out == at(MONDAY, "17:30")


def test_where_every_punch_is_an_arrival_nothing_is_missed_and_the_hours_are_unknown() -> None:
    stamps = told("in 09:10, in 12:00, in 16:00", arrivals_only=True)
    result = one(a_day(MONDAY, shift()), stamps)
    assert (result.status, result.missed_out, result.worked_minutes) == ("present", False, 0)
    assert (result.late_minutes, result.early_minutes) == (10, 0)
    assert "span.arrival" in codes(result)


def test_less_than_the_half_day_limit_is_half_a_day() -> None:
    day = a_day(MONDAY, shift(half_day_minutes=240))
    assert one(day, "in 09:00, out 12:59").status == "half"
    assert one(day, "in 09:00, out 13:00").status == "present"
    assert one(day, "in 09:00").status == "present", "nobody knows how long"


@pytest.mark.parametrize(
    ("own", "policy", "overtime"),
    [(None, None, 60), (None, 500, 40), (510, 500, 30), (600, 400, 0)],
)
def test_daily_overtime_begins_after_the_shifts_limit_else_the_policys_else_the_hours_due(
    own: int | None, policy: int | None, overtime: int
) -> None:
    rules = PolicyRules(overtime_daily_after=policy)
    day = a_day(MONDAY, shift(overtime_after_minutes=own), policy=rules)
    assert one(day, "in 09:00, out 18:30").overtime_minutes == overtime


def test_work_on_a_rest_day_or_holiday_is_overtime_if_the_policy_says_so() -> None:
    no = PolicyRules(rest_day_is_overtime=False)
    story = "in 09:00, out 12:00"
    rest, holiday = a_day(MONDAY), a_day(MONDAY, shift(), holiday="New Year")
    for day in (rest, holiday):
        result = one(day, story)
        assert (result.status, result.worked_minutes, result.overtime_minutes) == ("present", 180, 180)
        assert one(replace(day, policy=no), story).overtime_minutes == 0
    assert one(a_day(MONDAY, planned=False), story).overtime_minutes == 0, "no roster, no rest day"


def test_weekly_overtime_does_not_count_daily_overtime_twice() -> None:
    policy = PolicyRules(overtime_weekly_after=2400)
    week = [a_day(MONDAY + n * ONE, *([shift()] if n < 5 else []), policy=policy) for n in range(7)]
    stamps = [
        stamp for n in range(5) for stamp in told("in 09:00, out 18:30", MONDAY + n * ONE)
    ]  # nine hours each: one of them daily overtime
    found = results(week, stamps)
    assert [found[day.day].overtime_minutes for day in week] == [60] * 5 + [0, 0]
    assert all(found[day.day].weekly_overtime_minutes == 0 for day in week)
    plain = PolicyRules(overtime_weekly_after=2400, overtime_daily_after=600, rest_day_is_overtime=False)
    found = results(
        [replace(day, policy=plain) for day in week], stamps + told("in 09:00, out 10:00", MONDAY + 5 * ONE)
    )
    assert [found[day.day].weekly_overtime_minutes for day in week] == [0, 0, 0, 0, 300, 60, 0]
    assert all(each.overtime_minutes == 0 for each in found.values())


def test_the_week_begins_where_the_policy_says_and_is_unknown_when_cut() -> None:
    days = [MONDAY + n * ONE for n in range(7)]
    told_days = [told("in 09:00, out 17:30", day) for day in days]
    stamps = [stamp for day in told_days for stamp in day]
    for starts, known in ((0, True), (2, False)):
        policy = PolicyRules(overtime_weekly_after=960, week_starts_on=starts)
        found = results([a_day(day, shift(), policy=policy) for day in days[:3]], stamps)
        # From Monday three days are known; for a week from Wednesday only the Wednesday is.
        assert bool(found[days[2]].weekly_overtime_minutes) is known


def test_half_a_day_of_leave_halves_the_overtime_limit() -> None:
    result = one(a_day(MONDAY, shift(), leave=(away("morning"),)), "in 13:00, out 18:00")
    assert result.overtime_minutes == 60
