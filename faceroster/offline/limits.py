"""How much a kiosk may take while the server is away, and how long that is believed."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

#: A clock that is further off than this is told of.
SKEW = timedelta(minutes=2)
#: A payload that could not be judged by then is deleted all the same.
KEPT_FOR = timedelta(days=14)
#: Entries in one request, and the bytes of the whole.
BATCH, BATCH_BYTES = 20, 6 * 1024 * 1024


def most_entries() -> int:
    """So many entries may wait on one device."""
    return int(settings.FACEROSTER.get("OFFLINE_ENTRIES", 200))


def most_age() -> timedelta:
    """An entry that is older when it comes is not recorded by itself, and no device goes on for longer."""
    return timedelta(hours=int(settings.FACEROSTER.get("OFFLINE_HOURS", 72)))


def as_json() -> dict[str, int]:
    """For the device. ``seconds``: how long it may go on without the server."""
    return {"most": most_entries(), "seconds": int(most_age().total_seconds()), "batch": BATCH // 2}
