"""Which working day a moment belongs to. A day begins at the site's own hour, in the site's own zone.

Days are 24 hours long except where the clocks change: then they have 23 or 25, or whatever the zone
says. Everything here goes by instants, so that no moment belongs to two days or to none.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from faceroster.people.models import Site

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


def day_start(day: date, site: Site) -> datetime:
    """The instant (UTC) at which ``day`` begins at ``site``.

    Where the clocks are put back over that hour, its first occurrence counts; where they are put
    forward over it, the first minute that exists.
    """
    wall = datetime.combine(day, site.day_starts_at)
    while True:
        moment = wall.replace(tzinfo=site.zone).astimezone(UTC)
        if moment.astimezone(site.zone).replace(tzinfo=None) == wall:
            return moment
        wall = wall.replace(second=0, microsecond=0) + _MINUTE


def day_window(day: date, site: Site) -> tuple[datetime, datetime]:
    """First instant of ``day`` at ``site`` and the first one after it, both UTC."""
    return day_start(day, site), day_start(day + _DAY, site)


def working_day(moment: datetime, site: Site) -> date:
    """The day that ``moment`` (aware) belongs to at ``site``.

    Before ``Site.day_starts_at`` it is still the day before, so a late evening stays one day.
    """
    today = moment.astimezone(site.zone).date()
    # Tomorrow is asked too: clocks put back over midnight show yesterday's date in a day that has begun.
    for day in (today + _DAY, today):
        if moment >= day_start(day, site):
            return day
    return today - _DAY
