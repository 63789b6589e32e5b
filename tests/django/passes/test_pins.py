"""Setting PINs, and telling a right one from a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from unittest import mock
from uuid import uuid4

import pytest

from faceroster.core.errors import Conflict, InvalidInput
from faceroster.passes import pins
from faceroster.passes.models import Pin
from faceroster.passes.pins import (
    pass_check,
    pass_choose,
    person_of_number,
    pin_clear,
    pin_draw,
    pin_set,
)
from faceroster.passes.weakness import is_weak
from faceroster.people.models import Person
from faceroster.trust.models import User
from faceroster.trust.sealing import SealError

KIOSK = uuid4()


def _note(seen: list[str], text: str, secret: str) -> bool:
    seen.append(text)
    return False


def code_of(error: pytest.ExceptionInfo[InvalidInput] | pytest.ExceptionInfo[Conflict]) -> str:
    return error.value.code


@pytest.mark.parametrize(
    "pin",
    [
        *("0000", "1111", "1234", "4321", "7890", "2468", "8642", "1212", "123123", "12341234", "0001"),
        *("1122", "1987", "2004", "24121987", "12241987", "19871224", "2580", "1379"),
    ],
)
def test_what_is_guessed_soon_is_weak(pin: str) -> None:
    assert is_weak(pin)


@pytest.mark.parametrize("pin", ["4071", "829405", "90210377", "2105", "73918264", "1288", "99120455"])
def test_what_is_not_is_not(pin: str) -> None:
    assert not is_weak(pin, "FR-1001")


def test_the_own_number_is_weak() -> None:
    assert is_weak("4071", "FR-4071")
    assert is_weak("407199", "4071")
    assert not is_weak("4071", "7")


def test_most_pins_are_not_weak() -> None:
    """A rule that refuses too much leaves little to guess."""
    assert sum(is_weak(f"{pin:04}") for pin in range(10_000)) < 700


@pytest.mark.django_db
@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "", "٤٠٧١", "40 71", "4071\n"])
def test_a_pin_is_four_to_eight_digits(person: Person, pin: str) -> None:
    with pytest.raises(InvalidInput) as error:
        pin_set(person=person, pin=pin, user=None)
    assert code_of(error) == "pin.form"
    assert not Pin.objects.exists()


@pytest.mark.django_db
def test_a_weak_one_is_refused(person: Person) -> None:
    with pytest.raises(InvalidInput) as error:
        pin_set(person=person, pin="1234", user=None)
    assert code_of(error) == "pin.weak"


@pytest.mark.django_db
def test_the_newest_is_the_one_and_no_digit_of_it_is_stored(person: Person, staff_user: User) -> None:
    pin_set(person=person, pin="829405", user=None)
    pin_set(person=person, pin="4071", user=staff_user)
    row = Pin.objects.get()
    assert (row.person, row.set_by) == (person, staff_user)
    assert "4071" not in row.secret.rpartition("$")[0]
    assert pass_check(person.employee_number, "4071", KIOSK) == person
    with pytest.raises(InvalidInput) as error:
        pass_check(person.employee_number, "829405", KIOSK)
    assert code_of(error) == "pass.wrong"


@pytest.mark.django_db
def test_a_hash_is_good_for_its_person_and_with_the_root_key_only(
    make_person: Callable[..., Person], settings: object
) -> None:
    ada, bob = make_person(), make_person()
    pin_set(person=ada, pin="4071", user=None)
    pin_set(person=bob, pin="829405", user=None)
    Pin.objects.filter(person=bob).update(secret=Pin.objects.get(person=ada).secret)
    with pytest.raises(InvalidInput):
        pass_check(bob.employee_number, "4071", KIOSK)
    settings.FACEROSTER_ROOT_KEY = "YW5vdGhlci1yb290LWtleS1vZi0zMi1ieXRlcy4uLiE="  # type: ignore[attr-defined]
    with pytest.raises(SealError, match=r"sealed\.wrong_root_key"):
        pass_check(ada.employee_number, "4071", KIOSK)


@pytest.mark.django_db
def test_a_drawn_one_is_good_and_never_weak(person: Person) -> None:
    with mock.patch.object(pins, "secrets") as random:
        random.choice.side_effect = "123456829405"
        assert pin_draw(person=person, user=None) == "829405"
    assert pass_check(person.employee_number, "829405", KIOSK) == person


@pytest.mark.django_db
def test_one_that_was_cleared_opens_nothing(person: Person) -> None:
    pin_set(person=person, pin="4071", user=None)
    assert pin_clear(person=person)
    assert not pin_clear(person=person)
    with pytest.raises(InvalidInput) as error:
        pass_check(person.employee_number, "4071", KIOSK)
    assert code_of(error) == "pass.wrong"


@pytest.mark.django_db
def test_who_has_left_gets_none_and_uses_none(person: Person) -> None:
    pin_set(person=person, pin="4071", user=None)
    person.active = False
    person.save()
    with pytest.raises(Conflict) as error:
        pin_set(person=person, pin="829405", user=None)
    assert code_of(error) == "pin.inactive"
    with pytest.raises(InvalidInput) as wrong:
        pass_check(person.employee_number, "4071", KIOSK)
    assert code_of(wrong) == "pass.wrong"
    with pytest.raises(InvalidInput):
        pass_choose([], "4071")


@pytest.mark.django_db
def test_an_unknown_number_says_and_costs_what_a_wrong_pin_does(
    make_person: Callable[..., Person],
) -> None:
    """One slow hash in each case: a number, one without a PIN, one with another PIN."""
    ada, bob = make_person(), make_person()
    pin_set(person=ada, pin="829405", user=None)
    said = []
    for number in (ada.employee_number, bob.employee_number, "nobody", None, 7, "", "x" * 500):
        hashed: list[str] = []
        with (
            mock.patch.object(pins, "make_password", side_effect=hashed.append),
            mock.patch.object(pins, "check_password", side_effect=partial(_note, hashed)),
            pytest.raises(InvalidInput) as error,
        ):
            pass_check(number, "4071", KIOSK)
        said.append((error.value.code, error.value.message))
        assert len(hashed) == 1, number
    assert set(said) == {("pass.wrong", said[0][1])}


@pytest.mark.django_db
def test_digits_are_enough_where_they_are_nobody_elses(make_person: Callable[..., Person]) -> None:
    ada = make_person(employee_number="FR-1001")
    bob = make_person(employee_number="FR-1002")
    make_person(employee_number="XX-1002")
    lower, upper = make_person(employee_number="ab7"), make_person(employee_number="AB7")
    plain = make_person(employee_number="42")
    make_person(employee_number="FR-42")
    gone = make_person(employee_number="FR-9000", active=False)
    assert person_of_number(" fr-1001 ") == ada
    assert person_of_number("1001") == ada
    assert person_of_number("1002") is None
    assert person_of_number("FR-1002") == bob
    assert person_of_number("001") is None
    assert (person_of_number("ab7"), person_of_number("AB7"), person_of_number("Ab7")) == (lower, upper, None)
    assert person_of_number("42") == plain
    assert person_of_number(gone.employee_number) is None


@pytest.mark.django_db
def test_of_look_alikes_the_one_whose_pin_it_is(make_person: Callable[..., Person]) -> None:
    ada, eve = make_person(), make_person()
    pin_set(person=ada, pin="4071", user=None)
    pin_set(person=eve, pin="829405", user=None)
    assert pass_choose([ada, eve], "829405") == eve
    with pytest.raises(InvalidInput) as error:
        pass_choose([ada, eve], "555012")
    assert code_of(error) == "pass.wrong"


@pytest.mark.django_db
def test_two_with_the_same_pin_are_asked_for_their_number(make_person: Callable[..., Person]) -> None:
    twins = [make_person(), make_person()]
    for twin in twins:
        pin_set(person=twin, pin="4071", user=None)
    with pytest.raises(Conflict) as error:
        pass_choose(twins, "4071")
    assert code_of(error) == "pass.number_needed"
