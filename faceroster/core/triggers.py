"""Triggers that keep the rows which are written once from being changed or deleted, by whatever program.

The models refuse already (``core.models.AppendOnly``); these refuse plain SQL too, with a message that says
what to do instead. They guard against mistakes and against programs that go their own way. Who owns the
database can drop them.

An app names its own tables; see ``attendance.triggers`` and ``audit.triggers``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.utils import translation

from faceroster.core.models import AppendOnly

Guarded = type[AppendOnly]

_FUNCTION = "faceroster_written_once"
_MAKE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END $$
"""


def _sentence(model: Guarded, what: str) -> str:
    with translation.override(None):  # whoever makes the trigger, it speaks one language
        return str(model.refusal[1]).format(what).replace("'", "''")


def _unique_together(model: Guarded) -> list[tuple[str, ...]]:
    """The columns by which SQLite's INSERT OR REPLACE would find a row to put another one in its place."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    together: list[tuple[str, ...]] = [(field.name,) for field in fields.values() if field.unique]
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            together.append(tuple(constraint.fields))
    return [tuple(str(fields[name].column) for name in names) for names in together]


def _sqlite(model: Guarded) -> dict[str, str]:
    table = model._meta.db_table
    changed, deleted = (
        f"SELECT RAISE(ABORT, '{_sentence(model, what)}');" for what in ("changed", "deleted")
    )
    same = " OR ".join(
        "(" + " AND ".join(f'there."{column}" = NEW."{column}"' for column in columns) + ")"
        for columns in _unique_together(model)
    )
    found = f'SELECT 1 FROM "{table}" there WHERE {same}'  # noqa: S608 - nothing of it comes from outside
    return {
        f"{table}_no_update": f'BEFORE UPDATE ON "{table}" BEGIN {changed} END',
        f"{table}_no_delete": f'BEFORE DELETE ON "{table}" BEGIN {deleted} END',
        # A REPLACE deletes without asking the trigger of deletions.
        f"{table}_no_replace": f'BEFORE INSERT ON "{table}" WHEN EXISTS ({found}) BEGIN {changed} END',
    }


def _postgresql(model: Guarded) -> dict[str, str]:
    table = model._meta.db_table
    changed, deleted = (f"{_FUNCTION}('{_sentence(model, what)}')" for what in ("changed", "deleted"))
    return {
        f"{table}_no_update": f'BEFORE UPDATE ON "{table}" FOR EACH ROW EXECUTE FUNCTION {changed}',
        f"{table}_no_delete": f'BEFORE DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION {deleted}',
        f"{table}_no_truncate": f'BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION {deleted}',
    }


def definitions(vendor: str, model: Guarded) -> dict[str, str]:
    """The triggers of ``model``: name -> what follows CREATE TRIGGER and the name."""
    return {"sqlite": _sqlite, "postgresql": _postgresql}[vendor](model)


def _present(connection: BaseDatabaseWrapper) -> set[str]:
    ask = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        # One that is switched off is as good as gone.
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        " AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)",
    }
    with connection.cursor() as cursor:
        cursor.execute(ask[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def missing(guarded: Sequence[Guarded], using: str = "default") -> list[str]:
    """The names of the triggers that should be there and are not."""
    connection = connections[using]
    present = _present(connection)
    return [
        name for model in guarded for name in definitions(connection.vendor, model) if name not in present
    ]


def install(guarded: Sequence[Guarded], using: str = "default") -> None:
    """Make those that are missing, of the tables that are there."""
    connection = connections[using]
    present, tables = _present(connection), set(connection.introspection.table_names())
    wanted = [
        (name, table, text)
        for model in guarded
        if (table := model._meta.db_table) in tables
        for name, text in definitions(connection.vendor, model).items()
        if name not in present
    ]
    if not wanted:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_MAKE_FUNCTION)
        for name, table, text in wanted:
            _drop(cursor, connection.vendor, name, table)  # there may be one that is switched off
            cursor.execute(f'CREATE TRIGGER "{name}" {text}')


def remove(guarded: Sequence[Guarded], using: str = "default") -> None:
    """Take them away: for going back before the migration that made them, and for :func:`lifted`."""
    connection = connections[using]
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        connection.check_constraints()  # no trigger goes while a check of its table is put off to the commit
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model in guarded:
            table = model._meta.db_table
            for name in definitions(connection.vendor, model) if table in tables else ():
                _drop(cursor, connection.vendor, name, table)


def _drop(cursor: CursorWrapper, vendor: str, name: str, table: str) -> None:
    where = f' ON "{table}"' if vendor == "postgresql" else ""
    cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{where}')


@contextmanager
def lifted(guarded: Sequence[Guarded], using: str = "default") -> Iterator[None]:
    """Within it the rows of ``guarded`` can be changed and deleted, and by nobody else."""
    with transaction.atomic(using=using):
        remove(guarded, using)
        yield
        install(guarded, using)
