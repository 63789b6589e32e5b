"""Where somebody was before they moved is remembered by the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from faceroster.people.models import Department, DepartmentStay, Person
from faceroster.people.selectors import stays_of
from faceroster.people.services import person_update

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 4)


@pytest.fixture
def now(freeze: Callable[[datetime], None]) -> None:
    freeze(datetime(2026, 11, 4, 12, tzinfo=UTC))


@pytest.mark.usefixtures("now")
def test_a_move_counts_from_today_on(
    person: Person, make_department: Callable[..., Department], django_assert_num_queries: Any
) -> None:
    old, new = person.department, make_department(site=person.department.site)
    person_update(person=person, department=new)
    with django_assert_num_queries(2):
        stays = stays_of([person], first=TODAY - timedelta(days=9))
    assert stays.department(person, TODAY - timedelta(days=1)) == old
    assert stays.department(person, TODAY) == new
    assert set(stays.departments) == {old.pk, new.pk}


@pytest.mark.usefixtures("now")
def test_of_two_moves_in_a_day_the_first_tells_where_they_were(
    person: Person, make_department: Callable[..., Department]
) -> None:
    old = person.department
    for _ in range(2):
        person_update(person=person, department=make_department(site=old.site))
    assert DepartmentStay.objects.get().department == old


def test_each_move_is_kept(
    person: Person, make_department: Callable[..., Department], freeze: Callable[[datetime], None]
) -> None:
    were = [person.department]
    for n in range(2):
        freeze(datetime(2026, 11, 4 + n, 12, tzinfo=UTC))
        were.append(make_department(site=were[0].site))
        person_update(person=person, department=were[-1])
    stays = stays_of([person], first=TODAY - timedelta(days=2))
    assert [stays.department(person, TODAY + timedelta(days=n)) for n in (-1, 0, 1)] == were


def test_before_the_working_day_begins_it_is_still_yesterday(
    person: Person, make_department: Callable[..., Department], freeze: Callable[[datetime], None]
) -> None:
    site = person.department.site
    freeze(datetime(2026, 11, 4, 2, 30, tzinfo=site.zone).astimezone(UTC))
    person_update(person=person, department=make_department(site=site))
    assert DepartmentStay.objects.get().until == TODAY - timedelta(days=1)


@pytest.mark.usefixtures("now")
def test_nothing_is_noted_of_other_changes(person: Person) -> None:
    person_update(person=person, name="Robin Other")
    assert not DepartmentStay.objects.exists()
