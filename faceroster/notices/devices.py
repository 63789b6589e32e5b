"""What administrators are told of kiosks: fallen silent when somebody would want them, back, or trusted."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from faceroster.attendance.models import DayStatus, Workday
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.presence import counts_store
from faceroster.notices.choices import administrators_for
from faceroster.notices.models import Event, Notice
from faceroster.notices.services import notice_tell
from faceroster.people.models import Site
from faceroster.rosters.models import Holiday
from faceroster.trust.rights import may

#: Where no shifts are known, somebody may come between these hours of the site's clock, but for holidays.
OPENS, CLOSES = time(6), time(20)
#: Shifts are known when anybody of the site has one within so many days.
_KNOWN = timedelta(days=14)
_NOT_AT_WORK = (DayStatus.LEAVE, DayStatus.HOLIDAY, DayStatus.NONE)

_WATCH = "notices.devices.watch"
#: A watch that did not look for longer begins anew: kiosks cannot be heard of by a server that was down.
_PAUSE = timedelta(minutes=3)


def silence_tell(*, now: datetime) -> int:
    """Tell of kiosks that fell silent within working hours, and of those that are back. Returns how many."""
    for key in Kiosk.objects.filter(status=KioskStatus.ACTIVE).values_list("pk", flat=True):
        counts_store(kiosk_id=key)  # of those that were only refused, too
    return _fallen_silent(now) + _back(now)


def key_trusted_tell(kiosk: Kiosk) -> Notice | None:
    """Tell that a kiosk from before there were keys brought its first, and nobody saw from which device."""
    return _tell(Event.KIOSK_KEY, kiosk, kiosk.key_on_trust_at)


def working_hours(site: Site, moment: datetime) -> bool:
    """Whether somebody of ``site`` is at work by their shift at ``moment``.

    Of a site without shifts: whether it is between six and eight in the evening on a day that is no holiday.
    """
    rows = Workday.objects.filter(site=site, expected_start__isnull=False)
    day = moment.date()
    if rows.filter(day__range=(day - _KNOWN, day + _KNOWN)).exists():
        near = rows.filter(day__range=(day - timedelta(days=2), day + timedelta(days=1)))
        at_work = near.filter(expected_start__lte=moment, expected_end__gte=moment)
        return at_work.exclude(status__in=_NOT_AT_WORK).exists()
    local = moment.astimezone(ZoneInfo(site.timezone))
    if not OPENS <= local.time() < CLOSES:
        return False
    return not Holiday.objects.filter(site=site, day=local.date(), dropped=False).exists()


def silent_kiosks(now: datetime) -> list[Kiosk]:
    """Active kiosks that were not heard of for FACEROSTER["KIOSK_SILENT_MINUTES"], whatever the hour."""
    limit = now - silent_after()
    return list(
        Kiosk.objects.filter(status=KioskStatus.ACTIVE, site__isnull=False)
        .annotate(heard=Coalesce("last_seen_at", "paired_at"))
        .filter(Q(heard__lt=limit) | Q(heard__isnull=True))
        .select_related("site")
        .order_by("name", "pk")
    )


def kiosks_missed(user: object) -> list[Kiosk]:
    """Kiosks that were told of as silent and are not back, for whoever may see kiosks; else none."""
    if not may(user, "kiosks.view_kiosk"):
        return []
    rows = Kiosk.objects.filter(status=KioskStatus.ACTIVE, silence_told_at__isnull=False)
    return list(rows.select_related("site").order_by("name", "pk"))


def silent_after() -> timedelta:
    return timedelta(minutes=settings.FACEROSTER["KIOSK_SILENT_MINUTES"])


def _watching_since(now: datetime) -> datetime:
    """Since when this watch has been looking without a pause."""
    since, last = cache.get(_WATCH) or (now, now)
    if now - last > _PAUSE:
        since = now
    cache.set(_WATCH, (since, now), timeout=24 * 3600)
    return since


def _fallen_silent(now: datetime) -> int:
    limit = now - silent_after()
    if _watching_since(now) > limit:
        return 0
    told = 0
    for kiosk in silent_kiosks(now):
        site = kiosk.site
        # For all of that time, or every kiosk that is switched off at night would be missed at six sharp.
        if kiosk.silence_told_at or site is None:
            continue
        if working_hours(site, now) and working_hours(site, limit):
            told += _tell(Event.KIOSK_SILENT, kiosk, kiosk.last_seen_at) is not None
            Kiosk.objects.filter(pk=kiosk.pk).update(silence_told_at=now)
    return told


def _back(now: datetime) -> int:
    told = 0
    for kiosk in Kiosk.objects.filter(
        status=KioskStatus.ACTIVE, last_seen_at__gt=F("silence_told_at")
    ).select_related("site"):
        told += _tell(Event.KIOSK_BACK, kiosk, kiosk.silence_told_at) is not None
        Kiosk.objects.filter(pk=kiosk.pk).update(silence_told_at=None)
    return told


def _tell(event: str, kiosk: Kiosk, since: datetime | None) -> Notice | None:
    site = kiosk.site
    payload: dict[str, Any] = {"kiosk": {"id": str(kiosk.pk), "name": kiosk.name}}
    if site is not None:
        payload["site"] = {"id": str(site.pk), "name": site.name}
        if kiosk.last_seen_at is not None:
            local = kiosk.last_seen_at.astimezone(ZoneInfo(site.timezone))
            payload["last_seen"] = local.isoformat(timespec="seconds")
    return notice_tell(
        event=event,
        key=f"{event}:{kiosk.pk}:{since.timestamp() if since else 0:.0f}",
        payload=payload,
        users=administrators_for(event),
    )
