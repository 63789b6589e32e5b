"""Shifts: rules that fit together, versions that never change, and news of whom they concern."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from faceroster.core.errors import Conflict, InvalidInput
from faceroster.rosters.models import Policy, RosterException, Shift, ShiftVersion
from faceroster.rosters.services import (
    InvalidFields,
    policy_add,
    shift_create,
    shift_update,
    shift_version_add,
    shift_version_build,
)
from tests.support.rosters import assign, make_shift

pytestmark = pytest.mark.django_db
DAY = {"starts": time(9), "ends": time(17)}


def make(site: Any, **rules: Any) -> Shift:
    return shift_create(
        site=site, name="Made", effective_from=date(2026, 1, 1), user=None, **{**DAY, **rules}
    )


@pytest.mark.parametrize(
    ("field", "rules"),
    [
        ("break_minutes", {"break_minutes": 480}),
        ("target_minutes", {"target_minutes": 481}),
        ("half_day_minutes", {"half_day_minutes": 481}),
        ("grace_in_minutes", {"grace_in_minutes": 480}),
        ("grace_out_minutes", {"grace_out_minutes": 600}),
        ("rounding_minutes", {"rounding_minutes": 61}),
        ("opens_minutes", {"opens_minutes": 721}),
        ("closes_minutes", {"ends": time(9), "opens_minutes": 700, "closes_minutes": 700}),
        ("break_mode", {"break_mode": "never"}),
        ("core_starts", {"core_starts": time(10), "core_ends": time(15)}),
        ("core_ends", {"flexible": True, "core_starts": time(10)}),
        ("core_starts", {"flexible": True, "core_ends": time(10)}),
        ("core_starts", {"flexible": True, "core_starts": time(8), "core_ends": time(10)}),
        ("core_ends", {"flexible": True, "core_starts": time(10), "core_ends": time(18)}),
        ("core_ends", {"flexible": True, "core_starts": time(12), "core_ends": time(12)}),
    ],
)
def test_rules_that_do_not_fit(site, field, rules):
    with pytest.raises(InvalidFields) as caught:
        make(site, **rules)
    assert (caught.value.code, set(caught.value.fields)) == ("shift.invalid", {field})
    assert not Shift.objects.exists()


@pytest.mark.parametrize(
    "rules",
    [
        {"flexible": True, "core_starts": time(9), "core_ends": time(17)},
        {
            "starts": time(22),
            "ends": time(6),
            "flexible": True,
            "core_starts": time(23),
            "core_ends": time(2),
        },
        {"starts": time(8), "ends": time(8), "flexible": True, "core_starts": time(9), "core_ends": time(8)},
        {"break_minutes": 479, "target_minutes": 480, "half_day_minutes": 480},
    ],
)
def test_rules_that_fit(site, rules):
    version = make(site, **rules).versions.get()
    assert version.number == 1


def test_names_and_colours(site):
    make(site)
    for given, field in (({"name": "Made"}, ""), ({"name": "Other", "colour": "red"}, "colour")):
        with pytest.raises(InvalidFields) as caught:
            shift_create(site=site, effective_from=date(2026, 1, 1), user=None, **DAY, **given)
        assert list(caught.value.fields) == [field]
    shift = shift_update(shift=Shift.objects.get(), name=" Renamed ", colour="#123456", active=False)
    shift.refresh_from_db()
    assert (shift.name, shift.colour, shift.active) == ("Renamed", "#123456", False)


def test_a_change_is_a_new_version(site, monday, admin_user):
    shift = make(site, break_minutes=20)
    version = shift_version_add(shift=shift, effective_from=monday, user=admin_user, starts=time(8))
    assert (version.number, version.starts, version.break_minutes) == (2, time(8), 20)
    assert version.made_by == admin_user
    assert shift.versions.get(number=1).starts == time(9)


def test_a_change_of_nothing(site, monday):
    shift = make(site)
    shift_version_add(shift=shift, effective_from=monday + timedelta(days=9), user=None, starts=time(8))
    with pytest.raises(InvalidInput) as caught:
        shift_version_add(shift=shift, effective_from=monday, user=None, starts=time(9))
    assert caught.value.code == "shift.same"
    shift_version_add(shift=shift, effective_from=monday, user=None, starts=time(8))


def test_the_past_only_on_purpose(site, monday):
    shift = make(site)
    past = {"shift": shift, "effective_from": monday - timedelta(days=1), "user": None, "starts": time(8)}
    with pytest.raises(Conflict) as caught:
        shift_version_add(**past)
    assert caught.value.code == "shift.past"
    built = shift_version_build(**past)
    assert (built.number, ShiftVersion.objects.count()) == (2, 1)
    assert shift_version_add(retroactive=True, **past).number == 2


def test_news_of_exactly_those_who_work_it(site, make_person, make_department, monday, told):
    shift, other = make_shift(site), make_shift(site, "Other")
    by_department, by_own, once, long_ago = (make_person() for _ in range(4))
    assign(by_department.department, shift)
    assign(by_own, shift)
    RosterException.objects.create(person=once, day=monday + timedelta(days=3), shift=shift)
    RosterException.objects.create(person=long_ago, day=monday - timedelta(days=3), shift=shift)
    assign(make_person(), other)
    later = monday + timedelta(days=30)
    shift_version_add(shift=shift, effective_from=later, user=None, starts=time(8))
    shift_version_add(shift=shift, effective_from=monday, user=None, starts=time(7))
    first, second = told
    assert set(first["person_ids"]) == {by_department.pk, by_own.pk}
    assert (first["first"], first["last"]) == (later, None)
    assert set(second["person_ids"]) == {by_department.pk, by_own.pk, once.pk}
    assert (second["first"], second["last"]) == (monday, later - timedelta(days=1))


def test_policy(site, monday, told):
    policy_add(site=site, effective_from=monday, user=None, overtime_weekly_after=2400, week_starts_on=6)
    second = policy_add(site=site, effective_from=monday + timedelta(days=1), user=None, week_starts_on=0)
    assert (second.number, second.overtime_weekly_after) == (2, 2400)
    assert told[1] == {
        "person_ids": None,
        "site_id": site.pk,
        "department_id": None,
        "first": monday + timedelta(days=1),
        "last": None,
    }
    for day, rules, code in (
        (monday, {"week_starts_on": 6}, "policy.same"),
        (monday, {"week_starts_on": 7}, "policy.invalid"),
        (monday - timedelta(days=1), {}, "policy.past"),
    ):
        with pytest.raises((InvalidInput, Conflict)) as caught:
            policy_add(site=site, effective_from=day, user=None, **rules)
        assert caught.value.code == code
    assert Policy.objects.count() == 2
