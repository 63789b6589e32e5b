"""The person whom somebody means on the command line."""

from __future__ import annotations

from uuid import UUID

from faceroster.core.errors import InvalidInput
from faceroster.people.models import Person


def person_named(text: str) -> Person:
    """By employee number or id. Raises InvalidInput ``person.unknown``."""
    people = Person.objects.select_related("department__site", "subject_key", "user")
    person = people.filter(employee_number=text).first()
    if person is None:
        try:
            person = people.filter(pk=UUID(text)).first()
        except ValueError:
            person = None
    if person is None:
        raise InvalidInput("person.unknown", f"Nobody has the number or the id {text}.")
    return person
