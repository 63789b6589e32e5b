"""Which day and shift a punch belongs to: nights, two shifts, changing clocks, two zones, repetitions."""

from __future__ import annotations

import random
from datetime import date

import pytest

from faceroster.attendance.rules.compute import claimed
from faceroster.attendance.rules.types import Stamp
from tests.django.attendance.rules.stories import (
    BERLIN,
    MONDAY,
    ONE,
    SYDNEY,
    a_day,
    at,
    codes,
    one,
    results,
    shift,
    stamp,
)
from tests.django.attendance.rules.stories import punches as told

NIGHT = shift("22:00-06:00")
TUESDAY = MONDAY + ONE
SPLIT = (shift("08:00-12:00"), shift("13:00-17:00"))


def ids(stamps: tuple[Stamp, ...]) -> list[str]:
    return [each.id for each in stamps]


def test_a_night_belongs_to_the_day_on_which_it_starts() -> None:
    stamps = told("in 21:50, out 30:05") + told("in 22:00, out 30:00", TUESDAY)
    found = results([a_day(MONDAY, NIGHT), a_day(TUESDAY, NIGHT), a_day(TUESDAY + ONE)], stamps)
    assert [found[day].worked_minutes for day in (MONDAY, TUESDAY)] == [455, 450]
    assert ids(found[MONDAY].stamps) == ids(tuple(stamps[:2]))
    assert found[TUESDAY + ONE].status == "rest"
    assert not any(each.missed_in or each.missed_out for each in found.values())


def test_a_missed_check_out_of_a_night_does_not_flip_the_next_night() -> None:
    stamps = told("in 22:00") + told("in 22:00, out 30:00", TUESDAY)
    found = results([a_day(MONDAY, NIGHT), a_day(TUESDAY, NIGHT)], stamps)
    assert found[MONDAY].missed_out
    assert (found[TUESDAY].worked_minutes, found[TUESDAY].missed_in) == (450, False)


def test_two_shifts_in_one_day() -> None:
    day = a_day(MONDAY, *SPLIT)
    result = one(day, "in 08:00, out 12:03, in 12:55, out 17:00")
    assert (result.due_minutes, result.worked_minutes, result.break_minutes) == (480, 483, 0)
    assert (result.expected_start, result.expected_end) == (at(MONDAY, "08:00"), at(MONDAY, "17:00"))
    late = one(day, "in 08:20, out 12:00, in 13:30, out 17:00")
    assert late.late_minutes == 50


def test_a_missed_check_out_does_not_flip_the_next_shift_of_the_day() -> None:
    result = one(a_day(MONDAY, *SPLIT), "in 08:00, in 13:00, out 17:00")
    assert (result.worked_minutes, result.missed_out, result.missed_in) == (240, True, False)
    filled = one(
        a_day(MONDAY, *(shift(f"{each.name}", missed_out="shift_end") for each in SPLIT)),
        "in 08:00, in 13:00, out 17:00",
    )
    assert (filled.worked_minutes, filled.filled, filled.missed_out) == (480, True, True)


def test_a_span_never_runs_from_one_shift_into_another() -> None:
    result = one(a_day(MONDAY, *SPLIT), "in 08:00, out 17:00")
    assert (result.worked_minutes, result.missed_out, result.missed_in) == (0, True, True)


def test_a_shift_that_is_left_out_counts_as_early_or_late() -> None:
    day = a_day(MONDAY, *SPLIT)
    first, second = one(day, "in 08:00, out 12:00"), one(day, "in 13:00, out 17:00")
    assert (first.late_minutes, first.early_minutes, first.absent) == (0, 240, False)
    assert (second.late_minutes, second.early_minutes, second.absent) == (240, 0, False)


def test_shifts_that_follow_each_other_without_a_gap_need_no_punch_in_between() -> None:
    double = a_day(MONDAY, shift("06:00-14:00"), shift("14:00-22:00"))
    result = one(double, "in 06:00, out 22:00")
    assert (result.due_minutes, result.worked_minutes, result.break_minutes) == (900, 900, 60)
    assert (result.missed_in, result.missed_out, result.late_minutes, result.early_minutes) == (
        False,
        False,
        0,
        0,
    )


@pytest.mark.parametrize(
    ("story", "late", "early"),
    [
        ("in 06:00, out 13:30, in 14:30, out 22:00", 0, 0),  # a break where one shift becomes the other
        ("in 06:30, out 21:30", 30, 30),
        ("in 06:00, out 14:00", 0, 450),
        ("in 14:20, out 22:00", 470, 0),
        ("in 06:00", 0, 0),
    ],
)
def test_late_and_early_are_asked_of_shifts_without_a_gap_as_a_whole(
    story: str, late: int, early: int
) -> None:
    result = one(a_day(MONDAY, shift("06:00-14:00"), shift("14:00-22:00")), story)
    assert (result.late_minutes, result.early_minutes) == (late, early)


