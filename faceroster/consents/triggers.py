"""The triggers that keep published texts from being changed or deleted. See ``core.triggers``."""

from __future__ import annotations

from contextlib import AbstractContextManager

from faceroster.consents.models import ConsentText
from faceroster.core import triggers
from faceroster.core.triggers import Guarded

GUARDED: tuple[Guarded, ...] = (ConsentText,)


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
    """For emptying a test's database, and for nothing else."""
    return triggers.lifted(GUARDED, using)
