"""The triggers that keep entries and links from being changed or deleted. See ``core.triggers``."""

from __future__ import annotations

from contextlib import AbstractContextManager

from faceroster.audit.models import Entry, Link
from faceroster.core import triggers
from faceroster.core.triggers import Guarded

GUARDED: tuple[Guarded, ...] = (Entry, Link)


def missing(using: str = "default") -> list[str]:
    """The names of the triggers that should be there and are not."""
    return triggers.missing(GUARDED, using)


def install(using: str = "default") -> None:
    """Make those that are missing."""
    triggers.install(GUARDED, using)


def remove(using: str = "default") -> None:
    """Take them away: for going back before the migration that made them."""
    triggers.remove(GUARDED, using)


def lifted(using: str = "default") -> AbstractContextManager[None]:
    """For blanking the texts about a person who is erased, and for nothing else."""
    return triggers.lifted(GUARDED, using)
