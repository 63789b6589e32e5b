"""Random weeks: what holds whatever people do."""

from __future__ import annotations

import json
import random
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faceroster.attendance.rules.clock import DAY, instant, minute, minutes
from faceroster.attendance.rules.compute import compute
from faceroster.attendance.rules.types import (
    Change,
    Day,
    Inputs,
    Leave,
    PolicyRules,
    Result,
    ShiftRules,
    Stamp,
)
from faceroster.attendance.traces import SENTENCES, sentences

BEGINNINGS = [date(2026, 3, 20), date(2026, 10, 17), date(2026, 4, 1), date(2026, 11, 9)]
ZONES = ["Europe/Berlin", "Australia/Sydney", "Africa/Cairo"]
LENGTH = 17
POLICY = PolicyRules(overtime_weekly_after=1500)


@st.composite
def shifts(draw: st.DrawFn, zone: str) -> ShiftRules:
    clock = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
    starts, ends = draw(clock), draw(clock)
    return ShiftRules(
        id=f"{starts}-{ends}-{draw(st.integers(0, 9))}",
        name="Shift",
        starts=starts,
        ends=ends,
        zone=zone,
        flexible=draw(st.booleans()),
        core_starts=draw(st.none() | st.just(starts)),
        target_minutes=draw(st.none() | st.sampled_from([0, 240, 480])),
        break_mode=draw(st.sampled_from(["automatic", "punched", "at_least"])),
        break_after_minutes=draw(st.sampled_from([0, 240, 360])),
        rounding_minutes=draw(st.sampled_from([0, 5, 15])),
        rounding=draw(st.sampled_from(["nearest", "employee", "employer"])),
        break_paid=draw(st.booleans()),
        half_day_minutes=draw(st.sampled_from([0, 240])),
        opens_minutes=draw(st.sampled_from([0, 120, 720])),
        closes_minutes=draw(st.sampled_from([0, 240, 720])),
        early_counts=draw(st.booleans()),
        missed_out=draw(st.sampled_from(["nothing", "shift_end"])),
    )


@st.composite
def histories(draw: st.DrawFn) -> Inputs:
    """Weeks of one person, with everything that may happen, and a now somewhere around their end."""
    zone, begin = draw(st.sampled_from(ZONES)), draw(st.sampled_from(BEGINNINGS))
    choice = draw(st.lists(shifts(zone), min_size=1, max_size=3))
    dice = random.Random(draw(st.integers(0, 2**32)))
    days = tuple(_day(begin + n * DAY, zone, choice, dice) for n in range(LENGTH))
    stamps = [_stamp(f"p{n}", days, dice) for n in range(draw(st.integers(0, 60)))]
    stamps += [
        Stamp(f"again-{each.id}", each.at, each.way, each.zone, each.day, debounce=each.debounce)
        for each in stamps
        if dice.random() < 0.1
    ]
    changes = [_change(n, stamps, days, dice) for n in range(draw(st.integers(0, 8)))]
    now = days[-1].ends - timedelta(minutes=dice.randrange(0, 20000))
    return Inputs(days, tuple(stamps), tuple(changes), now)


def _day(day: date, zone: str, choice: list[ShiftRules], dice: random.Random) -> Day:
    leave = [Leave("Holiday", dice.choice(["whole", "morning", "afternoon"]), dice.random() < 0.7)]
    return Day(
        day=day,
        begins=instant(day, time(4), zone),
        ends=instant(day + DAY, time(4), zone),
        zone=zone,
        shifts=tuple(dice.sample(choice, dice.randint(0, len(choice)))),
        planned=dice.random() < 0.8,
        holiday="Holiday" if dice.random() < 0.1 else "",
        leave=tuple(leave) if dice.random() < 0.2 else (),
        employed=dice.random() < 0.9,
        policy=POLICY,
        excused=frozenset({"late", "absent"}) if dice.random() < 0.2 else frozenset(),
    )


def _stamp(name: str, days: tuple[Day, ...], dice: random.Random) -> Stamp:
    day = dice.choice(days)
    # Most at the hours at which shifts change, some at any time.
    hours = dice.choice([4, 9, 12, 13, 18, 22, dice.uniform(0, 24)])
    at = day.begins + timedelta(hours=hours, seconds=dice.randrange(1500))
    if at >= day.ends:
        at = day.ends - timedelta(minutes=1)
    way = dice.choice(["in", "out"])
    return Stamp(name, at, way, day.zone, day.day, arrivals_only=dice.random() < 0.1, debounce=60)


def _change(n: int, stamps: list[Stamp], days: tuple[Day, ...], dice: random.Random) -> Change:
    made = _stamp(f"a{n}", days, dice)
    target = dice.choice([*(each.id for each in stamps), "lost", f"a{n - 1}"])
    kind = dice.choice(["add", "void", "change"])
    if kind == "add":
        return Change("add", made.id, stamp=made)
    if kind == "void":
        return Change("void", target, day=made.day)
    return Change("change", target, at=made.at, way=dice.choice([None, "in", "out"]), day=made.day)


many = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _without_week(result: Result) -> dict[str, object]:
    """All of it but the weekly overtime, which needs the whole week."""
    found = {each.name: getattr(result, each.name) for each in fields(result)}
    found["weekly_overtime_minutes"] = None
    found["trace"] = [note for note in result.trace if note.code != "overtime.weekly"]
    return found


@many
@given(inputs=histories(), seed=st.integers(0, 999))
def test_the_order_of_what_comes_in_never_matters(inputs: Inputs, seed: int) -> None:
    stamps = list(inputs.punches)
    random.Random(seed).shuffle(stamps)
    shuffled = Inputs(tuple(reversed(inputs.days)), tuple(stamps), inputs.changes, inputs.now)
    assert compute(shuffled) == compute(inputs)


@many
@given(inputs=histories(), first=st.integers(0, LENGTH - 3), length=st.integers(3, LENGTH))
def test_any_days_computed_alone_are_as_in_the_whole(inputs: Inputs, first: int, length: int) -> None:
    whole = {result.day: result for result in compute(inputs)}
    days = inputs.days[first : first + length]
    part = compute(Inputs(days, inputs.punches, inputs.changes, inputs.now))
    assert [each.day for each in part] == [each.day for each in days[1:-1]]
    for index, result in enumerate(part):
        assert _without_week(result) == _without_week(whole[result.day])
        if index >= result.day.weekday():
            assert result.weekly_overtime_minutes == whole[result.day].weekly_overtime_minutes


@many
@given(inputs=histories())
def test_every_stamp_counts_on_exactly_one_day(inputs: Inputs) -> None:
    """Asked with free days before and after, so that no stamp is lost to a neighbour."""
    lone = [
        Day(day, instant(day, time(4), "UTC"), instant(day + DAY, time(4), "UTC"), "UTC")
        for day in [inputs.days[0].day + n * DAY for n in (-3, -2, -1, LENGTH, LENGTH + 1, LENGTH + 2)]
    ]
    days = (*lone[:3], *inputs.days, *lone[3:])
    found = compute(Inputs(days, inputs.punches, inputs.changes, inputs.now))
    used = [stamp.id for result in found for stamp in result.stamps]
    used += [
        key
        for result in found
        for note in result.trace
        if note.code == "punch.repeated"
        for key in note.values["ids"]
    ]
    alive = {each.id for each in inputs.punches}
    for change in inputs.changes:
        known = {each.id for each in inputs.punches} | {
            each.target for each in inputs.changes[: inputs.changes.index(change)] if each.kind == "add"
        }
        if change.kind == "void":
            alive.discard(change.target)
        elif change.kind == "add" or change.target in known:
            alive.add(change.target)
    assert len(used) == len(set(used))
    assert set(used) == alive


def _presence(result: Result) -> int:
    """Minutes from the first stamp to the last: nobody can have worked longer, but for rounding."""
    if len(result.stamps) < 2:
        return 0
    return minutes(minute(result.stamps[-1].at) - minute(result.stamps[0].at))


@many
@given(inputs=histories())
def test_figures_are_never_negative_and_never_more_than_the_presence(inputs: Inputs) -> None:
    steps = {each.id: each.rounding_minutes for day in inputs.days for each in day.shifts}
    for result in compute(inputs):
        numbers = {
            name: value
            for name in (each.name for each in fields(result))
            if name.endswith("_minutes") and isinstance(value := getattr(result, name), int)
        }
        assert all(value >= 0 for value in numbers.values()), numbers
        if not result.filled:
            slack = 2 * max(steps.values(), default=0) * 3
            assert result.worked_minutes <= _presence(result) + slack
        assert result.overtime_minutes + result.weekly_overtime_minutes <= result.worked_minutes
        assert result.credited_minutes <= result.due_minutes
        assert not (result.absent and result.stamps)
        assert result.stamps == tuple(sorted(result.stamps, key=lambda each: (each.at, each.way, each.id)))


@settings(many, max_examples=40)
@given(inputs=histories())
def test_every_line_of_every_trace_is_json_and_has_words(inputs: Inputs) -> None:
    for result in compute(inputs):
        trace = json.loads(json.dumps([{"code": note.code, "values": note.values} for note in result.trace]))
        lines = sentences(trace)
        assert len(lines) == len(trace) > 0
        assert not any(line in SENTENCES or "%" in line for line in lines)


def test_a_long_time_ago_and_far_ahead_compute_too() -> None:
    for year in (1990, 2099):
        days = tuple(
            Day(day, instant(day, time(4), "UTC"), instant(day + DAY, time(4), "UTC"), "UTC")
            for day in (date(year, 1, 1) + n * DAY for n in range(3))
        )
        assert len(compute(Inputs(days, (), (), datetime(2026, 1, 1, tzinfo=UTC)))) == 1
