"""A key for each purpose that outlives a moment: random, in the database, wrapped by the root key.

They stay what they are when the root key changes, so that PINs go on fitting and stored files go on opening.
"""

from __future__ import annotations

import os

from faceroster.trust.models import PurposeKey
from faceroster.trust.wrapping import PURPOSES

#: Each is made when the database is, so that no request is the first and rolls it back again.
LASTING = (
    "emotion-marks",
    "emotion-tally",
    "enrolment-codes",
    "erasures",
    "exports",
    "imports",
    "index-rotation",
    "offline",
    "pass-tries",
    "photo-digest",
    "pins",
    "second-steps",
    "webhook-secrets",
)


def purpose_key(purpose: str) -> bytes:
    """The 32 bytes of one of ``LASTING``.

    Raises:
        SealError: ``sealed.wrong_root_key`` or ``sealed.damaged``.
    """
    if purpose not in LASTING:
        raise ValueError(f"no such purpose: {purpose}")
    row = PurposeKey.objects.filter(pk=purpose).first() or _made(purpose)
    return PURPOSES.open(row.pk, bytes(row.wrapped), row.root_key_id)


def purpose_keys_make() -> None:
    """Make those that are missing. Needs the root key."""
    there = set(PurposeKey.objects.values_list("pk", flat=True))
    for purpose in LASTING:
        if purpose not in there:
            _made(purpose)


def _made(purpose: str) -> PurposeKey:
    wrapped, root_key_id = PURPOSES.wrap(purpose, os.urandom(32))
    # Of two that make it at once the first one's counts.
    return PurposeKey.objects.get_or_create(
        pk=purpose, defaults={"wrapped": wrapped, "root_key_id": root_key_id}
    )[0]
