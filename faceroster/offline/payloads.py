"""Number and PIN, or a picture, between the request and its judgement: sealed, and gone as soon as may be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from faceroster.offline.models import OfflineEntry
from faceroster.trust import sealing
from faceroster.trust.purposes import purpose_key


def _context(entry_id: UUID) -> str:
    return f"offline|{entry_id}"


def _key() -> bytes:
    return purpose_key("offline")


def payload_seal(entry_id: UUID, payload: Mapping[str, str]) -> bytes:
    return sealing.seal(_key(), json.dumps(dict(payload)).encode(), context=_context(entry_id))


def payload_open(entry: OfflineEntry) -> dict[str, str]:
    """Raises SealError ``sealed.damaged``; also when it has been deleted."""
    found: dict[str, str] = json.loads(
        sealing.unseal(_key(), bytes(entry.sealed or b""), context=_context(entry.pk))
    )
    return found
