"""What something was done to, told by the row itself: its name, and the person and place that it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model


@dataclass(frozen=True)
class Subject:
    """``kind``: app_label.model. ``person``, ``department`` and ``site`` say who may read the entry."""

    kind: str = ""
    id: str = ""
    name: str = ""
    person: UUID | None = None
    department: UUID | None = None
    site: UUID | None = None


NOTHING = Subject()


def subject_of(row: Subject | Model | None, *, name: str = "") -> Subject:
    """``row`` as a subject. What belongs to a person is called by that person."""
    if row is None:
        return NOTHING
    if isinstance(row, Subject):
        return row
    person = _person(row)
    department = (
        row.pk if _is(row, "department") else _key(row, "department_id") or _key(person, "department_id")
    )
    return Subject(
        kind=row._meta.label_lower,
        id=str(row.pk),
        name=name or str(person if person is not None else row),
        person=_uuid(_key(person, "pk")),
        department=_uuid(department),
        site=_uuid(row.pk if _is(row, "site") else _key(row, "site_id") or _site_at_hand(person)),
    )


def _is(row: Model, model: str) -> bool:
    return row._meta.label_lower == f"people.{model}"


def _person(row: Any) -> Any:
    """The row itself, or whom it belongs to by its column of that name."""
    if _is(row, "person"):
        return row
    if any(field.name == "person" for field in row._meta.concrete_fields):
        return row.person
    return None


def _site_at_hand(person: Any) -> Any:
    """The site of somebody's department, where it is known already: a punch shall not wait for it."""
    return (
        _key(person.department, "site_id")
        if person is not None and "department" in person._state.fields_cache
        else None
    )


def _key(row: Any, name: str) -> Any:
    return None if row is None else getattr(row, name, None)


def _uuid(value: Any) -> UUID | None:
    return value if isinstance(value, UUID) else None
