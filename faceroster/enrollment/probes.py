"""Pictures on their way from a web process to a worker: sealed, short-lived, taken once."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from faceroster.core.errors import Unavailable
from faceroster.trust import sealing

_PURPOSE = "probes"

_SECONDS = 20


@contextmanager
def _cache_needed() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise Unavailable("worker.unreachable", _("The recogniser does not answer just now.")) from error


def probe_put(data: bytes, *, seconds: int = _SECONDS) -> str:
    """Keep ``data`` for some ``seconds``, sealed; returns the id to send with the work.

    Raises:
        Unavailable: ``worker.unreachable``, when the cache does not answer.
    """
    probe_id = secrets.token_urlsafe(18)
    blob = sealing.seal_passing(_PURPOSE, data, context=f"probe|{probe_id}")
    with _cache_needed():
        cache.set(f"probe:{probe_id}", blob, timeout=seconds)
    return probe_id


@contextmanager
def probe_lent(data: bytes) -> Iterator[str]:
    """Like :func:`probe_put`, for as long as the block runs: nothing stays when no worker comes for it."""
    probe_id = probe_put(data)
    try:
        yield probe_id
    finally:
        with _cache_needed():
            cache.delete(f"probe:{probe_id}")


def probe_take(probe_id: str) -> bytes:
    """The picture, which is gone afterwards.

    Raises:
        Unavailable: ``probe.expired`` when it was too late, ``worker.unreachable``.
    """
    with _cache_needed():
        blob = cache.get(f"probe:{probe_id}")
        cache.delete(f"probe:{probe_id}")
    if blob is None:
        raise Unavailable("probe.expired", _("The picture waited too long. Please try again."))
    return sealing.unseal_passing(_PURPOSE, blob, context=f"probe|{probe_id}")
