"""How often something may be tried, counted in the cache that all web processes share."""

from __future__ import annotations

from contextlib import suppress

from django.core.cache import cache

from faceroster.core.errors import FaceRosterError


class TooMany(FaceRosterError):
    """Tried too often; waiting helps."""

    status = 429


def attempts_count(name: str) -> int:
    """How many attempts of ``name`` count at present."""
    return int(cache.get(f"limit:{name}", 0))


def attempt_add(name: str, *, seconds: int) -> int:
    """Count one more attempt; all of them are forgotten ``seconds`` after the first."""
    cache.add(f"limit:{name}", 0, timeout=seconds)
    try:
        return cache.incr(f"limit:{name}")
    except ValueError:  # it ran out between the two lines: this is the first of a new time
        cache.set(f"limit:{name}", 1, timeout=seconds)
        return 1


def attempt_undo(name: str) -> None:
    """It was done right: this one does not count."""
    with suppress(ValueError):
        cache.decr(f"limit:{name}")


def attempts_forget(name: str) -> None:
    """Begin anew: it was done right."""
    cache.delete(f"limit:{name}")
