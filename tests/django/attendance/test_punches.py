"""Recording punches: once, in the right direction, on the right day, and never changed afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from faceroster.attendance.models import Direction, Punch, PunchSource
from faceroster.attendance.services import PunchResult, punch_record
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.kiosks.models import Decision, Outcome
from faceroster.passes.models import Pin
from faceroster.people.models import Person, PunchRule, Site
from faceroster.trust.models import User

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)  # 12:00 in Berlin


def punch(person: Person, at: datetime | None = NOON, **kwargs: Any) -> PunchResult:
    kwargs.setdefault("source", PunchSource.KIOSK)
    kwargs.setdefault("site", person.department.site)
    return punch_record(person=person, at=at, **kwargs)


def directions(person: Person) -> list[str]:
    return list(Punch.objects.filter(person=person).values_list("direction", flat=True))


def test_a_punch_keeps_time_zone_day_and_where_it_comes_from(person: Person, staff_user: User) -> None:
    made = punch(person, source=PunchSource.MANUAL, user=staff_user, note="  lost badge ")
    stored = Punch.objects.get()
    assert made == PunchResult(stored, fresh=True)
    assert (stored.at, stored.zone, stored.day) == (NOON, "Europe/Berlin", date(2026, 11, 18))
    assert (stored.direction, stored.recorded_by, stored.note) == ("in", staff_user, "lost badge")


def test_without_a_time_the_servers_clock_decides(person: Person, freeze: Callable[[datetime], None]) -> None:
    freeze(NOON)
    assert punch(person, at=None).punch.at == NOON


def test_in_and_out_alternate_within_a_day(person: Person) -> None:
    for hour in range(5):
        punch(person, NOON + timedelta(hours=hour))
    assert directions(person) == ["in", "out", "in", "out", "in"]


def test_a_missed_check_out_never_flips_the_next_day(person: Person) -> None:
    punch(person, NOON - timedelta(days=1))
    punch(person, NOON)
    punch(person, NOON + timedelta(hours=4))
    assert directions(person) == ["in", "in", "out"]


def test_after_midnight_is_still_the_same_day_and_therefore_out(person: Person) -> None:
    punch(person, datetime(2026, 11, 18, 17, 0, tzinfo=UTC))
    late = punch(person, datetime(2026, 11, 19, 0, 40, tzinfo=UTC)).punch
    assert (late.direction, late.day) == (Direction.OUT, date(2026, 11, 18))


def test_a_site_may_know_arrivals_only(make_site: Any, make_department: Any, make_person: Any) -> None:
    site = make_site(punch_rule=PunchRule.IN_ONLY)
    person = make_person(department=make_department(site=site))
    punch(person)
    punch(person, NOON + timedelta(hours=3))
    assert directions(person) == ["in", "in"]


def test_who_enters_a_punch_by_hand_may_say_which_way(person: Person, staff_user: User) -> None:
    made = punch(person, source=PunchSource.MANUAL, user=staff_user, note="x", direction=Direction.OUT)
    assert made.punch.direction == Direction.OUT


@pytest.mark.parametrize(("seconds", "fresh"), [(0, False), (1, False), (59, False), (60, True), (61, True)])
def test_debounce(person: Person, seconds: int, fresh: bool) -> None:
    first = punch(person).punch
    again = punch(person, NOON + timedelta(seconds=seconds))
    assert again.fresh is fresh
    assert (again.punch == first) is not fresh
    assert Punch.objects.count() == 1 + fresh


def test_debounce_goes_by_the_site_and_by_the_person(
    make_site: Any, make_department: Any, make_person: Any
) -> None:
    department = make_department(site=make_site(debounce_seconds=5))
    one, other = make_person(department=department), make_person(department=department)
    punch(one)
    assert punch(other, NOON + timedelta(seconds=1)).fresh
    assert punch(one, NOON + timedelta(seconds=5)).fresh


def test_a_punch_added_later_for_an_earlier_minute_is_debounced_too(person: Person, staff_user: User) -> None:
    first = punch(person).punch
    earlier = punch(
        person, NOON - timedelta(seconds=30), source=PunchSource.MANUAL, user=staff_user, note="x"
    )
    assert earlier == PunchResult(first, fresh=False)


def test_one_decision_makes_one_punch_however_often_the_task_runs(person: Person, site: Site) -> None:
    decision = Decision.objects.create(
        site=site, outcome=Outcome.ACCEPTED, person=person, threshold=0.95, margin=0, gallery_version=1
    )
    first = punch(person, decision=decision)
    again = punch(person, NOON + timedelta(hours=1), decision=decision)
    assert (first.fresh, again.fresh) == (True, False)
    assert again.punch == first.punch


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("punch.zone_missing", {"at": datetime(2026, 11, 18, 12, 0)}),
        ("punch.in_future", {"at": datetime(2100, 1, 1, tzinfo=UTC)}),
        ("punch.too_early", {"at": datetime(1989, 12, 31, tzinfo=UTC)}),
        ("punch.too_early", {"at": datetime.min.replace(tzinfo=timezone.get_fixed_timezone(840))}),
        ("punch.note_missing", {"source": PunchSource.MANUAL, "note": " "}),
    ],
)
def test_what_cannot_be_used_is_refused(person: Person, code: str, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as error:
        punch(person, **change)
    assert error.value.code == code
    assert not Punch.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_ten_identical_requests_at_once_make_one_punch(person: Person) -> None:
    results: list[PunchResult] = []
    errors: list[BaseException] = []
    gate = threading.Barrier(10)

    def request() -> None:
        try:
            gate.wait(timeout=30)
            results.append(punch(person, at=None))
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=request) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not errors
    assert [result.fresh for result in results].count(True) == 1
    assert {result.punch.pk for result in results} == {Punch.objects.get().pk}


@pytest.mark.database("postgresql")
@pytest.mark.django_db(transaction=True)
def test_what_merely_refers_to_a_person_does_not_wait_for_their_punch(person: Person) -> None:
    def refer() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")  # for a lock that would not go: the punch is open
            Pin.objects.create(person=person, secret="x", set_at=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        punch(person)
        pool.submit(refer).result(timeout=60)
    assert Pin.objects.get().person == person


def _change_conflicting(punch: Punch) -> None:
    Punch.objects.bulk_create(
        [punch], update_conflicts=True, update_fields=["direction"], unique_fields=["id"]
    )


@pytest.mark.parametrize(
    "attempt",
    [
        lambda punch: punch.save(),
        lambda punch: punch.save(force_update=True),
        lambda punch: punch.delete(),
        lambda punch: Punch.objects.update(direction="out"),
        lambda punch: Punch.objects.filter(pk=punch.pk).delete(),
        lambda punch: Punch.objects.bulk_update([punch], ["direction"]),
        lambda punch: Punch.objects.update_or_create(pk=punch.pk, defaults={"direction": "out"}),
        _change_conflicting,
    ],
)
def test_a_punch_is_never_changed_or_deleted(person: Person, attempt: Callable[[Punch], Any]) -> None:
    made = punch(person).punch
    with pytest.raises(Conflict) as error, transaction.atomic():
        attempt(made)
    assert error.value.code == "punch.append_only"
    made.refresh_from_db()
    assert made.direction == "in"


def test_a_new_row_cannot_take_an_old_ones_place(person: Person) -> None:
    made = punch(person).punch
    twin = Punch(
        pk=made.pk, person=person, site=made.site, at=NOON, zone="UTC", day=made.day, direction="out"
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_a_person_with_punches_is_not_deleted(person: Person) -> None:
    punch(person)
    with pytest.raises(ProtectedError):
        person.delete()


def test_the_start_of_the_day_is_the_sites(make_site: Any, make_department: Any, make_person: Any) -> None:
    site = make_site(timezone="Pacific/Auckland", day_starts_at=time(6, 0))
    person = make_person(department=make_department(site=site))
    early = punch(person, datetime(2026, 11, 17, 16, 30, tzinfo=UTC)).punch  # 05:30 on the 18th
    assert (early.day, early.zone) == (date(2026, 11, 17), "Pacific/Auckland")
    assert timezone.is_aware(early.at)