def test_shifts_that_overlap_count_no_minute_twice_and_open_with_the_first_that_does() -> None:
    day = a_day(MONDAY, shift("08:00-12:00", opens_minutes=0), shift("11:00-15:00", opens_minutes=240))
    result = one(day, "in 07:30, out 15:00")
    assert (result.worked_minutes, result.missed_in, result.missed_out) == (420, False, False)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, date(2026, 3, 28), 7),
        (BERLIN, date(2026, 10, 24), 9),
        (SYDNEY, date(2026, 10, 3), 7),
        (SYDNEY, date(2026, 4, 4), 9),
        (BERLIN, MONDAY, 8),
    ],
)
def test_a_night_in_which_the_clocks_change_is_as_long_as_it_was(zone: str, day: date, hours: int) -> None:
    night = shift("22:00-06:00", zone, break_minutes=0)
    result = one(a_day(day, night, zone=zone), "in 22:00, out 30:00")
    assert result.due_minutes == result.worked_minutes == hours * 60
    assert (result.late_minutes, result.early_minutes, result.overtime_minutes) == (0, 0, 0)
    assert result.expected_end == at(day, "30:00", zone)


@pytest.mark.parametrize(
    ("zone", "day", "minutes"),
    [(BERLIN, date(2026, 10, 25), 90), (SYDNEY, date(2026, 4, 5), 90)],
)
def test_the_hour_that_comes_twice_is_told_apart(zone: str, day: date, minutes: int) -> None:
    night = shift("00:00-08:00", zone)
    stamps = [
        stamp(day, "in", "02:30", zone, site_day=day),
        Stamp("second", at(day, "02:59", zone, fold=1), "out", zone, day),
    ]
    result = one(a_day(day, night, zone=zone), stamps)
    assert result.worked_minutes == minutes - 1


@pytest.mark.parametrize(
    ("zone", "day"), [("Africa/Cairo", date(2026, 4, 24)), ("America/Havana", date(2026, 3, 8))]
)
def test_a_shift_that_begins_at_a_midnight_that_the_zone_skips(zone: str, day: date) -> None:
    result = one(a_day(day, shift("00:00-08:00", zone, break_minutes=0), zone=zone), "in 01:00, out 08:00")
    assert result.expected_start == at(day, "01:00", zone)
    assert (result.due_minutes, result.worked_minutes, result.late_minutes) == (420, 420, 0)
    assert (result.status, len(result.stamps)) == ("present", 2)


def test_a_person_who_punches_at_sites_in_two_zones() -> None:
    """In at Berlin at nine, out at London at half past four by its own clock: eight and a half hours."""
    london = "Europe/London"
    stamps = told("in 09:00") + told("out 16:30", zone=london)
    result = one(a_day(MONDAY, shift()), stamps)
    assert (result.worked_minutes, result.missed_out, result.early_minutes) == (480, False, 0)


def test_a_punch_far_away_counts_for_the_shift_that_takes_it_whatever_the_date_was_there() -> None:
    auckland = "Pacific/Auckland"
    leaving = stamp(TUESDAY, "out", "05:30", auckland)  # 17:30 on Monday in Berlin
    assert leaving.at == at(MONDAY, "17:30")
    assert leaving.day == TUESDAY
    found = results([a_day(MONDAY, shift()), a_day(TUESDAY, shift())], [*told("in 09:00"), leaving])
    assert found[MONDAY].worked_minutes == 480
    assert found[TUESDAY].stamps == ()


def test_a_punch_that_no_shift_takes_belongs_to_the_day_of_its_site() -> None:
    stamps = told("in 09:00, out 23:30, in 26:00, out 26:30")
    found = results([a_day(MONDAY, shift()), a_day(TUESDAY)], stamps)
    assert len(found[MONDAY].stamps) == 4
    assert found[MONDAY].worked_minutes == 840 + 30, "the first out ends the shift, however late"
    assert "span.outside" in codes(found[MONDAY])


def test_ten_identical_punches_count_once() -> None:
    stamps = told(", ".join(["in 09:00"] * 10 + ["out 17:30"] * 10))
    result = one(a_day(MONDAY, shift()), stamps)
    assert (result.worked_minutes, len(result.stamps)) == (480, 2)
    assert (result.missed_out, result.missed_in) == (False, False)
    repeated = [note.values["count"] for note in result.trace if note.code == "punch.repeated"]
    assert repeated == [9, 9]
    no_debounce = told(", ".join(["in 09:00"] * 10 + ["out 17:30"]), debounce=0)
    assert len(one(a_day(MONDAY, shift()), no_debounce).stamps) == 2


