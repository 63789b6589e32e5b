"""Fetching what days are derived from: everything, for everybody, by a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from faceroster.attendance.inputs import inputs_hash, inputs_load
from faceroster.attendance.models import Correction, CorrectionKind, Finding, Punch, Resolution, Verdict
from faceroster.attendance.rules.compute import compute
from faceroster.people.models import Department, Person, PunchRule, Site
from faceroster.rosters.models import Policy, ShiftVersion
from tests.support.rosters import assign, make_punch, make_shift

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def correct(person: Person, kind: str, approved: bool = True, **kwargs: Any) -> Correction:
    made = Correction.objects.create(person=person, kind=kind, reason="x", **{"day": MONDAY, **kwargs})
    Verdict.objects.create(correction=made, approved=approved)
    return made


def load(*people: Person, first: date = MONDAY, last: date = MONDAY, **kwargs: Any) -> Any:
    return inputs_load(people, first=first, last=last, now=NOW, **kwargs)


def test_however_many_people_and_days_the_queries_are_the_same(
    make_person: Callable[..., Person], department: Department, site: Site
) -> None:
    assign(department, make_shift(site))
    people = [make_person(department=department) for _ in range(20)]
    for person in people:
        for n in range(5):
            punch = make_punch(person, noon(MONDAY + timedelta(days=n)))
        correct(person, CorrectionKind.VOID, punch=punch)

    def counted(some: list[Person], days: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            load(*some, last=MONDAY + timedelta(days=days))
        return len(queries)

    assert counted(people[:1], 0) == counted(people, 30) <= 14


def test_the_days_around_are_there_for_nights_and_weeks(person: Person) -> None:
    (found,) = load(person)
    days = [day.day for day in found.inputs.days]
    assert (days[0], days[-1]) == (MONDAY - timedelta(days=7), MONDAY + timedelta(days=1))


def test_corrections_come_in_the_order_of_their_verdicts_and_only_approved(person: Person) -> None:
    punch = make_punch(person, noon(MONDAY))
    first = Correction.objects.create(
        person=person, kind="change", day=MONDAY, reason="x", punch=punch, direction="out"
    )
    correct(person, "void", punch=punch)
    correct(person, "change", approved=False, punch=punch, direction="out")
    Correction.objects.create(person=person, kind="void", day=MONDAY, reason="waits", punch=punch)
    Verdict.objects.create(correction=first, approved=True)
    (found,) = load(person)
    assert [change.kind for change in found.inputs.changes] == ["void", "change"]


def test_a_punch_that_a_correction_brings_here_from_far_away_comes_along(person: Person) -> None:
    punch = make_punch(person, noon(MONDAY - timedelta(days=300)))
    other = make_punch(person, noon(MONDAY - timedelta(days=299)))
    correct(person, "change", punch=punch, at=noon(MONDAY))
    correct(person, "void", punch=other)
    (found,) = load(person)
    assert [stamp.id for stamp in found.inputs.punches] == [str(punch.pk)]
    assert [change.target for change in found.inputs.changes] == [str(punch.pk)]


def test_a_site_lends_its_rules_to_its_stamps(person: Person, make_site: Callable[..., Site]) -> None:
    there = make_site(timezone="Asia/Tokyo", punch_rule=PunchRule.IN_ONLY, debounce_seconds=7)
    make_punch(person, noon(MONDAY), site=there)
    (found,) = load(person)
    (stamp,) = found.inputs.punches
    assert (stamp.arrivals_only, stamp.debounce, stamp.zone) == (True, 7, "Asia/Tokyo")


def test_the_policy_in_force_and_what_was_excused(person: Person, site: Site) -> None:
    old, new = (
        Policy.objects.create(
            site=site, number=n, effective_from=MONDAY - timedelta(days=d), overtime_daily_after=m
        )
        for n, d, m in ((1, 100, 480), (2, 0, 450))
    )
    Resolution.objects.create(person=person, day=MONDAY, finding=Finding.LATE, reason="Train")
    (found,) = load(person)
    sunday, monday = (found.days[MONDAY - timedelta(days=n)] for n in (1, 0))
    assert (sunday.policy.overtime_daily_after, monday.policy.overtime_daily_after) == (480, 450)
    assert (found.policies[sunday.day], found.policies[monday.day]) == (str(old.pk), str(new.pk))
    assert (sunday.excused, monday.excused) == (frozenset(), frozenset({"late"}))


def test_a_version_that_is_not_stored_counts_from_its_day_on(person: Person, site: Site) -> None:
    shift = make_shift(site)
    assign(person, shift)
    extra = ShiftVersion(
        shift=shift,
        number=2,
        effective_from=MONDAY + timedelta(days=1),
        starts=time(7),
        ends=time(15),
    )
    (found,) = load(person, last=MONDAY + timedelta(days=1), extra=extra)
    starts = [found.days[MONDAY + timedelta(days=n)].shifts[0].starts for n in (0, 1)]
    assert starts == [time(9), time(7)]


def test_the_hash_is_of_what_counts_and_not_of_the_clock(person: Person, site: Site) -> None:
    assign(person, make_shift(site))
    make_punch(person, noon(MONDAY))

    def hashed(now: datetime = NOW) -> str:
        (found,) = inputs_load([person], first=MONDAY, last=MONDAY, now=now)
        (result,) = [each for each in compute(found.inputs) if each.day == MONDAY]
        return inputs_hash(found.days[MONDAY], found.policies[MONDAY], result, found.inputs.changes)

    before = hashed()
    assert hashed(NOW + timedelta(days=9)) == before
    make_punch(person, noon(MONDAY) + timedelta(hours=4), "out")
    with_out = hashed()
    correct(person, "void", punch=Punch.objects.order_by("at").last())
    assert len({before, with_out, hashed()}) == 3
