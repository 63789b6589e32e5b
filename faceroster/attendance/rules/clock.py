"""Wall clocks and instants.

A shift begins and ends by the clock on the wall; how long something took goes by instants. A time that the
clocks skip is the first minute that exists after it; of one that comes twice the first counts.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=32768)
def instant(day: date, clock: time, zone: str) -> datetime:
    """The instant (UTC) at which the clocks of ``zone`` show ``clock`` on ``day``."""
    tz = ZoneInfo(zone)
    wall = datetime.combine(day, clock)
    while True:
        moment = wall.replace(tzinfo=tz).astimezone(UTC)
        if moment.astimezone(tz).replace(tzinfo=None) == wall:
            return moment
        wall = wall.replace(second=0, microsecond=0) + MINUTE


def minute(moment: datetime) -> datetime:
    """As it is shown, and so as it counts: without its seconds."""
    return moment.replace(second=0, microsecond=0)


def minutes(span: timedelta) -> int:
    return span.days * 1440 + span.seconds // 60