def test_the_same_direction_within_the_debounce_time_counts_once() -> None:
    day = a_day(MONDAY, shift())
    again = one(day, "in 09:00:00, in 09:00:59, in 09:01:50, out 17:30:00, out 17:30:30")
    assert (len(again.stamps), again.worked_minutes, again.missed_out) == (2, 480, False)
    assert again.last_out == at(MONDAY, "17:30:00")
    assert one(day, "in 09:00:00, in 09:01:00, out 17:30").missed_out
    other = one(day, "in 09:00:00, out 09:00:20, in 09:00:40, out 17:30")
    assert len(other.stamps) == 4, "another direction is another punch"


def test_late_offline_punches_in_any_order_change_nothing() -> None:
    stamps = told("in 22:00, out 26:00, in 26:30, out 30:00") + told("in 22:00, out 30:00", TUESDAY)
    days = [a_day(MONDAY, NIGHT), a_day(TUESDAY, NIGHT)]
    expected = results(days, stamps)
    for seed in range(5):
        random.Random(seed).shuffle(stamps)
        assert results(days, stamps) == expected


def test_a_late_out_of_a_night_is_not_the_first_of_the_early_shift() -> None:
    """Monday's night ends at six, Tuesday's early shift begins then: both take punches around it."""
    days = [a_day(MONDAY, NIGHT), a_day(TUESDAY, shift("06:00-14:00"))]
    stamps = told("in 22:00, out 30:04") + told("in 06:05, out 14:00", TUESDAY)
    found = results(days, stamps)
    assert [ids(found[day].stamps) for day in (MONDAY, TUESDAY)] == [
        ids(tuple(stamps[:2])),
        ids(tuple(stamps[2:])),
    ]


def claim_days() -> tuple:  # type: ignore[type-arg]
    return tuple(a_day(MONDAY + n * ONE, NIGHT if n < 2 else shift()) for n in range(-1, 4))


@pytest.mark.parametrize(
    ("story", "clock", "day", "way"),
    [
        ("", "21:55", MONDAY, "in"),
        ("in 22:00", "26:00", MONDAY, "out"),
        ("in 22:00, out 26:00", "26:30", MONDAY, "in"),
        ("in 22:00", "30:01", MONDAY, "out"),
        # The out of the night was missed: the next evening begins anew.
        ("in 22:00", "45:55", TUESDAY, "in"),
        # Nobody's shift: the site's day, which began at four in the morning.
        ("", "13:00", MONDAY, "in"),
        ("in 13:00", "14:00", MONDAY, "out"),
        ("in 22:00", "36:00", TUESDAY, "in"),
        ("in 22:00:00, in 22:00:10", "30:00", MONDAY, "out"),
    ],
)
def test_a_new_punch_alternates_within_its_shift(story: str, clock: str, day: date, way: str) -> None:
    claim = claimed(at(MONDAY, clock), claim_days(), told(story))
    assert (claim.day, claim.way) == (day, way)


@pytest.mark.parametrize(
    ("story", "clock", "way"),
    [
        ("in 08:00", "12:10", "out"),
        ("in 08:00, out 12:00", "12:10", "in"),
        ("in 08:00", "12:55", "in"),  # the first shift was not left: this is the second one
        ("in 08:00, in 12:55", "17:00", "out"),
        ("in 08:00, out 12:00, in 12:10", "12:15", "out"),
        ("in 08:00", "17:00", "in"),
        ("in 08:00, out 12:00, in 13:00", "22:30", "out"),  # no shift takes it: it alternates in the day
    ],
)
def test_a_new_punch_between_two_shifts_of_a_day(story: str, clock: str, way: str) -> None:
    days = tuple(a_day(MONDAY + n * ONE, *SPLIT) for n in range(-1, 2))
    claim = claimed(at(MONDAY, clock), days, told(story))
    assert (claim.day, claim.way) == (MONDAY, way)


def test_what_is_claimed_is_where_it_counts() -> None:
    """A day of punches recorded one by one is paired as it was recorded."""
    days = tuple(a_day(MONDAY + n * ONE, *SPLIT) for n in range(-1, 3))
    stamps: list[Stamp] = []
    for clock in ("07:58", "12:02", "12:58", "15:00", "15:15", "17:01"):
        moment = at(MONDAY, clock)
        claim = claimed(moment, days, stamps)
        stamps.append(stamp(MONDAY, claim.way, clock, site_day=claim.day))
    assert [each.way for each in stamps] == ["in", "out"] * 3
    result = one(a_day(MONDAY, *SPLIT), stamps)
    assert (result.worked_minutes, len(result.stamps)) == (242 + 226, 6)
    assert (result.missed_out, result.missed_in) == (False, False)
