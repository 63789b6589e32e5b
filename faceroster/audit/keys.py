"""The keys that the chain is sealed with: random, in the database, wrapped by the root key.

Who can write the database and lacks the root key can make no entry that fits. A new root key wraps them anew
(:func:`keys_rewrap`): what was sealed stays as it is, and goes on fitting.
"""

from __future__ import annotations

import os
from functools import lru_cache
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from faceroster.audit.models import Key
from faceroster.trust import sealing

_PURPOSE = "audit-keys"


def _context(key_id: UUID) -> str:
    return f"audit-key|{key_id}"


@lru_cache(maxsize=16)
def _opened(key_id: UUID, wrapped: bytes, wrapping: bytes) -> bytes:
    return sealing.unseal(wrapping, wrapped, context=_context(key_id))


def key_open(row: Key) -> bytes:
    """The 32 bytes of ``row``. Raises SealError ``sealed.wrong_root_key`` or ``sealed.damaged``."""
    if row.root_key_id != sealing.root_key_id():
        raise sealing.SealError(
            "sealed.wrong_root_key", _("The audit key was sealed under another root key.")
        )
    return _opened(row.pk, bytes(row.wrapped), sealing.derived_key(_PURPOSE))


def key_current() -> tuple[UUID, bytes]:
    """The newest key, made if there is none. Two that are made at once are both good."""
    row = Key.objects.order_by("-created_at", "pk").first() or _make()
    return row.pk, key_open(row)


def _make() -> Key:
    key_id = uuid4()
    wrapped = sealing.seal(sealing.derived_key(_PURPOSE), os.urandom(32), context=_context(key_id))
    return Key.objects.create(pk=key_id, wrapped=wrapped, root_key_id=sealing.root_key_id())


def keys_known() -> dict[UUID, bytes]:
    """Every key that opens, by its id."""
    found = {}
    for row in Key.objects.all():
        try:
            found[row.pk] = key_open(row)
        except sealing.SealError:
            continue  # whoever meets an entry of it says so
    return found


@transaction.atomic
def keys_rewrap(*, before: bytes, after: bytes, after_id: str) -> int:
    """Wrap every key of the root key whose derived key is ``before`` under ``after``. Returns how many.

    Args:
        before, after: What :func:`sealing.derived_key` gives for ``audit-keys`` under either root key.
        after_id: :func:`sealing.root_key_id` of the new one.
    """
    count = 0
    for row in Key.objects.select_for_update().exclude(root_key_id=after_id):
        plain = sealing.unseal(before, bytes(row.wrapped), context=_context(row.pk))
        row.wrapped = sealing.seal(after, plain, context=_context(row.pk))
        row.root_key_id = after_id
        row.save(update_fields=["wrapped", "root_key_id"])
        count += 1
    return count
