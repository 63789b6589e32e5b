"""Patterns, who follows them from when to when, and exceptions."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from faceroster.core.errors import Conflict, FaceRosterError
from faceroster.rosters.models import Assignment, Pattern, RosterException
from faceroster.rosters.selectors import plans_of
from faceroster.rosters.services import (
    assignment_create,
    assignment_end,
    assignment_remove,
    pattern_create,
    pattern_replace,
    pattern_set,
    roster_exception_set,
)
from tests.support.rosters import make_shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def early(site):
    return make_shift(site, "Early", "06:00", "14:00")


@pytest.fixture
def late(site):
    return make_shift(site, "Late", "14:00", "22:00")


@pytest.fixture
def night(site):
    return make_shift(site, "Night", "22:00", "07:00")


@pytest.fixture
def pattern(site, early):
    return pattern_create(site=site, name="Week", length=7, days={day: [early] for day in range(5)})


def course(person, first, days):
    plans = plans_of([person], first=first, last=first + timedelta(days=days - 1))
    return "".join("".join(v.shift.name[0] for v in plan.shifts) or "-" for plan in plans.values())


def code_of(call, **kwargs):
    with pytest.raises(FaceRosterError) as caught:
        call(**kwargs)
    return caught.value.code


def test_pattern_is_checked(site, early, late, night):
    make = {"call": pattern_create, "site": site, "name": "P", "length": 3}
    assert code_of(**make, days={3: [early]}) == "pattern.invalid"
    assert code_of(**make, days={0: [early, make_shift(site, "Noon", "13:59", "15:00")]}) == "roster.overlap"
    assert code_of(**make, days={0: [night], 1: [early]}) == "roster.overlap"
    assert code_of(**make, days={2: [night], 0: [early]}) == "roster.overlap"
    assert code_of(**{**make, "length": 85}, days={}) == "pattern.invalid"
    late.active = False
    late.save()
    assert code_of(**make, days={0: [late]}) == "shift.inactive"
    assert not Pattern.objects.exists()


def test_two_shifts_a_day(site, early, late, person, monday):
    pattern = pattern_create(site=site, name="Double", length=2, days={0: [late, early]})
    assignment_create(pattern=pattern, person=person, starts_on=monday)
    assert course(person, monday, 4) == "EL-EL-"


def test_new_assignment_ends_the_one_before(pattern, site, late, person, monday, told):
    first = assignment_create(pattern=pattern, person=person, starts_on=monday)
    other = pattern_create(site=site, name="Other", length=1, days={0: [late]})
    assignment_create(pattern=other, person=person, starts_on=monday + timedelta(days=2))
    first.refresh_from_db()
    assert first.ends_on == monday + timedelta(days=1)
    assert course(person, monday, 4) == "EELL"
    assert [(news["person_ids"], news["first"], news["last"]) for news in told] == [
        ([person.pk], monday, None),
        ([person.pk], monday + timedelta(days=2), None),
    ]


def test_overlap_is_refused(pattern, person, department, monday):
    day = timedelta(days=1)
    assignment_create(pattern=pattern, person=person, starts_on=monday + 10 * day)
    make = {"call": assignment_create, "pattern": pattern, "person": person}
    assert code_of(**make, starts_on=monday) == "assignment.overlap"
    assert code_of(**make, starts_on=monday, ends_on=monday + 10 * day) == "assignment.overlap"
    assert code_of(**make, starts_on=monday + 10 * day) == "assignment.overlap"
    # A few days in the midst would cut off what comes after them.
    assert code_of(**make, starts_on=monday + 20 * day, ends_on=monday + 22 * day) == "assignment.overlap"
    assignment_create(pattern=pattern, person=person, starts_on=monday, ends_on=monday + 9 * day)
    assignment_create(pattern=pattern, department=department, starts_on=monday)
    assert code_of(**make, department=department, starts_on=monday) == "assignment.invalid"
    assert code_of(**make, starts_on=monday, ends_on=monday - day) == "assignment.invalid"


def test_assignment_end_tells_the_days_between(pattern, department, monday, told):
    row = assignment_create(pattern=pattern, department=department, starts_on=monday)
    assignment_end(assignment=row, ends_on=monday + timedelta(days=9))
    assignment_end(assignment=row, ends_on=monday + timedelta(days=4))
    assert [
        (news["department_id"], news["first"].day, news["last"] and news["last"].day) for news in told
    ] == [
        (department.pk, 2, None),
        (department.pk, 12, None),
        (department.pk, 7, 11),
    ]
    assert code_of(assignment_end, assignment=row, ends_on=monday - timedelta(days=1)) == "assignment.invalid"
    assignment_create(pattern=pattern, department=department, starts_on=monday + timedelta(days=7))
    assert code_of(assignment_end, assignment=row, ends_on=date(2026, 4, 1)) == "assignment.overlap"


def test_only_what_has_not_begun_is_removed(pattern, person, monday):
    row = assignment_create(pattern=pattern, person=person, starts_on=monday)
    assert code_of(assignment_remove, assignment=row) == "assignment.begun"
    later = assignment_create(pattern=pattern, person=person, starts_on=monday + timedelta(days=1))
    assignment_remove(assignment=later)
    assert list(Assignment.objects.all()) == [row]


def test_pattern_in_use_keeps_its_past(pattern, site, late, person, monday, told):
    week = timedelta(days=7)
    assignment_create(pattern=pattern, person=person, starts_on=monday - week)
    new = {"name": "Week", "length": 7, "days": {0: [late]}}
    assert code_of(pattern_set, pattern=pattern, **new) == "pattern.in_use"
    pattern_set(
        pattern=pattern, name="Renamed", length=7, days={n: list(pattern_shifts(pattern)) for n in range(5)}
    )
    replaced = pattern_replace(pattern=pattern, **new, starts_on=monday + timedelta(days=3))
    assert course(person, monday - week, 28) == "EEEEE--" * 2 + "L------" * 2
    assert told[-1]["first"] == monday + week
    assert replaced.name == "Week"
    pattern_set(pattern=pattern, **{**new, "name": "Old"}, retroactive=True)
    assert course(person, monday - week, 7) == "L------"
    assert (told[-1]["first"], told[-1]["last"]) == (monday - week, monday + week - timedelta(days=1))


def pattern_shifts(pattern):
    return {row.shift for row in pattern.shifts.select_related("shift")}


def test_pattern_that_nobody_has_worked_is_changed_in_place(pattern, late, person, monday, told):
    assignment_create(pattern=pattern, person=person, starts_on=monday)
    pattern_set(pattern=pattern, name="Week", length=2, days={1: [late]})
    assert course(person, monday, 4) == "-L-L"
    assert (told[-1]["person_ids"], told[-1]["first"]) == ([person.pk], monday)


def test_replacing_lets_what_has_not_begun_begin_as_planned(pattern, late, person, monday):
    assignment_create(pattern=pattern, person=person, starts_on=monday + timedelta(days=10))
    pattern_replace(pattern=pattern, name="New", length=1, days={0: [late]}, starts_on=monday)
    assert Assignment.objects.get().starts_on == monday + timedelta(days=10)
    assert Assignment.objects.get().pattern.name == "New"
    past = {"pattern": pattern, "name": "X", "length": 1, "days": {}, "starts_on": monday - timedelta(days=1)}
    assert code_of(pattern_replace, **past) == "assignment.past"


def test_exceptions(pattern, early, late, person, monday, told, admin_user):
    assignment_create(pattern=pattern, person=person, starts_on=monday)
    told.clear()
    change = {"person": person, "day": monday, "user": admin_user}
    roster_exception_set(**change, shifts=[late, early], note="swap")
    assert course(person, monday, 2) == "ELE"
    assert set(RosterException.objects.values_list("note", "made_by")) == {("swap", admin_user.pk)}
    roster_exception_set(**change, shifts=[])
    assert course(person, monday, 2) == "-E"
    roster_exception_set(**change, shifts=[], note="only a word")
    roster_exception_set(**change, shifts=None)
    roster_exception_set(**change, shifts=None)
    assert course(person, monday, 2) == "EE"
    assert [(news["person_ids"], news["first"], news["last"]) for news in told] == [
        ([person.pk], monday, monday)
    ] * 3


def test_exceptions_are_checked(site, early, person, monday):
    change = {"call": roster_exception_set, "person": person, "day": monday, "user": None}
    crossing = make_shift(site, "Crossing", "13:00", "15:00")
    assert code_of(**change, shifts=[early, crossing]) == "roster.overlap"
    future = make_shift(site, "Future", effective_from=monday + timedelta(days=1))
    assert code_of(**change, shifts=[future]) == "shift.not_yet"
    early.active = False
    early.save()
    assert code_of(**change, shifts=[early]) == "shift.inactive"
    assert code_of(**change, shifts=[crossing], note="x" * 201) == "roster.invalid"
    assert not RosterException.objects.exists()


def test_a_refusal_of_who_listens_undoes_the_change(pattern, person, monday):
    from faceroster.rosters.signals import plan_changed

    def refuse(**what):
        raise Conflict("period.closed", "Closed.")

    plan_changed.connect(refuse)
    try:
        with pytest.raises(Conflict):
            assignment_create(pattern=pattern, person=person, starts_on=monday)
    finally:
        plan_changed.disconnect(refuse)
    assert not Assignment.objects.exists()


def test_nobody_plans_their_own_work(pattern, late, person, monday, manager_user, admin_user):
    person.user = manager_user
    person.save()
    mine = {"pattern": pattern, "person": person, "starts_on": monday}
    assert code_of(assignment_create, **mine, user=manager_user) == "assignment.own"
    row = assignment_create(**mine, user=admin_user)
    end = {"assignment": row, "ends_on": monday + timedelta(days=9)}
    assert code_of(assignment_end, **end, user=manager_user) == "assignment.own"
    later = Assignment.objects.create(pattern=pattern, person=person, starts_on=monday + timedelta(days=30))
    assert code_of(assignment_remove, assignment=later, user=manager_user) == "assignment.own"
    day = {"person": person, "day": monday, "shifts": [late], "note": "swap"}
    assert code_of(roster_exception_set, **day, user=manager_user) == "roster.own"
    assert not RosterException.objects.exists()
    assert roster_exception_set(**day, user=admin_user)


def test_a_day_that_is_over_changes_for_a_reason_only(pattern, late, person, monday, admin_user):
    over = {"person": person, "day": monday - timedelta(days=1), "shifts": [late], "user": admin_user}
    assert code_of(roster_exception_set, **over) == "roster.reason_missing"
    assert code_of(roster_exception_set, **over, note="  ") == "roster.reason_missing"
    assert roster_exception_set(**over, note="They swapped")
