"""The made-up company: believable, the same for the same seed, and never among real people unasked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from faceroster.attendance.demo import history
from faceroster.attendance.demo.places import DEPARTMENTS, departments_of
from faceroster.attendance.models import (
    Correction,
    Direction,
    Period,
    PeriodStatus,
    Punch,
    PunchSource,
    Verdict,
    Workday,
)
from faceroster.attendance.verification import verify_all
from faceroster.attendance.workdays import DERIVED
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.people.models import Department, Person, Site
from faceroster.rosters.models import Holiday, LeaveRequest
from faceroster.trust.models import User

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
LAST = NOW.date()


def wanted(people: int = 60, months: int = 2, seed: int = 0) -> history.Wanted:
    return history.Wanted(people, months, seed, LAST, NOW)


def everything() -> list[Any]:
    """What the seed decides, of all people."""
    people = Person.objects.order_by("employee_number").values_list("pk", "name", "joined_on", "left_on")
    leave = LeaveRequest.objects.order_by("pk").values_list("pk", "person", "first", "last", "status", "part")
    corrections = Correction.objects.order_by("pk").values_list("pk", "kind", "at", "direction", "reason")
    columns = ("pk", "created_at", "person", "site", "at", "zone", "day", "direction", "source", "note")
    punches = Punch.objects.order_by("pk").values_list(*columns)
    return [list(people), list(leave), list(corrections), list(punches)]


def test_months_begin_on_their_first_day() -> None:
    assert wanted(months=1).first == date(2026, 11, 1)
    assert wanted(months=12).first == date(2025, 12, 1)


@pytest.mark.parametrize("people", [1, 7, 60, 599, 600, 2000, 5000])
def test_every_seat_is_taken(people: int) -> None:
    seats = departments_of(people)
    assert sum(size for _, size in seats) == people
    assert all(size > 0 for _, size in seats)


def test_two_thousand_people_are_in_departments_of_twenty_to_two_hundred() -> None:
    seats = departments_of(2000)
    assert len(seats) == len(DEPARTMENTS)
    assert [size for _, size in seats].count(200) == 1
    assert all(20 <= size <= 200 for _, size in seats)


def rows_of(seed: int, people: int = 12) -> list[Any]:
    """Write with ``seed``, look, and undo."""
    with transaction.atomic():
        history.history_write(wanted=wanted(people, 1, seed))
        rows = everything()
        transaction.set_rollback(True)
    return rows


def test_the_same_seed_writes_the_same_rows_and_another_one_does_not() -> None:
    first = rows_of(0)
    assert all(first)
    assert rows_of(0) == first
    assert rows_of(1)[3] != first[3]


def test_a_company_that_could_be_real() -> None:
    counted = history.history_write(wanted=wanted(80, 3))
    assert counted["people"] == Person.objects.count() == 80
    assert set(Person.objects.values_list("employee_number", flat=True)) == {
        f"DEMO-{number:05}" for number in range(1, 81)
    }
    assert all(person.subject_key_id for person in Person.objects.all())
    assert all(site.name.startswith("Demo ") for site in Site.objects.all())
    assert len({site.timezone for site in Site.objects.all()}) > 1
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert counted["punches"] == Punch.objects.count() > 80 * 50
    assert Holiday.objects.exists()
    assert all(department.managers.exists() for department in Department.objects.all())
    assert any(any("\u0600" <= letter <= "\u06ff" for letter in name) for name in names())
    assert max(map(len, names())) > 40


def names() -> list[str]:
    return list(Person.objects.values_list("name", flat=True))


def test_nobody_punches_when_they_are_not_there_or_in_the_future() -> None:
    history.history_write(wanted=wanted(30, 2))
    assert not Punch.objects.filter(at__gt=NOW).exists()
    assert Punch.objects.filter(day=LAST).exists()
    away = {
        (leave.person_id, leave.first + timedelta(days=offset))
        for leave in LeaveRequest.objects.filter(status="approved", part="whole")
        for offset in range((leave.last - leave.first).days + 1)
    }
    assert away
    for punch in Punch.objects.select_related("person").order_by("person", "at"):
        assert (punch.person_id, punch.day) not in away
        assert punch.person.joined_on is not None
        assert punch.day >= punch.person.joined_on
        assert punch.person.left_on is None or punch.day <= punch.person.left_on
        assert (punch.source == PunchSource.MANUAL) == bool(punch.note)


def test_coming_and_going_take_turns_but_for_a_few_that_were_missed() -> None:
    history.history_write(wanted=wanted(60, 2))
    punches = Punch.objects.order_by("person", "at").values_list("person", "day", "direction")
    same = sum(one[0] == after[0] and one[2] == after[2] for one, after in pairwise(punches))
    assert 0 < same < 0.02 * len(punches)
    assert Correction.objects.filter(kind="add", direction=Direction.OUT).exists()
    assert Verdict.objects.count() == Correction.objects.count()


def test_workdays_follow_and_old_months_are_closed() -> None:
    few = wanted(10, 4)
    history.history_write(wanted=few)
    assert history.workdays_write(wanted=few) == Workday.objects.count() > 10 * 60
    assert Workday.objects.filter(status="present", worked_minutes__gt=200).count() > 10 * 40
    closed, refused = history.months_close(wanted=few)
    assert not refused
    assert closed == 2 * Department.objects.count()
    months = Period.objects.filter(status=PeriodStatus.CLOSED).values_list("first", flat=True)
    assert set(months) == {date(2026, 8, 1), date(2026, 9, 1)}


@pytest.mark.django_db(transaction=True)
def test_several_processes_compute_the_same_days() -> None:
    """On PostgreSQL; elsewhere one does it all."""
    few = wanted(12, 3)
    history.history_write(wanted=few)
    columns = ("person", "day", *DERIVED)
    assert history.workdays_write(wanted=few) == Workday.objects.count()
    alone = list(Workday.objects.order_by("person", "day").values_list(*columns))
    Workday.objects.all().delete()
    assert history.workdays_write(wanted=few, processes=2) == len(alone)
    assert list(Workday.objects.order_by("person", "day").values_list(*columns)) == alone
    assert history.months_close(wanted=few, processes=2) == (Department.objects.count(), {})
    assert not verify_all()


def test_a_second_demo_and_an_impossible_size_are_refused() -> None:
    history.history_write(wanted=wanted(5, 1))
    with pytest.raises(Conflict, match=r"demo\.exists"):
        history.history_write(wanted=wanted(5, 1))
    with pytest.raises(InvalidInput, match=r"demo\.size"):
        history.history_write(wanted=wanted(0, 1))


def test_real_people_are_not_mixed_with_made_up_ones_unasked(person: Person, freeze: Any) -> None:
    freeze(NOW)
    small = {"people": 3, "months": 1, "no_workdays": True, "stdout": StringIO()}
    with pytest.raises(CommandError, match="1 people here who are no demo"):
        call_command("demo_history", **small)
    assert not Punch.objects.exists()
    call_command("demo_history", yes=True, **small)
    assert Person.objects.count() == 4
    assert "3 people in 1 departments" in small["stdout"].getvalue()


@pytest.mark.parametrize("until", ["tomorrow", "2026-11-19"])
def test_a_last_day_that_cannot_be(until: str, freeze: Any) -> None:
    freeze(NOW)
    with pytest.raises(CommandError, match="--until"):
        call_command("demo_history", until=until)
