"""Who is planned to do what on which day: everything that decides it, and which goes before which."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from faceroster.rosters.models import (
    Assignment,
    Holiday,
    LeaveKind,
    LeaveRequest,
    LeaveStatus,
    Pattern,
    PatternShift,
    RosterException,
    ShiftVersion,
)
from faceroster.rosters.selectors import Plan, plans_of
from tests.support.rosters import assign, make_shift

MONDAY = date(2026, 3, 2)
pytestmark = pytest.mark.django_db


def plan(person: Any, day: date = MONDAY) -> Plan:
    return plans_of([person], first=day, last=day)[person.pk, day]


def names(person: Any, day: date = MONDAY) -> list[str]:
    return [version.shift.name for version in plan(person, day).shifts]


def test_nothing_rostered(person):
    assert plan(person) == Plan()


def test_departments_pattern(person, department, site):
    assign(department, make_shift(site))
    assert names(person) == ["Day"]
    sunday = plan(person, date(2026, 3, 8))
    assert (sunday.shifts, sunday.planned, sunday.worked) == ((), True, False)


def test_a_persons_own_goes_before_the_departments(person, make_person, department, site):
    other = make_person(department=department)
    assign(department, make_shift(site, "Early"))
    assign(person, make_shift(site, "Late"), weekdays=(1,))
    assert names(person) == []
    assert names(person, date(2026, 3, 3)) == ["Late"]
    assert names(other) == ["Early"]


def test_of_several_the_one_that_starts_last(person, site):
    old, new = make_shift(site, "Old"), make_shift(site, "New")
    assign(person, old)
    later = assign(person, new)
    later.starts_on = MONDAY
    later.ends_on = date(2026, 3, 3)
    later.save()
    assert names(person, date(2026, 2, 27)) == ["Old"]
    assert names(person) == ["New"]
    assert names(person, date(2026, 3, 3)) == ["New"]
    assert names(person, date(2026, 3, 4)) == ["Old"]


def test_departments_after_own_has_ended(person, department, site):
    assign(department, make_shift(site, "Department"))
    own = assign(person, make_shift(site, "Own"))
    own.ends_on = MONDAY - timedelta(days=1)
    own.save()
    assert names(person) == ["Department"]


def test_exception_goes_before_everything(person, site):
    shift, extra = make_shift(site), make_shift(site, "Extra", "18:00", "20:00")
    assign(person, shift)
    RosterException.objects.create(person=person, day=MONDAY, shift=extra)
    RosterException.objects.create(person=person, day=MONDAY, shift=shift)
    RosterException.objects.create(person=person, day=MONDAY + timedelta(days=1))
    assert names(person) == ["Day", "Extra"]
    off = plan(person, MONDAY + timedelta(days=1))
    assert (off.shifts, off.planned) == ((), True)
    assert names(person, MONDAY + timedelta(days=2)) == ["Day"]


def test_exception_plans_a_day_of_somebody_without_a_pattern(person, site):
    RosterException.objects.create(person=person, day=MONDAY, shift=make_shift(site))
    assert names(person) == ["Day"]
    assert plan(person, MONDAY + timedelta(days=1)).planned is False


def test_two_shifts_a_day_in_order_of_start(person, site):
    assign(
        person, make_shift(site, "A evening", "17:00", "21:00"), make_shift(site, "Z noon", "11:00", "14:00")
    )
    assert names(person) == ["Z noon", "A evening"]


def test_rotation_counts_from_its_first_day(person, site):
    early, night = make_shift(site, "Early", "06:00", "14:00"), make_shift(site, "Night", "22:00", "06:00")
    pattern = Pattern.objects.create(site=site, name="Rotation", length=10)
    for day, shift in ((0, early), (1, early), (3, night), (9, night), (10, early)):
        PatternShift.objects.create(pattern=pattern, day=day, shift=shift)
    Assignment.objects.create(pattern=pattern, person=person, starts_on=date(2026, 2, 26))
    days = [date(2026, 2, 26) + timedelta(days=n) for n in range(-1, 21)]
    plans = plans_of([person], first=days[0], last=days[-1])
    course = "".join("".join(v.shift.name[0] for v in plans[person.pk, day].shifts) or "-" for day in days)
    assert course == "-" + "EE-N-----N" * 2 + "E"
    assert not plans[person.pk, days[0]].planned


def test_the_version_in_force(person, site):
    shift = make_shift(site, effective_from=date(2026, 3, 3))
    for number, day, starts in ((2, 5, 8), (3, 4, 7), (4, 5, 6)):
        ShiftVersion.objects.create(
            shift=shift, number=number, effective_from=date(2026, 3, day), starts=time(starts), ends=time(17)
        )
    assign(person, shift)
    starts = [[v.starts.hour for v in plan(person, date(2026, 3, day)).shifts] for day in (2, 3, 4, 5, 6)]
    assert starts == [[], [9], [7], [6], [6]]
    assert plan(person).planned


def test_holidays_keep_the_shifts(person, site, make_site):
    assign(person, make_shift(site))
    Holiday.objects.create(site=site, day=MONDAY, name="Founding Day")
    Holiday.objects.create(site=site, day=date(2026, 3, 3), name="Worked on", dropped=True)
    Holiday.objects.create(site=make_site(), day=date(2026, 3, 4), name="Elsewhere")
    assert (plan(person).holiday, names(person), plan(person).worked) == ("Founding Day", ["Day"], False)
    assert plan(person, date(2026, 3, 3)).holiday == ""
    assert plan(person, date(2026, 3, 4)).holiday == ""


def test_only_approved_leave(person, site):
    assign(person, make_shift(site))
    kind = LeaveKind.objects.create(name="Holiday")
    for offset, status in enumerate(LeaveStatus.values):
        day = MONDAY + timedelta(days=offset)
        LeaveRequest.objects.create(person=person, kind=kind, first=day, last=day, status=status)
    taken = [bool(plan(person, MONDAY + timedelta(days=n)).leave) for n in range(4)]
    assert taken == [status == "approved" for status in LeaveStatus.values]


def test_employed_from_joining_to_leaving(person, site):
    assign(person, make_shift(site))
    person.joined_on, person.left_on = date(2026, 3, 3), date(2026, 3, 4)
    employed = [plan(person, date(2026, 3, day)).employed for day in (2, 3, 4, 5)]
    assert employed == [False, True, True, False]


def test_the_same_few_queries_for_many(make_person, make_department, django_assert_max_num_queries):
    people = [make_person(department=make_department()) for _ in range(6)]
    for person in people:
        shift = make_shift(person.department.site)
        assign(person.department, shift)
        assign(person, shift)
        RosterException.objects.create(person=person, day=MONDAY, shift=shift)
        Holiday.objects.create(site=person.department.site, day=MONDAY, name="Rest")
        kind, _ = LeaveKind.objects.get_or_create(name="Holiday")
        LeaveRequest.objects.create(person=person, kind=kind, first=MONDAY, last=MONDAY, status="approved")
    fresh = list(type(people[0]).objects.all())
    with django_assert_max_num_queries(8):
        plans = plans_of(fresh, first=MONDAY, last=MONDAY + timedelta(days=30))
        assert {v.shift.site.timezone for plan in plans.values() for v in plan.shifts} == {"Europe/Berlin"}
    assert len(plans) == 6 * 31
