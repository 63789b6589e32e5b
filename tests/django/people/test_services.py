"""Services for people: what they check, and what they leave alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from faceroster.core.errors import InvalidInput
from faceroster.people.models import Department, Person
from faceroster.people.services import people_create, person_create, person_update
from faceroster.trust.models import SubjectKey
from faceroster.trust.services import subject_key_open


def test_a_person_has_a_key_of_their_own(department: Department) -> None:
    person = person_create(employee_number=" 1001 ", name=" Ada ", department=department, email="a@b.org")
    person.refresh_from_db()
    assert (person.employee_number, person.name, person.active) == ("1001", "Ada", True)
    assert person.subject_key is not None


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"employee_number": ""}, "person.invalid", "Employee number"),
        ({"employee_number": "x" * 41}, "person.invalid", "40 characters"),
        ({"name": "   "}, "person.invalid", "Name"),
        ({"email": "nowhere"}, "person.invalid", "Email"),
        ({"employee_number": "taken"}, "person.number_taken", "taken"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_stored(
    department: Department,
    make_person: Callable[..., Person],
    change: dict[str, Any],
    code: str,
    words: str,
) -> None:
    make_person(employee_number="taken")
    values = {"employee_number": "1001", "name": "Ada", "department": department, **change}
    with pytest.raises(InvalidInput) as refused:
        person_create(**values)
    assert refused.value.code == code
    assert words in refused.value.message
    assert Person.objects.count() == 1


def test_a_refused_change_leaves_the_object_as_stored(make_person: Callable[..., Person]) -> None:
    make_person(employee_number="taken")
    person = make_person(employee_number="1001", name="Ada")
    with pytest.raises(InvalidInput, match=r"person\.number_taken"):
        person_update(person=person, employee_number="taken", name="Eve")
    assert (person.employee_number, person.name) == ("1001", "Ada")
    person.refresh_from_db()
    assert (person.employee_number, person.name) == ("1001", "Ada")


def test_many_people_at_once_all_or_none(
    department: Department, make_person: Callable[..., Person], django_assert_max_num_queries: Any
) -> None:
    people = [Person(employee_number=f"{n}", name="Ada", department=department) for n in range(300)]
    with django_assert_max_num_queries(20):
        people_create(people=people)
    stored = Person.objects.select_related("subject_key")
    assert len({subject_key_open(person.subject_key) for person in stored if person.subject_key}) == 300

    more = [Person(employee_number=number, name="Eve", department=department) for number in ("new", "7")]
    with pytest.raises(InvalidInput, match=r"person\.number_taken: .* 7"):
        people_create(people=more)
    assert Person.objects.count() == 300
    assert SubjectKey.objects.count() == 300


def test_only_what_is_given_changes(person: Person, django_assert_num_queries: Any) -> None:
    person_update(person=person, name="Somebody Else")
    stored = Person.objects.get(pk=person.pk)
    assert (stored.name, stored.employee_number) == ("Somebody Else", person.employee_number)
    with django_assert_num_queries(0):
        person_update(person=person, name="Somebody Else", active=True)
