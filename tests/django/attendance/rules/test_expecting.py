"""What is due: leave, holidays, joining and leaving, grace, flexible hours, and a day that still runs."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal

import pytest

from faceroster.attendance.rules.types import Change, Stamp
from tests.django.attendance.rules.stories import (
    MONDAY,
    ONE,
    a_day,
    at,
    away,
    codes,
    one,
    results,
    shift,
    stamp,
)
from tests.django.attendance.rules.stories import punches as told

HALF = Decimal("0.5")
TUESDAY = MONDAY + ONE


def test_half_a_day_of_leave_and_half_a_day_of_work() -> None:
    day = a_day(MONDAY, shift(), leave=(away("morning"),))
    result = one(day, "in 13:30, out 17:30")
    assert (result.status, result.leave_days, result.late_minutes, result.absent) == ("half", HALF, 0, False)
    assert (result.due_minutes, result.credited_minutes, result.worked_minutes) == (480, 240, 240)
    assert result.expected_start == at(MONDAY, "13:30")
    assert one(day, "in 13:40, out 17:30").late_minutes == 10


def test_leave_in_the_afternoon() -> None:
    day = a_day(MONDAY, shift(), leave=(away("afternoon"),))
    result = one(day, "in 09:00, out 13:00")
    assert (result.status, result.early_minutes, result.worked_minutes) == ("half", 0, 240)
    assert result.expected_end == at(MONDAY, "13:00")
    assert one(day, "in 09:00, out 12:00").early_minutes == 60
    assert one(day, "in 09:20, out 13:00").late_minutes == 20


def test_half_a_day_of_leave_and_nobody_came() -> None:
    result = one(a_day(MONDAY, shift(), leave=(away("morning"),)))
    assert (result.status, result.absent, result.leave_days) == ("absent", True, HALF)
    assert (result.late_minutes, result.early_minutes) == (0, 0)


def test_half_a_day_of_leave_with_two_shifts_spares_the_first() -> None:
    day = a_day(MONDAY, shift("08:00-12:00"), shift("13:00-17:00"), leave=(away("morning"),))
    result = one(day, "in 13:00, out 17:00")
    assert (result.late_minutes, result.early_minutes, result.credited_minutes) == (0, 0, 240)
    assert result.expected_start == at(MONDAY, "13:00")


def test_both_halves_are_the_whole_day() -> None:
    result = one(a_day(MONDAY, shift(), leave=(away("morning"), away("afternoon", paid=False))))
    assert (result.status, result.leave_days, result.absent) == ("leave", 1, False)
    assert (result.due_minutes, result.credited_minutes) == (240, 240)


@pytest.mark.parametrize(("paid", "due", "credited"), [(True, 480, 480), (False, 0, 0)])
def test_a_whole_day_of_leave(paid: bool, due: int, credited: int) -> None:
    result = one(a_day(MONDAY, shift(), leave=(away(paid=paid),)))
    assert (result.status, result.leave_days, result.absent) == ("leave", 1, False)
    assert (result.due_minutes, result.credited_minutes) == (due, credited)


def test_work_on_a_day_of_leave_counts_and_is_said() -> None:
    result = one(a_day(MONDAY, shift(), leave=(away(),)), "in 10:00, out 12:00")
    assert (result.status, result.worked_minutes, result.leave_days) == ("leave", 120, 1)
    assert (result.late_minutes, result.early_minutes) == (0, 0)
    assert "leave.worked" in codes(result)


def test_a_holiday_on_a_working_day_credits_what_is_due() -> None:
    result = one(a_day(MONDAY, shift(), holiday="New Year"))
    assert (result.status, result.absent, result.late_from) == ("holiday", False, None)
    assert (result.due_minutes, result.credited_minutes) == (480, 480)


def test_a_holiday_on_a_rest_day_credits_nothing() -> None:
    result = one(a_day(MONDAY, holiday="New Year"))
    assert (result.status, result.due_minutes, result.credited_minutes) == ("holiday", 0, 0)


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (a_day(MONDAY, shift(), holiday="New Year", leave=(away(),)), "holiday"),
        (a_day(MONDAY, leave=(away(),)), "rest"),
        (a_day(MONDAY, leave=(away(),), planned=False), "leave"),
    ],
)
def test_leave_over_a_holiday_or_a_rest_day_takes_no_days(day: object, status: str) -> None:
    result = one(day)  # type: ignore[arg-type]
    assert (result.status, result.leave_days, result.absent) == (status, 0, False)
    assert "leave.not_needed" in codes(result)


def test_who_joins_or_leaves_in_mid_period_is_not_absent_before_or_after() -> None:
    days = [a_day(MONDAY + n * ONE, shift(), employed=n in (1, 2)) for n in range(4)]
    found = results(days, told("in 09:00, out 17:30", MONDAY + 3 * ONE))
    assert [each.status for each in found.values()] == ["none", "absent", "absent", "none"]
    assert [each.due_minutes for each in found.values()] == [0, 480, 480, 0]
    last = found[MONDAY + 3 * ONE]
    assert (last.worked_minutes, last.missed_out, len(last.stamps)) == (0, False, 2)
    assert "day.not_employed_punched" in codes(last)


def test_late_and_early_only_beyond_the_grace_and_then_from_the_start() -> None:
    day = a_day(MONDAY, shift(grace_in_minutes=10, grace_out_minutes=3))
    within, beyond = one(day, "in 09:10, out 17:27"), one(day, "in 09:11, out 17:26")
    assert (within.late_minutes, within.early_minutes) == (0, 0)
    assert {"late.grace", "early.grace"} <= codes(within)
    assert (beyond.late_minutes, beyond.early_minutes) == (11, 4)


def test_flexible_hours_are_late_and_early_by_the_core_time_alone() -> None:
    free = shift("06:00-20:00", flexible=True, target_minutes=480)
    core = shift(
        "06:00-20:00",
        flexible=True,
        target_minutes=480,
        core_starts=time(10),
        core_ends=time(15),
    )
    story = "in 10:30, out 14:00"
    assert one(a_day(MONDAY, core), story).late_minutes == 30
    assert one(a_day(MONDAY, core), story).early_minutes == 60
    result = one(a_day(MONDAY, free), story)
    assert (result.late_minutes, result.early_minutes, result.late_from) == (0, 0, None)
    assert (result.due_minutes, result.worked_minutes) == (480, 210)
    assert one(a_day(MONDAY, core), "in 07:00, out 15:30").worked_minutes == 480


def test_an_excused_finding_keeps_its_figure() -> None:
    day = a_day(MONDAY, shift(), excused=frozenset({"late", "missed_out"}))
    late = one(day, "in 10:00, out 17:30")
    assert (late.late_minutes, late.excused) == (60, True)
    assert one(day, "in 09:00").excused is False, "nothing of it was late"
    absent = one(a_day(MONDAY, shift(), excused=frozenset({"absent"})))
    assert (absent.absent, absent.excused) == (True, True)


RUNNING = a_day(MONDAY, shift())


@pytest.mark.parametrize(
    ("story", "now", "status", "present", "late", "early", "missed"),
    [
        ("", "08:00", "ahead", False, 0, 0, False),
        ("", "09:06", "running", False, 0, 0, False),
        ("", "17:29", "running", False, 0, 0, False),
        ("", "17:30", "absent", False, 0, 0, False),
        ("in 08:50", "08:55", "running", True, 0, 0, False),
        ("in 09:30", "10:00", "running", True, 30, 0, False),
        ("in 09:00, out 12:00", "12:10", "running", False, 0, 0, False),
        ("in 09:00, out 12:00", "17:31", "present", False, 0, 330, False),
        ("in 09:00", "19:00", "running", True, 0, 0, False),
        ("in 09:00", "21:30", "running", True, 0, 0, False),
        ("in 09:00", "21:31", "present", False, 0, 0, True),
    ],
)
def test_a_day_that_still_runs(
    story: str, now: str, status: str, present: bool, late: int, early: int, missed: bool
) -> None:
    result = one(RUNNING, story, now=at(MONDAY, now))
    assert (result.status, result.present, result.missed_out) == (status, present, missed)
    assert (result.late_minutes, result.early_minutes) == (late, early)
    assert result.absent is (status == "absent")


def test_who_has_not_come_is_late_from_the_first_minute_beyond_the_grace() -> None:
    result = one(RUNNING, now=at(MONDAY, "08:00"))
    assert result.late_from == at(MONDAY, "09:06")
    assert one(RUNNING, "in 09:05:59, out 17:30").late_minutes == 0
    assert one(RUNNING, "in 09:06:00, out 17:30").late_minutes == 6


def test_open_days_without_a_shift() -> None:
    free = a_day(MONDAY, planned=False)
    assert one(free).status == "free"
    running = one(free, "in 10:00", now=at(MONDAY, "23:00"))
    assert (running.status, running.present, running.missed_out) == ("running", True, False)
    over = one(free, "in 10:00", now=at(MONDAY, "28:00"))
    assert (over.status, over.present, over.missed_out) == ("present", False, True)
    assert one(free, "in 10:00, out 12:30").worked_minutes == 150


def test_the_first_and_the_last_day_are_only_neighbours() -> None:
    found = results([a_day(MONDAY, shift())], told("in 09:00", MONDAY - ONE) + told("in 09:00", TUESDAY))
    assert list(found) == [MONDAY]
    assert found[MONDAY].stamps == ()


def change(kind: str, target: Stamp | str, **kwargs: object) -> Change:
    return Change(kind, target if isinstance(target, str) else target.id, **kwargs)  # type: ignore[arg-type]


def test_corrections_count_in_order_and_the_last_word_wins() -> None:
    come, go = told("in 09:00, out 17:30")
    day = a_day(MONDAY, shift())
    moved = change("change", come, at=at(MONDAY, "08:30"))
    back = change("change", come, at=at(MONDAY, "10:00"))
    voided = change("void", come)
    assert one(day, [come, go], [moved, back]).late_minutes == 60
    assert one(day, [come, go], [back, moved]).late_minutes == 0
    assert one(day, [come, go], [voided]).missed_in
    assert one(day, [come, go], [voided, back]).late_minutes == 60
    assert one(day, [come, go], [back, voided]).missed_in
    result = one(day, [come, go], [moved])
    assert (result.corrected, result.first_in) == (True, at(MONDAY, "08:30"))
    assert one(day, [come, go]).corrected is False


def test_an_added_punch_may_be_changed_and_voided() -> None:
    come = stamp(MONDAY, "in", "09:00")
    out = stamp(MONDAY, "out", "17:00", id="new")
    day = a_day(MONDAY, shift())
    add = change("add", "new", stamp=out)
    result = one(day, [come], [add])
    assert (result.worked_minutes, result.corrected, result.missed_out) == (450, True, False)
    later = change("change", "new", at=at(MONDAY, "17:30"))
    assert one(day, [come], [add, later]).worked_minutes == 480
    assert one(day, [come], [add, change("void", "new")]).missed_out


def test_the_direction_of_a_punch_may_be_corrected() -> None:
    stamps = told("in 09:00, in 17:30")
    result = one(a_day(MONDAY, shift()), stamps, [change("change", stamps[1], way="out")])
    assert (result.worked_minutes, result.missed_out) == (480, False)


def test_a_correction_of_a_punch_that_is_not_there_changes_nothing_and_is_said() -> None:
    result = one(a_day(MONDAY, shift()), "in 09:00, out 17:30", [change("void", "lost", day=MONDAY)])
    assert (result.worked_minutes, result.corrected) == (480, False)
    assert "correction.without_punch" in codes(result)


def test_a_punch_that_is_moved_to_another_day_is_said_on_both() -> None:
    days = [a_day(MONDAY, shift()), a_day(TUESDAY, shift())]
    come = stamp(MONDAY, "in", "09:00")
    moved = change("change", come, at=come.at + timedelta(days=1), day=MONDAY)
    found = results(days, [come], [moved])
    assert (found[MONDAY].absent, found[TUESDAY].absent) == (True, False)
    assert all(each.corrected and "punch.changed" in codes(each) for each in found.values())
