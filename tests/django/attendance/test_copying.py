"""Many new workdays are copied into PostgreSQL: the same rows, told of in the same way, as by INSERT."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from faceroster.attendance import copying, workdays
from faceroster.attendance.models import Punch, Workday
from faceroster.attendance.signals import workday_stored
from faceroster.people.models import Person, Site
from tests.support.rosters import assign, make_punch, make_shift

pytestmark = pytest.mark.django_db

FIRST = date(2026, 11, 2)
LAST = FIRST + timedelta(days=6)
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def people(site: Site, make_person: Callable[..., Person]) -> list[Person]:
    """Two with quotes, commas, backslashes and letters of all kinds in what is stored of them."""
    found = [make_person(), make_person()]
    for number, name in enumerate((r'Día "lang", \N', "صباح\n2, 'b'")):
        assign(found[number], make_shift(site, name, "09:00", "17:00"))
        make_punch(found[number], datetime(2026, 11, 3, 8 + number, 20, tzinfo=UTC), "in")
    return found


def rows() -> list[Any]:
    return list(Workday.objects.order_by("person", "day").values_list("person", "day", *workdays.DERIVED))


def compute(people: list[Person]) -> int:
    ids = [person.pk for person in people]
    return workdays.workdays_compute(person_ids=ids, first=FIRST, last=LAST, now=NOW)


def test_the_same_rows_either_way(people: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    assert compute(people) == 14  # too few to be copied
    inserted = rows()
    Workday.objects.all().delete()
    monkeypatch.setattr(workdays, "_WORTH_COPYING", 1)
    assert compute(people) == 14
    assert rows() == inserted
    assert len({status for row in inserted for status in row[2:3]}) > 1
    assert not Workday.objects.filter(created_at__lt=NOW - timedelta(days=3650)).exists()


def test_new_rows_are_copied_beside_those_that_change(
    people: list[Person], monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(workdays, "_WORTH_COPYING", 1)
    compute(people)
    kept = Workday.objects.get(person=people[0], day=FIRST + timedelta(days=1))
    Workday.objects.filter(person=people[1]).delete()
    Workday.objects.filter(pk=kept.pk).update(late_minutes=999)
    heard: dict[Any, tuple[Workday, Workday | None]] = {}

    def hear(workday: Workday, before: Workday | None, **_: Any) -> None:
        heard[workday.pk] = workday, before

    workday_stored.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assert compute(people) == 8
    finally:
        workday_stored.disconnect(hear)
    assert len(heard) == 8
    assert heard.keys() <= set(Workday.objects.values_list("pk", flat=True))
    after, before = heard[kept.pk]
    assert before is not None
    assert (before.late_minutes, after.late_minutes < 999) == (999, True)
    assert all(row.created_at and not row._state.adding for row, earlier in heard.values() if earlier is None)


def test_nothing_to_copy_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        copying.rows_copy(Punch, ["id"], [])
