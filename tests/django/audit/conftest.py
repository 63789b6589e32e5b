"""What every test of the audit log needs: a home of its own, and what a commit would do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from faceroster.audit import chain, triggers
from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.audit.services import record
from faceroster.people.models import Person
from faceroster.trust.models import User

Sql = Callable[..., int]


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    """The file of the last verification lies in it."""
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture
def sql(db: None) -> Sql:
    """Plain SQL by somebody who owns the database: the triggers are taken away before it, for good."""

    def run(statement: str, *params: Any) -> int:
        triggers.remove()
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            return int(cursor.rowcount)

    return run


@pytest.fixture
def history(admin_user: User, person: Person) -> list[Entry]:
    """Ten entries in the chain, of which the first are of making these two and their places."""
    record(Action.FACE_LOOKED, actor=admin_user, subject=person, details={"reason": "why not"})
    while Entry.objects.count() < 10:
        record(Action.PHOTO_LOOKED, actor=admin_user, subject=person)
    chain.extend()
    return list(Entry.objects.order_by("link__number"))
