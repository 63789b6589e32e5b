"""Canonical forms: the exact bytes that are sealed, which anybody with the key can write down again."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC
from typing import Any
from uuid import UUID

from faceroster.audit.models import Entry

#: Stands before everything that is sealed. Never change the lists below: a new column gets a new version.
_VERSION = "faceroster-audit-1"
_FACTS = (
    "action", "actor_kind", "actor_id", "subject_kind", "subject_id", "person_id", "department_id", "site_id",
    "request_id", "told",
)  # fmt: skip
#: What may tell of a person, and goes when that person is erased.
TEXTS = ("actor_name", "subject_name", "details", "address")


def _mac(key: bytes, *parts: Any) -> str:
    text = json.dumps(
        [_VERSION, *parts], sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str
    )
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def told_of(key: bytes, entry: Entry) -> str:
    """Of the texts, salted: once the salt is gone nobody can try what they were."""
    return _mac(key, "texts", str(entry.pk), entry.salt, {name: getattr(entry, name) for name in TEXTS})


def seal_of(key: bytes, entry: Entry) -> str:
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return _mac(key, "entry", str(entry.pk), at, {name: getattr(entry, name) for name in _FACTS})


def hash_of(key: bytes, *, number: int, previous: str, entry_id: UUID, seal: str) -> str:
    """Of a link: where an entry stands, which one, and all that came before."""
    return _mac(key, "link", number, previous, str(entry_id), seal)


def head_seal(key: bytes, *, number: int, last: str) -> str:
    return _mac(key, "head", number, last)


def anchor_seal(key: bytes, *, number: int, last: str) -> str:
    return _mac(key, "anchor", number, last)
