"""Day and direction of a punch follow the shift, also across midnight and after a missed check-out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from faceroster.attendance.corrections import correction_make
from faceroster.attendance.models import Direction, Due, Punch, PunchSource
from faceroster.attendance.services import punch_record
from faceroster.people.models import Person, Site
from faceroster.trust.models import User
from tests.support.rosters import assign, make_shift

pytestmark = pytest.mark.django_db

TUESDAY = date(2026, 11, 17)


def at(day: date, clock: str) -> datetime:
    """That time in Berlin, in winter."""
    hour, minute = clock.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=UTC) - timedelta(hours=1)


def punch(person: Person, day: date, clock: str, **kwargs: object) -> tuple[str, date]:
    made = punch_record(
        person=person,
        site=person.department.site,
        at=at(day, clock),
        source=PunchSource.KIOSK,
        **kwargs,  # type: ignore[arg-type]
    ).punch
    return made.direction, made.day


def test_a_night_belongs_to_the_day_on_which_it_began(person: Person, site: Site) -> None:
    assign(person, make_shift(site, "Night", "22:00", "06:00"))
    next_day = TUESDAY + timedelta(days=1)
    assert punch(person, TUESDAY, "22:00") == ("in", TUESDAY)
    assert punch(person, next_day, "06:05") == ("out", TUESDAY)
    assert punch(person, next_day, "21:50") == ("in", next_day)


def test_a_night_that_nobody_left_does_not_flip_the_next_one(person: Person, site: Site) -> None:
    assign(person, make_shift(site, "Night", "22:00", "06:00"))
    next_day = TUESDAY + timedelta(days=1)
    punch(person, TUESDAY, "22:00")
    assert punch(person, next_day, "21:55") == ("in", next_day)
    assert punch(person, next_day + timedelta(days=1), "06:02") == ("out", next_day)


def test_a_missed_check_out_does_not_flip_the_second_shift_of_a_day(person: Person, site: Site) -> None:
    early = make_shift(site, "Early", "06:00", "10:00", closes_minutes=60)
    late = make_shift(site, "Late", "14:00", "18:00", opens_minutes=60)
    assign(person, early, late)
    assert punch(person, TUESDAY, "06:01") == ("in", TUESDAY)
    assert punch(person, TUESDAY, "13:55") == ("in", TUESDAY)
    assert punch(person, TUESDAY, "18:00") == ("out", TUESDAY)


def test_a_late_evening_without_a_shift_stays_one_day(person: Person) -> None:
    assert punch(person, TUESDAY, "18:00") == ("in", TUESDAY)
    assert punch(person, TUESDAY + timedelta(days=1), "01:40") == ("out", TUESDAY)
    assert punch(person, TUESDAY + timedelta(days=1), "09:00") == ("in", TUESDAY + timedelta(days=1))


def test_who_says_which_way_still_gets_the_day_of_the_shift(person: Person, site: Site) -> None:
    assign(person, make_shift(site, "Night", "22:00", "06:00"))
    found = punch(person, TUESDAY + timedelta(days=1), "06:00", direction=Direction.OUT)
    assert found == ("out", TUESDAY)


def test_a_punch_that_does_not_count_turns_nothing(person: Person, site: Site, admin_user: User) -> None:
    assign(person, make_shift(site))
    punch(person, TUESDAY, "08:55")
    wrong = Punch.objects.get()
    correction_make(
        person=person, kind="void", day=TUESDAY, user=admin_user, reason="Somebody else", punch=wrong
    )
    assert punch(person, TUESDAY, "09:10") == ("in", TUESDAY)


def test_a_punch_makes_its_day_due_and_a_repeated_one_does_not(person: Person) -> None:
    Due.objects.all().delete()  # their own coming on the roster
    punch(person, TUESDAY, "09:00")
    punch(person, TUESDAY, "09:00")
    assert list(Due.objects.values_list("person", "day")) == [(person.pk, TUESDAY)]


def test_a_punch_asks_few_questions(
    person: Person, site: Site, django_assert_max_num_queries: Callable[..., object]
) -> None:
    assign(person, make_shift(site))
    punch(person, TUESDAY, "08:55")
    # Five of them are its entry in the audit log.
    with django_assert_max_num_queries(21):  # type: ignore[attr-defined]
        punch(person, TUESDAY, "17:30")
