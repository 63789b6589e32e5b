"""Pictures on their way from a web process to a worker: sealed, short-lived, taken once."""

from __future__ import annotations

import secrets

from django.core.cache import cache

from faceroster.core.errors import Unavailable
from faceroster.trust import sealing

_SECONDS = 20


def probe_put(data: bytes) -> str:
    """Keep ``data`` for a few seconds, sealed; returns the id to send with the work."""
    probe_id = secrets.token_urlsafe(18)
    cache.set(
        f"probe:{probe_id}",
        sealing.seal(sealing.derived_key("probes"), data, context=f"probe|{probe_id}"),
        timeout=_SECONDS,
    )
    return probe_id


def probe_take(probe_id: str) -> bytes:
    """The picture, which is gone afterwards. Raises Unavailable ``probe.expired`` when it was too late."""
    blob = cache.get(f"probe:{probe_id}")
    cache.delete(f"probe:{probe_id}")
    if blob is None:
        raise Unavailable("probe.expired", "The picture waited too long. Please try again.")
    return sealing.unseal(sealing.derived_key("probes"), blob, context=f"probe|{probe_id}")
