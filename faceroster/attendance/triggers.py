"""Triggers that keep the rows which are written once from being changed or deleted, by whatever program.

The models refuse already (``core.models.AppendOnly``); these refuse plain SQL too, with a message that says
what to do instead. They guard against mistakes and against programs that go their own way. Who owns the
database can drop them: what was closed is therefore sealed by hashes as well (``seals``), and
``manage.py attendance verify`` says when a trigger is gone.

They are made by a migration, and again after every ``migrate`` where they are missing: on SQLite, a change of
a table's columns makes the table anew and loses them without a word.

The lawful erasure of a person must delete such rows. There is one way, and it is meant for nothing else:
:func:`lifted`, which takes away the triggers of the named models and puts them back in one transaction. On
both databases nobody else can write to these tables in between, and a crash leaves the triggers where they
were. An erasure deletes inside it with ``QuerySet._raw_delete`` (the model's own ``delete`` refuses), from
the leaves up: verdicts, seals, corrections of corrections, corrections, resolutions, punches; and it writes
down what it took out of closed periods (``Redaction``), so that ``verify`` goes on telling an erasure from
tampering. See ``erasing``. A migration that must rewrite such rows goes the same way.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from faceroster.attendance.models import (
    Correction,
    PeriodEvent,
    Punch,
    Redaction,
    Resolution,
    Seal,
    TimesheetEvent,
    Verdict,
)
from faceroster.core import triggers
from faceroster.core.triggers import Guarded
from faceroster.rosters.models import Policy, ShiftVersion

#: Every table that is written once.
GUARDED: tuple[Guarded, ...] = (
    Punch,
    Correction,
    Verdict,
    Resolution,
    PeriodEvent,
    TimesheetEvent,
    Seal,
    Redaction,
    ShiftVersion,
    Policy,
)


def missing(using: str = "default") -> list[str]:
    """The names of the triggers that should be there and are not."""
    return triggers.missing(GUARDED, using)


def install(using: str = "default") -> None:
    """Make those that are missing, of the tables that are there."""
    triggers.install(GUARDED, using)


def remove(*which: Guarded, using: str = "default") -> None:
    """Take them away: for going back before the migration that made them, and for :func:`lifted`."""
    triggers.remove(which or GUARDED, using)


def lifted(*which: Guarded, using: str = "default") -> AbstractContextManager[None]:
    """Within it the rows of ``which`` (all, if none is named) can be changed and deleted. See above."""
    return triggers.lifted(which or GUARDED, using)
