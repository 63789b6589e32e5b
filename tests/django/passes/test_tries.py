"""How often a PIN may be wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from faceroster.core.errors import FaceRosterError, InvalidInput
from faceroster.passes.models import Tries
from faceroster.passes.pins import pass_check, pass_choose, pin_set
from faceroster.passes.tries import TooManyTries, kiosk_wait, person_wait, tries_prune
from faceroster.people.models import Person

NOW = datetime(2026, 11, 18, 7, 58, tzinfo=UTC)
KIOSK = uuid4()
Freeze = Callable[[datetime], None]


def try_wrong(number: str, kiosk: UUID = KIOSK) -> int:
    """0 where the PIN was looked at and wrong, else the seconds to wait."""
    with pytest.raises(FaceRosterError) as error:
        pass_check(number, "555012", kiosk)
    if isinstance(error.value, TooManyTries):
        assert error.value.code == "pass.too_many"
        return error.value.seconds
    assert error.value.code == "pass.wrong"
    return 0


@pytest.fixture
def ada(person: Person) -> Person:
    pin_set(person=person, pin="4071", user=None)
    return person


@pytest.mark.parametrize(
    ("wrong", "wait"), [(4, 0), (5, 60), (6, 120), (7, 240), (8, 480), (9, 900), (12, 900)]
)
def test_the_wait_grows(wrong: int, wait: int) -> None:
    now = 1_000_000.0
    assert person_wait([now] * wrong, now) == wait
    assert person_wait([now - wait] * wrong, now) == 0


def test_few_in_ten_minutes_but_many_in_a_day_are_too_many() -> None:
    now = 1_000_000.0
    spread = [now - 3600 * (20 - i) for i in range(19)]
    assert person_wait([*spread[:18], now], now) == 0
    assert person_wait([*spread, now], now) == 60
    assert person_wait([moment - 86_400 for moment in spread], now) == 0


def test_a_kiosk_gets_slow_and_not_shut() -> None:
    now = 1_000_000.0
    assert kiosk_wait([now] * 19, now) == 0
    assert kiosk_wait([now] * 20, now) == 30
    assert kiosk_wait([now - 5] * 200, now) == 25
    assert kiosk_wait([now - 600] * 20, now) == 0


@pytest.mark.django_db
def test_after_five_wrong_ones_even_the_right_one_waits(ada: Person, freeze: Freeze) -> None:
    freeze(NOW)
    assert [try_wrong(ada.employee_number, uuid4()) for _ in range(6)] == [0, 0, 0, 0, 0, 60]
    with pytest.raises(TooManyTries) as error:
        pass_check(ada.employee_number, "4071", KIOSK)
    assert "60 seconds" in error.value.message
    freeze(NOW + timedelta(seconds=61))
    assert pass_check(ada.employee_number, "4071", KIOSK) == ada
    assert [try_wrong(ada.employee_number) for _ in range(5)] == [0] * 5  # all was forgotten


@pytest.mark.django_db
def test_to_write_the_number_otherwise_gives_no_more_tries(
    make_person: Callable[..., Person], freeze: Freeze
) -> None:
    freeze(NOW)
    person = make_person(employee_number="FR-1001")
    pin_set(person=person, pin="4071", user=None)
    for number in ("FR-1001", "fr-1001", "1001", " FR-1001 ", "Fr-1001"):
        assert try_wrong(number) == 0
    assert try_wrong("FR-1001") == 60


@pytest.mark.django_db
def test_a_number_that_nobody_has_is_told_the_same(freeze: Freeze) -> None:
    freeze(NOW)
    assert [try_wrong("Nobody", uuid4()) for _ in range(6)] == [0, 0, 0, 0, 0, 60]
    assert try_wrong("nobody") == 60


@pytest.mark.django_db
@pytest.mark.parametrize(
    "spellings",
    [
        ("FR-9001", "9001", " fr-9001 ", "FR 9001", "\uff19\uff10\uff10\uff11", "\u0669\u0660\u0660\u0661"),
        ("Nobody", "NOBODY", " no body", "no-body", "\uff2eobody", "nobody\0"),
    ],
)
def test_nor_does_it_for_a_number_that_nobody_has(spellings: tuple[str, ...], freeze: Freeze) -> None:
    freeze(NOW)
    assert [try_wrong(number, uuid4()) for number in spellings] == [0, 0, 0, 0, 0, 60]


@pytest.mark.django_db
def test_other_numbers_that_nobody_has_are_counted_by_themselves(freeze: Freeze) -> None:
    freeze(NOW)
    assert [try_wrong(f"FR-{n}", uuid4()) for n in range(9001, 9008)] == [0] * 7


@pytest.mark.django_db
def test_a_prankster_makes_one_kiosk_slow_and_no_other(ada: Person, freeze: Freeze) -> None:
    freeze(NOW)
    assert [try_wrong(f"made up {i}") for i in range(20)] == [0] * 20
    with pytest.raises(TooManyTries) as error:
        pass_check(ada.employee_number, "4071", KIOSK)
    assert error.value.seconds == 30
    assert pass_check(ada.employee_number, "4071", uuid4()) == ada
    assert pass_choose([ada], "4071") == ada  # whose face was seen needs not wait for the prankster
    freeze(NOW + timedelta(seconds=31))
    assert pass_check(ada.employee_number, "4071", KIOSK) == ada
    # A right one does not free the kiosk for twenty more.
    assert [try_wrong("made up"), try_wrong("made up")] == [0, 30]


@pytest.mark.django_db
def test_right_ones_make_no_kiosk_slow(ada: Person, freeze: Freeze) -> None:
    freeze(NOW)
    for _ in range(25):
        assert pass_check(ada.employee_number, "4071", KIOSK) == ada


@pytest.mark.django_db
def test_guessing_with_a_face_counts_for_everybody_it_may_be(
    ada: Person, make_person: Callable[..., Person], freeze: Freeze
) -> None:
    freeze(NOW)
    eve = make_person()
    for _ in range(5):
        with pytest.raises(InvalidInput):
            pass_choose([ada, eve], "555012")
    for asked in ([ada, eve], [eve], [ada]):
        with pytest.raises(TooManyTries):
            pass_choose(asked, "4071")


@pytest.mark.django_db
def test_a_new_pin_forgets_the_wrong_ones(ada: Person) -> None:
    for _ in range(6):
        try_wrong(ada.employee_number)
    pin_set(person=ada, pin="829405", user=None)
    assert pass_check(ada.employee_number, "829405", KIOSK) == ada


@pytest.mark.django_db
def test_nothing_readable_is_stored_and_it_goes_after_a_day(ada: Person, freeze: Freeze) -> None:
    freeze(NOW)
    try_wrong("a mistyped number")
    subjects = set(Tries.objects.values_list("subject", flat=True))
    assert len(subjects) == 2
    assert all(len(subject) == 64 for subject in subjects)
    assert tries_prune(now=timezone.now() + timedelta(hours=23)) == 0
    assert tries_prune(now=timezone.now() + timedelta(hours=25)) == 2


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_no_more_than_five(person: Person) -> None:
    pin_set(person=person, pin="4071", user=None)
    said: list[int] = []
    start = threading.Barrier(12)

    def guess() -> None:
        try:
            start.wait()
            said.append(try_wrong(person.employee_number, uuid4()))
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 12
    assert said.count(0) == 5
