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
    person = _related(row, "person")
    department = (
        row if _is(row, "department") else (_related(row, "department") or _related(person, "department"))
    )
    site = row.pk if _is(row, "site") else _key(row, "site_id") or _key(department, "site_id")
    return Subject(
        kind=row._meta.label_lower,
        id=str(row.pk),
        name=name or str(person if person is not None else row),
        person=_uuid(person.pk if person is not None else None),
        department=_uuid(department.pk if department is not None else None),
        site=_uuid(site),
    )


def _is(row: Model, model: str) -> bool:
    return row._meta.label_lower == f"people.{model}"


def _related(row: Any, name: str) -> Any:
    """The row's person or department: itself, or the one that a column of that name points to."""
    if row is None:
        return None
    if _is(row, name):
        return row
    if any(field.name == name and field.many_to_one for field in row._meta.concrete_fields):
        return getattr(row, name)
    return None


def _key(row: Any, name: str) -> Any:
    return None if row is None else getattr(row, name, None)


def _uuid(value: Any) -> UUID | None:
    return value if isinstance(value, UUID) else None
