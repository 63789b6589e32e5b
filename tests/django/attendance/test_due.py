"""Days that are due: marked with what made them so, worked off soon, and struck off exactly."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import transaction

from faceroster.attendance import due
from faceroster.attendance.due import due_compute, due_mark
from faceroster.attendance.models import (
    Correction,
    Due,
    Finding,
    Punch,
    PunchSource,
    Resolution,
    Verdict,
    Workday,
)
from faceroster.attendance.services import punch_record
from faceroster.people.models import Department, Person, Site
from faceroster.rosters.models import Policy
from faceroster.rosters.signals import plan_changed
from tests.support.rosters import assign, make_punch, make_shift, make_workday

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 16)
FRIDAY = MONDAY + timedelta(days=4)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(freeze: Callable[[datetime], None], request: pytest.FixtureRequest) -> None:
    if "worker" not in request.fixturenames:
        freeze(NOW)


def marked() -> list[date]:
    return sorted(set(Due.objects.values_list("day", flat=True)))


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.fixture
def quiet(person: Person) -> Person:
    """Someone whose own arrival on the roster is worked off."""
    Due.objects.all().delete()
    return person


def test_marks_are_worked_off_with_their_neighbours_and_no_other(quiet: Person) -> None:
    due_mark(person_ids=[quiet.pk], first=MONDAY, last=MONDAY)
    assert due_compute() == 1
    assert not Due.objects.exists()
    assert sorted(Workday.objects.values_list("day", flat=True)) == days(
        MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)
    )
    assert due_compute() == 0


def test_a_mark_that_comes_meanwhile_is_kept(quiet: Person) -> None:
    due_mark(person_ids=[quiet.pk], first=MONDAY, last=MONDAY)
    real = due.workdays_compute

    def with_a_punch_meanwhile(**kwargs: Any) -> int:
        written = real(**kwargs)
        Due.objects.create(person=quiet, day=MONDAY)
        return written

    with mock.patch.object(due, "workdays_compute", with_a_punch_meanwhile):
        due_compute()
    assert Due.objects.count() == 1


def test_marks_go_with_the_transaction_that_made_them(quiet: Person) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012
        due_mark(person_ids=[quiet.pk], first=MONDAY, last=FRIDAY)
        raise RuntimeError
    assert not Due.objects.exists()


def test_what_fails_stays_due(quiet: Person) -> None:
    due_mark(person_ids=[quiet.pk], first=MONDAY, last=MONDAY)
    with mock.patch.object(due, "workdays_compute", side_effect=RuntimeError), pytest.raises(RuntimeError):
        due_compute()
    assert marked() == [MONDAY]


def test_the_rest_of_a_week_with_weekly_overtime_is_computed_along(quiet: Person, site: Site) -> None:
    Policy.objects.create(site=site, number=1, effective_from=MONDAY, overtime_weekly_after=600)
    day = MONDAY - timedelta(days=7)
    due_mark(person_ids=[quiet.pk], first=day, last=day)
    due_compute()
    assert sorted(Workday.objects.values_list("day", flat=True)) == days(
        day - timedelta(days=1), day + timedelta(days=6)
    )


def test_what_one_message_leaves_goes_into_one_other(quiet: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "_AT_ONCE", 2)
    due_mark(person_ids=[quiet.pk], first=MONDAY, last=FRIDAY)
    with mock.patch.object(due.jobs, "enqueue") as sent:
        assert due_compute() == 2
        assert due_compute() == 2
        sent.assert_called_once_with(due.MORE)
        assert due.due_compute_more() == 1
    assert not Due.objects.exists()


def test_whoever_punches_is_served_before_the_rest(quiet: Person, make_person: Callable[..., Person]) -> None:
    other = make_person(department=quiet.department)
    Due.objects.all().delete()
    due_mark(person_ids=[other.pk], first=MONDAY, last=MONDAY)
    due_mark(person_ids=[quiet.pk], first=MONDAY, last=MONDAY)
    assert due_compute(person_id=quiet.pk) == 1
    assert list(Due.objects.values_list("person", flat=True)) == [other.pk]


def test_a_plan_that_changed_makes_days_due_up_to_tomorrow(quiet: Person) -> None:
    plan_changed.send(None, person_ids=[quiet.pk], department_id=None, site_id=None, first=FRIDAY, last=None)
    # A site at the date line is a day ahead; elsewhere the last is left out when it is computed.
    assert marked() == days(FRIDAY, FRIDAY + timedelta(days=2))


def test_tomorrow_is_computed_where_today_is_a_day_ahead(
    make_site: Callable[..., Site],
    make_department: Callable[..., Department],
    make_person: Callable[..., Person],
    freeze: Callable[[datetime], None],
) -> None:
    freeze(datetime(2026, 11, 20, 20, tzinfo=UTC))  # Saturday morning there
    ahead = make_site(timezone="Pacific/Auckland")
    there = make_person(department=make_department(site=ahead))
    Due.objects.all().delete()
    plan_changed.send(None, person_ids=[there.pk], department_id=None, site_id=None, first=FRIDAY, last=None)
    due_compute()
    assert Workday.objects.filter(person=there, day=FRIDAY + timedelta(days=2)).exists()


def test_somebody_whose_days_fail_keeps_nobody_waiting(
    quiet: Person, make_person: Callable[..., Person]
) -> None:
    other = make_person(department=quiet.department)
    Due.objects.all().delete()
    Due.objects.create(person=quiet, day=date.min)
    due_mark(person_ids=[other.pk], first=MONDAY, last=MONDAY)
    with pytest.raises(OverflowError):
        due_compute()
    assert Workday.objects.filter(person=other, day=MONDAY).exists()
    assert list(Due.objects.values_list("person", flat=True)) == [quiet.pk]


@pytest.mark.parametrize("whose", ["department_id", "site_id"])
def test_a_plan_of_many_marks_the_rows_that_are_there(
    quiet: Person, make_person: Callable[..., Person], whose: str
) -> None:
    elsewhere = make_person()
    for day in days(MONDAY - timedelta(days=9), FRIDAY):
        make_workday(quiet, day)
        make_workday(elsewhere, day)
    Due.objects.all().delete()
    key = {"department_id": quiet.department_id, "site_id": quiet.department.site_id}[whose]
    given = {"department_id": None, "site_id": None, whose: key}
    plan_changed.send(None, person_ids=None, first=MONDAY, last=MONDAY + timedelta(days=2), **given)
    assert marked() == days(MONDAY, MONDAY + timedelta(days=2))
    assert set(Due.objects.values_list("person", flat=True)) == {quiet.pk}


def test_a_person_who_joined_later_or_left_makes_those_days_due(quiet: Person) -> None:
    quiet.joined_on = MONDAY
    make_workday(quiet, MONDAY - timedelta(days=3))
    quiet.save()
    assert marked() == [MONDAY - timedelta(days=3)]
    Due.objects.all().delete()
    quiet.left_on = MONDAY + timedelta(days=2)
    quiet.save()
    assert marked() == days(MONDAY + timedelta(days=3), FRIDAY)
    Due.objects.all().delete()
    quiet.name = "Another Name"
    quiet.save()
    assert marked() == []


def test_dates_at_the_ends_of_the_calendar_can_be_stored(quiet: Person) -> None:
    quiet.joined_on, quiet.left_on = date.min, date.max
    quiet.save()
    quiet.joined_on = quiet.left_on = None
    quiet.save()
    assert marked() == []


def test_a_move_counts_from_today(quiet: Person, make_department: Callable[..., Department]) -> None:
    quiet.department = make_department(site=quiet.department.site)
    quiet.save()
    assert marked() == [FRIDAY]


def test_a_correction_makes_the_days_of_all_its_times_due(quiet: Person) -> None:
    punch = make_punch(quiet, datetime(2026, 11, 10, 12, tzinfo=UTC))

    def correct(approved: bool = True, **kwargs: Any) -> None:
        Due.objects.all().delete()
        given = {"person": quiet, "day": date(2026, 11, 10), "reason": "x", "punch": punch, **kwargs}
        made = Correction.objects.create(**given)
        assert not Due.objects.exists()
        Verdict.objects.create(correction=made, approved=approved)

    correct(kind="void", approved=False)
    assert marked() == []
    correct(kind="change", at=datetime(2026, 11, 12, 12, tzinfo=UTC))
    assert marked() == [date(2026, 11, 10), date(2026, 11, 12)]
    correct(kind="void")
    assert marked() == [date(2026, 11, 10), date(2026, 11, 12)]


def test_a_settled_finding_makes_its_day_due(quiet: Person) -> None:
    Resolution.objects.create(person=quiet, day=MONDAY, finding=Finding.LATE, reason="Train")
    assert marked() == [MONDAY]


def test_a_punch_reaches_its_workday_by_a_worker(worker: None, person: Person, site: Site) -> None:
    assign(person, make_shift(site, "All day", "00:00", "23:59"))
    punch = punch_record(person=person, site=site, source=PunchSource.KIOSK).punch
    deadline = clock.monotonic() + 120
    while not Workday.objects.filter(person=person, day=punch.day, first_in=punch.at).exists():
        assert clock.monotonic() < deadline, "the worker did not compute the day"
        clock.sleep(0.05)
    assert Punch.objects.count() == 1
