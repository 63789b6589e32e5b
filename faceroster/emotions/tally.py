"""Counting faces without keeping whose they were, and what of the counts may be told.

While a day lasts its tally is sealed: nobody, whoever may read the database, watches a count go up as someone
walks in. When the day is over, :func:`groups` are written out and the tally is destroyed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from faceroster.trust import sealing
from faceroster.trust.purposes import purpose_key
from faceroster.vision import EMOTIONS

UNSURE = "unsure"
#: What a face may be counted as. ``unsure``: even the likeliest emotion was less probable than one half.
LABELS = (*EMOTIONS, UNSURE)


def mark_of(person_id: UUID, *, site_id: UUID, day: date) -> str:
    """What says that a person was counted already, without saying who: another one each day and site."""
    key = purpose_key("emotion-marks")
    return hmac.new(key, f"{site_id}|{day}|{person_id}".encode(), hashlib.sha256).hexdigest()[:16]


@dataclass
class Tally:
    """How many people were counted as what. No mark is beside a label."""

    counts: Counter[str] = field(default_factory=Counter)
    marks: set[str] = field(default_factory=set)

    def add(self, mark: str, label: str) -> bool:
        """Count someone as one of ``LABELS``; False, and nothing changes, when they are counted already."""
        if mark in self.marks:
            return False
        self.marks.add(mark)
        self.counts[label] += 1
        return True

    def sealed(self, *, site_id: UUID, day: date) -> bytes:
        # Sorted, so that the order in which people came is not kept either.
        plain = {"counts": self.counts, "marks": sorted(self.marks)}
        return sealing.seal(_key(), json.dumps(plain).encode(), context=_context(site_id, day))

    @classmethod
    def opened(cls, blob: bytes, *, site_id: UUID, day: date) -> Tally:
        """What :meth:`sealed` made of it; raises :class:`SealError`."""
        plain = json.loads(sealing.unseal(_key(), blob, context=_context(site_id, day)))
        return cls(Counter(plain["counts"]), set(plain["marks"]))


def _key() -> bytes:
    return purpose_key("emotion-tally")


def _context(site_id: UUID, day: date) -> str:
    return f"emotion-tally|{site_id}|{day}"


def groups(counts: Mapping[str, int], least: int) -> list[dict[str, Any]]:
    """The groups that may be told: dicts of ``emotions`` and ``people``; none when there are too few people.

    They divide everyone, and each has at least ``least`` people, so that nothing is told about fewer: neither
    about a group nor, by subtraction, about those outside of it. The last group is the rest: emotions that
    fewer showed, taken together with as many others as it needs. An emotion that nobody showed is in it too.
    """
    told = [(label, counts.get(label, 0)) for label in LABELS if counts.get(label, 0) >= least]
    told.sort(key=lambda entry: -entry[1])
    total = sum(counts.values())
    while told and total - sum(people for _, people in told) < least:
        told.pop()
    if not told:
        return []
    names = {label for label, _ in told}
    rest = [label for label in LABELS if label not in names]
    return [
        *({"emotions": [label], "people": people} for label, people in told),
        {"emotions": rest, "people": total - sum(people for _, people in told)},
    ]
