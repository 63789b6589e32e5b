"""How far the chain was when it was last verified, kept in a file beside the database's reach.

Somebody who puts the whole database back to an earlier day takes the newest entries away and leaves a chain
that fits. The file remembers that there were more. It is as good as the place where it lies: who can
write both, and has the root key, can write both anew.
"""

from __future__ import annotations

import hmac
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from faceroster.audit import canonical


@dataclass(frozen=True)
class Anchor:
    number: int
    hash: str


class Damaged(Exception):
    """The file is there, and it is not what was written."""


def path() -> Path:
    return Path(settings.HOME) / "audit.anchor"


def age() -> float | None:
    """Seconds since everything was last found right from here, or None."""
    try:
        return time.time() - path().stat().st_mtime
    except FileNotFoundError:
        return None


def read(known: dict[UUID, bytes]) -> Anchor | None:
    """The anchor, or None where there is none. Raises :class:`Damaged`."""
    try:
        said = json.loads(path().read_text(encoding="ascii"))
        number, last, key_id, seal = int(said["number"]), str(said["hash"]), UUID(said["key"]), said["seal"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, UnicodeError) as error:
        raise Damaged from error
    key = known.get(key_id)
    if key is None or not hmac.compare_digest(
        canonical.anchor_seal(key, number=number, last=last), str(seal)
    ):
        raise Damaged
    return Anchor(number, last)


def write(anchor: Anchor, *, key_id: UUID, key: bytes) -> None:
    """Replace the file as a whole, or leave it as it was."""
    target = path()
    said = {
        "number": anchor.number,
        "hash": anchor.hash,
        "key": str(key_id),
        "seal": canonical.anchor_seal(key, number=anchor.number, last=anchor.hash),
    }
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(said, file)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(target)
