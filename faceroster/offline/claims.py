"""Whose punch an entry is: by number and PIN, by badge, or by face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from faceroster.kiosks.models import Decision
from faceroster.offline.models import Flag
from faceroster.people.models import Person


@dataclass(frozen=True, slots=True)
class Claim:
    """``person``: None when nobody is shown to be meant, and ``code`` says why. ``sure``: False when a
    person should look at it first, for the reason ``code``. ``explain``: writes the decision that the punch
    rests on.
    """

    person: Person | None
    source: str
    code: str = ""
    sure: bool = True
    flags: frozenset[Flag] = frozenset()
    explain: Callable[[], Decision] | None = None
