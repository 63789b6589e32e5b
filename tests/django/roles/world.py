"""A company with three departments at two sites, and one caller of every kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.test import Client

from faceroster.people.models import Department, Person, Site

#: Who comes by. ``person`` has an account that is linked to the person of the own department.
CALLERS = ("anonymous", "kiosk", "person", "staff", "manager", "administrator")

MONTH = date(2026, 11, 1)


@dataclass
class Half:
    """One department, its site, and what there is in it; ``things`` are made when first asked for."""

    name: str
    site: Site
    department: Department
    person: Person
    things: dict[str, Any] = field(default_factory=dict)

    def made(self, kind: str, maker: Callable[[Half], Any]) -> Any:
        if kind not in self.things:
            self.things[kind] = maker(self)
        return self.things[kind]


@dataclass
class World:
    """``own`` is the department that the manager manages and the person belongs to.

    ``beside`` is another one at the same site, ``other`` one at another site.
    """

    own: Half
    beside: Half
    other: Half
    clients: dict[str, Client]


def key_of(thing: Any) -> UUID:
    return thing.pk
