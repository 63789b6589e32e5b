"""Recognising whoever was erased in a backup that is older than the erasure.

Each tombstone stands in the database and, signed, as a line of ``erasures/tombstones.jsonl`` below
FACEROSTER_HOME, which a database that is put back does not undo. ``manage.py erasures replay`` erases again
whoever came back.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from faceroster.core.errors import InvalidInput
from faceroster.people.models import Person
from faceroster.privacy import receipts
from faceroster.privacy.models import Cause, Tombstone
from faceroster.trust.models import SubjectKey
from faceroster.trust.services import subject_key_destroy


def tombstones_file() -> Path:
    return Path(settings.HOME) / "erasures" / "tombstones.jsonl"


def hash_of(what: str, key: object) -> str:
    return hashlib.sha256(f"faceroster tombstone|{what}|{key}".encode()).hexdigest()


def person_hash(person: Person) -> str:
    return hash_of("person", person.pk)


def line_of(stone: Tombstone) -> str:
    told = {
        "person_hash": stone.person_hash,
        "key_hash": stone.key_hash,
        "everything": stone.everything,
        "label": stone.label,
        "erased_at": stone.erased_at.isoformat(),
    }
    return json.dumps(receipts.signed(told), sort_keys=True)


def append(stone: Tombstone) -> None:
    """Write the line, unless it is there. Only its owner may read the file."""
    path = tombstones_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and f'"{stone.person_hash}"' in path.read_text(encoding="utf-8"):
        return
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8"
    ) as file:
        file.write(line_of(stone) + "\n")
        file.flush()
        os.fsync(file.fileno())


def stones_read(lines: Iterable[str], *, foreign: bool = False) -> list[Tombstone]:
    """What a file says, not stored.

    ``foreign``: believe lines that another installation's key has signed.

    Raises:
        InvalidInput: ``tombstones.unreadable``, ``tombstones.wrong`` or ``tombstones.foreign``; nothing has
            happened then.
    """
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            given: dict[str, Any] = json.loads(line)
            problem = receipts.signature_problem(given)
            stone = Tombstone(
                person_hash=given["person_hash"],
                key_hash=given["key_hash"],
                everything=given["everything"],
                label=given["label"],
                erased_at=datetime.fromisoformat(given["erased_at"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            sentence = _("Line %(number)d is no tombstone.") % {"number": number}
            raise InvalidInput("tombstones.unreadable", sentence) from error
        if problem == "signature.wrong":
            sentence = _("Line %(number)d was changed after it was signed.") % {"number": number}
            raise InvalidInput("tombstones.wrong", sentence)
        if problem and not foreign:
            sentence = _(
                "Line %(number)d was signed by another key than this database has. "
                "If the file is yours, say --foreign."
            ) % {"number": number}
            raise InvalidInput("tombstones.foreign", sentence)
        found.append(stone)
    return found


def replay(stones: Iterable[Tombstone]) -> Counter[str]:
    """Erase again whoever of ``stones`` is there. Done twice, the second time finds nobody."""
    from faceroster.privacy.erasing import erase

    done: Counter[str] = Counter()
    by_person = {stone.person_hash: stone for stone in stones}
    by_key = {stone.key_hash for stone in by_person.values() if stone.key_hash}
    for pk in list(Person.objects.values_list("pk", flat=True)):
        stone = by_person.get(hash_of("person", pk))
        if stone is None:
            continue
        person = Person.objects.get(pk=pk)
        if person.subject_key_id is None and person.name == stone.label and not stone.everything:
            done["already"] += 1
            continue
        erase(person=person, everything=stone.everything, cause=Cause.REPLAY, label=stone.label)
        done["erased"] += 1
    for key in SubjectKey.objects.filter(destroyed_at__isnull=True):
        if hash_of("key", key.pk) in by_key:  # of somebody whose row was not in the backup any more
            subject_key_destroy(key=key)
            done["keys"] += 1
    for stone in by_person.values():
        Tombstone.objects.get_or_create(
            person_hash=stone.person_hash,
            defaults={
                "key_hash": stone.key_hash,
                "everything": stone.everything,
                "label": stone.label,
                "erased_at": stone.erased_at,
            },
        )
        append(stone)
    return done
