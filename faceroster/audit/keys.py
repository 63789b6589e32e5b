"""The keys that the chain is sealed with: random, in the database, wrapped by the root key.

Who can write the database and lacks the root key can make no entry that fits. A new root key wraps them anew
(:mod:`faceroster.trust.rotation`): what was sealed stays as it is, and goes on fitting.
"""

from __future__ import annotations

import os
from uuid import UUID, uuid4

from faceroster.audit.models import Key
from faceroster.trust import sealing
from faceroster.trust.wrapping import Wrapping

WRAPPING = Wrapping("audit-keys", "audit-key")


def key_open(row: Key) -> bytes:
    """The 32 bytes of ``row``. Raises SealError ``sealed.wrong_root_key`` or ``sealed.damaged``."""
    return WRAPPING.open(row.pk, bytes(row.wrapped), row.root_key_id)


def key_current() -> tuple[UUID, bytes]:
    """The newest key, made if there is none. Two that are made at once are both good."""
    row = Key.objects.order_by("-created_at", "pk").first() or _make()
    return row.pk, key_open(row)


def _make() -> Key:
    key_id = uuid4()
    wrapped, root_key_id = WRAPPING.wrap(key_id, os.urandom(32))
    return Key.objects.create(pk=key_id, wrapped=wrapped, root_key_id=root_key_id)


def keys_known() -> dict[UUID, bytes]:
    """Every key that opens, by its id."""
    found = {}
    for row in Key.objects.all():
        try:
            found[row.pk] = key_open(row)
        except sealing.SealError:
            continue  # whoever meets an entry of it says so
    return found
