"""Adding and changing people, for every way they come in: admin, import and API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.audit.actions import Action
from faceroster.audit.services import record_many
from faceroster.core.contention import tried_again
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.people.models import Department, Person
from faceroster.trust.services import subject_key_destroy, subject_keys_create

_FIELD_NAMES = {
    "employee_number": gettext_lazy("Employee number"),
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("Email"),
}


def person_create(
    *, employee_number: str, name: str, department: Department, email: str = "", active: bool = True
) -> Person:
    """Add someone to the roster, with a key of their own.

    Raises:
        InvalidInput: ``person.number_taken`` or ``person.invalid``.
    """
    person = Person(
        employee_number=employee_number.strip(),
        name=name.strip(),
        department=department,
        email=email.strip(),
        active=active,
    )
    _save(person)
    return person


@transaction.atomic
def people_create(*, people: Sequence[Person]) -> None:
    """Store many new people at once, each with a key of their own.

    For callers who have checked the fields already (``clean_fields``) and cannot spend several
    queries on each.

    Raises:
        InvalidInput: ``person.number_taken``; then nobody is stored.
    """
    for person, key in zip(people, subject_keys_create(count=len(people)), strict=True):
        person.subject_key = key
    try:
        with transaction.atomic():
            Person.objects.bulk_create(people, batch_size=500)
    except IntegrityError as error:
        numbers = [person.employee_number for person in people]
        taken = Person.objects.filter(employee_number__in=numbers).first()
        if taken is None:
            raise
        raise _number_taken(taken) from error
    # They were not saved one by one, so nobody has followed it.
    record_many(
        [(person, {"employee_number": person.employee_number}) for person in people],
        action=Action.PERSON_CREATED,
    )


def person_update(
    *,
    person: Person,
    employee_number: str | None = None,
    name: str | None = None,
    department: Department | None = None,
    email: str | None = None,
    active: bool | None = None,
) -> Person:
    """Change what is given and leave the rest. Nothing is written when nothing differs.

    Raises:
        InvalidInput: ``person.number_taken`` or ``person.invalid``; ``person`` is as stored again.
    """
    texts = {"employee_number": employee_number, "name": name, "email": email}
    wanted: dict[str, Any] = {field: value.strip() for field, value in texts.items() if value is not None}
    if department is not None:
        wanted["department"] = department
    if active is not None:
        wanted["active"] = active
    before = {field: getattr(person, field) for field in wanted}
    if before == wanted:
        return person
    for field, value in wanted.items():
        setattr(person, field, value)
    try:
        _save(person)
    except InvalidInput:
        for field, value in before.items():
            setattr(person, field, value)
        raise
    return person


def person_delete(*, person: Person) -> None:
    """Remove someone who was never punched, with their photos, and destroy their key.

    Raises:
        Conflict: ``person.has_history``: punches are kept, so the person behind them is too.
    """
    # A worker may just store something about them, such as a day.
    tried_again(lambda: _delete(person.pk))


@transaction.atomic
def _delete(person_id: UUID) -> None:
    person = Person.objects.select_related("subject_key").get(pk=person_id)
    key = person.subject_key
    try:
        with transaction.atomic():
            person.delete()
    except ProtectedError as error:
        raise Conflict(
            "person.has_history",
            _("%(name)s has punches, which are kept. Set them inactive instead.") % {"name": person.name},
        ) from error
    if key is not None:
        subject_key_destroy(key=key)


def sentences(error: ValidationError) -> str:
    """Everything a :class:`ValidationError` says, each message with the field it is about."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    parts = []
    for field, messages in error.message_dict.items():
        name = _FIELD_NAMES.get(field)
        parts += [f"{name}: {message}" if name else message for message in messages]
    return " ".join(parts)


def _save(person: Person) -> None:
    try:
        person.full_clean(exclude=["subject_key"])
    except ValidationError as error:
        codes = {detail.code for detail in error.error_dict.get("employee_number", ())}
        if "unique" in codes:
            raise _number_taken(person) from error
        raise InvalidInput("person.invalid", sentences(error)) from error
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        # Someone else took the number between the check and the writing.
        if Person.objects.filter(employee_number=person.employee_number).exclude(pk=person.pk).exists():
            raise _number_taken(person) from error
        raise


def _number_taken(person: Person) -> InvalidInput:
    return InvalidInput(
        "person.number_taken",
        _("Another person has the employee number %(employee_number)s.")
        % {"employee_number": person.employee_number},
    )
