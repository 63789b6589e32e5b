"""Storing derived days: many at once, only what changed, and never what is sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from faceroster.attendance.models import DayStatus, Period, PeriodStatus, Workday
from faceroster.attendance.openings import days_open
from faceroster.attendance.previews import workdays_preview
from faceroster.attendance.signals import workday_stored
from faceroster.attendance.workdays import workdays_compute
from faceroster.people.models import Department, Person, Site
from faceroster.rosters.models import Policy, ShiftVersion
from tests.support.rosters import assign, make_punch, make_shift, make_workday

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 16)
FRIDAY = MONDAY + timedelta(days=4)


def at(day: date, clock: str) -> datetime:
    """That time in Berlin, in winter."""
    return datetime.combine(day, time.fromisoformat(clock), UTC) - timedelta(hours=1)


NOW = at(FRIDAY, "23:00")


def compute(*people: Person, first: date = MONDAY, last: date = FRIDAY, now: datetime = NOW) -> int:
    return workdays_compute(person_ids=[one.pk for one in people], first=first, last=last, now=now)


def day_of(person: Person, day: date = MONDAY) -> Workday:
    return Workday.objects.get(person=person, day=day)


@pytest.fixture
def stored() -> Iterator[list[tuple[Workday, Workday | None]]]:
    """What :data:`workday_stored` told: each row, and the one before."""
    heard: list[tuple[Workday, Workday | None]] = []

    def hear(workday: Workday, before: Workday | None, **_: Any) -> None:
        heard.append((workday, before))

    workday_stored.connect(hear)
    yield heard
    workday_stored.disconnect(hear)


@pytest.fixture
def worker_of_days(person: Person, site: Site) -> Person:
    assign(person, make_shift(site, "Day", "09:00", "17:00"))
    return person


def test_a_day_is_stored_as_the_rules_have_it(worker_of_days: Person) -> None:
    make_punch(worker_of_days, at(MONDAY, "09:12"))
    make_punch(worker_of_days, at(MONDAY, "17:00"), "out")
    assert compute(worker_of_days) == 5
    row = day_of(worker_of_days)
    assert (row.status, row.first_in, row.late_minutes) == ("present", at(MONDAY, "09:12"), 12)
    assert (row.shift_names, row.zone, row.site) == ("Day", "Europe/Berlin", row.department.site)
    assert row.trace
    assert len(row.inputs_hash) == 64
    assert day_of(worker_of_days, FRIDAY).status == DayStatus.ABSENT


def test_what_comes_out_the_same_is_not_written_again(worker_of_days: Person) -> None:
    make_punch(worker_of_days, at(MONDAY, "09:12"))
    make_punch(worker_of_days, at(MONDAY, "17:00"), "out")
    compute(worker_of_days)
    before = list(Workday.objects.order_by("day").values())
    assert compute(worker_of_days, now=NOW + timedelta(hours=10)) == 0
    assert list(Workday.objects.order_by("day").values()) == before


def test_a_row_keeps_its_key_and_those_who_listen_hear_of_both(
    worker_of_days: Person,
    stored: list[tuple[Workday, Workday | None]],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        compute(worker_of_days, last=MONDAY)
    key = day_of(worker_of_days).pk
    make_punch(worker_of_days, at(MONDAY, "09:00"))
    make_punch(worker_of_days, at(MONDAY, "17:00"), "out")
    with django_capture_on_commit_callbacks(execute=True):
        assert compute(worker_of_days, last=MONDAY) == 1
    heard = [(row.pk, row.status, before and before.status) for row, before in stored]
    assert heard == [(key, "absent", None), (key, "present", "absent")]
    assert day_of(worker_of_days).pk == key


def test_a_sealed_row_stays_and_a_closed_period_gets_no_new_one(
    worker_of_days: Person, department: Department
) -> None:
    sealed = make_workday(worker_of_days, MONDAY, worked_minutes=1)
    period = Period.objects.create(
        department=department, first=MONDAY, last=MONDAY + timedelta(days=1), status=PeriodStatus.CLOSED
    )
    Workday.objects.filter(pk=sealed.pk).update(period=period)
    assert compute(worker_of_days) == 3
    assert day_of(worker_of_days).worked_minutes == 1
    assert not Workday.objects.filter(day=MONDAY + timedelta(days=1)).exists()
    assert not [diff for diff in preview(worker_of_days) if diff.day <= MONDAY + timedelta(days=1)]


def test_days_without_employment_have_no_row(
    make_person: Callable[..., Person], department: Department
) -> None:
    person = make_person(
        department=department, joined_on=MONDAY + timedelta(days=1), left_on=FRIDAY - timedelta(days=1)
    )
    make_workday(person, FRIDAY, status=DayStatus.FREE)
    compute(person)
    assert [row.day for row in Workday.objects.order_by("day")] == [
        MONDAY + timedelta(days=n) for n in (1, 2, 3)
    ]


def test_no_day_later_than_tomorrow(worker_of_days: Person) -> None:
    compute(worker_of_days, last=FRIDAY + timedelta(days=60))
    assert Workday.objects.latest("day").day == FRIDAY + timedelta(days=1)


def test_one_day_alone_comes_out_as_within_its_month(worker_of_days: Person, site: Site) -> None:
    Policy.objects.create(site=site, number=1, effective_from=MONDAY, overtime_weekly_after=600)
    for n in range(5):
        make_punch(worker_of_days, at(MONDAY + timedelta(days=n), "09:00"))
        make_punch(worker_of_days, at(MONDAY + timedelta(days=n), "17:00"), "out")
    compute(worker_of_days, first=MONDAY - timedelta(days=20))
    fields = ("inputs_hash", "weekly_overtime_minutes", "trace", "worked_minutes")
    whole = Workday.objects.filter(day=FRIDAY).values(*fields).get()
    assert whole["weekly_overtime_minutes"]
    Workday.objects.all().delete()
    compute(worker_of_days, first=FRIDAY)
    assert Workday.objects.values(*fields).get() == whole


def test_many_people_are_few_statements(make_person: Callable[..., Person], department: Department) -> None:
    assign(department, make_shift(department.site))
    people = [make_person(department=department) for _ in range(30)]
    with CaptureQueriesContext(connection) as queries:
        assert compute(*people, first=MONDAY - timedelta(days=20)) == 30 * 25
    # How many rows go into one INSERT is the database's affair.
    assert len([one for one in queries if not one["sql"].startswith("INSERT")]) <= 24
    with CaptureQueriesContext(connection) as queries:
        assert compute(*people, first=MONDAY - timedelta(days=20)) == 0
    assert len(queries) <= 24


def preview(person: Person, **kwargs: Any) -> list[Any]:
    kwargs = {"first": MONDAY, "last": FRIDAY, "now": NOW, **kwargs}
    return workdays_preview(person_ids=[person.pk], **kwargs)


def test_a_preview_says_what_a_version_after_the_fact_would_change(worker_of_days: Person) -> None:
    make_punch(worker_of_days, at(FRIDAY, "09:00"))
    make_punch(worker_of_days, at(FRIDAY, "17:00"), "out")
    compute(worker_of_days)
    assert preview(worker_of_days) == []
    shift = ShiftVersion.objects.get().shift
    extra = ShiftVersion(shift=shift, number=2, effective_from=FRIDAY, starts=time(8, 30), ends=time(17))
    (diff,) = preview(worker_of_days, extra=extra)
    changes = {change.name: (change.before, change.after) for change in diff.changes}
    assert (diff.person, diff.day, diff.fresh) == (worker_of_days, FRIDAY, False)
    assert changes["late_minutes"] == (0, 30)
    assert "trace" not in changes
    assert day_of(worker_of_days, FRIDAY).late_minutes == 0
    assert ShiftVersion.objects.count() == 1


def test_rows_are_there_once_a_day_has_begun(
    make_person: Callable[..., Person], department: Department, freeze: Callable[[datetime], None]
) -> None:
    assign(department, make_shift(department.site))
    here = make_person(department=department)
    make_person(department=department, active=False)
    make_person(department=department, joined_on=FRIDAY + timedelta(days=1))
    make_person(department=department, left_on=MONDAY)
    make_workday(here, MONDAY)
    freeze(at(FRIDAY, "04:01"))
    Workday.objects.exclude(day=MONDAY).delete()
    days_open()
    found = Workday.objects.exclude(day=MONDAY).order_by("day").values_list("person", "day")
    # The days on which nothing ran are made up for.
    assert list(found) == [(here.pk, MONDAY + timedelta(days=n)) for n in (1, 2, 3, 4)]
    assert days_open() == 0


def test_days_settle_when_their_shift_has_ended_and_closed(
    worker_of_days: Person, freeze: Callable[[datetime], None]
) -> None:
    make_punch(worker_of_days, at(FRIDAY, "09:00"))

    def status_at(clock: str) -> tuple[str, bool, bool]:
        freeze(at(FRIDAY, clock))
        days_open()
        row = day_of(worker_of_days, FRIDAY)
        return row.status, row.present, row.missed_out

    assert status_at("09:30") == ("running", True, False)
    assert status_at("17:01") == ("running", True, False)
    # The shift takes punches for four more hours, and in the whole of their last minute.
    assert status_at("21:00") == ("running", True, False)
    status, present, missed = status_at("21:01")
    assert (status != "running", present, missed) == (True, False, True)
    assert days_open() == 0


def test_who_never_came_is_absent_once_the_shift_is_over(
    worker_of_days: Person, freeze: Callable[[datetime], None]
) -> None:
    freeze(at(FRIDAY, "04:30"))
    days_open()
    assert day_of(worker_of_days, FRIDAY).status == DayStatus.AHEAD
    freeze(at(FRIDAY + timedelta(days=1), "04:30"))
    days_open()
    assert day_of(worker_of_days, FRIDAY).status == DayStatus.ABSENT


def test_looking_again_at_what_runs_computes_nothing(
    worker_of_days: Person, freeze: Callable[[datetime], None], django_assert_max_num_queries: Any
) -> None:
    make_punch(worker_of_days, at(FRIDAY, "09:00"))
    freeze(at(FRIDAY, "17:05"))
    days_open()
    with django_assert_max_num_queries(8):
        days_open()
