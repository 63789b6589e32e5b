"""What kiosks took without the server and somebody should look at: told to those who decide about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from faceroster.notices.choices import managers_at, managers_for
from faceroster.notices.models import Event
from faceroster.notices.services import notice_tell
from faceroster.notices.telling import of_department
from faceroster.offline.models import OfflineEntry, Status
from faceroster.offline.selectors import open_entries

#: A kiosk that was away brings much at once. While some of it waits to be judged, for as long as this at
#: most, nobody is told: one mail says it all.
_TOGETHER = timedelta(minutes=10)
#: So many at a time; the next minute brings the rest.
_AT_A_TIME = 500

_Group = tuple[UUID, UUID, UUID | None]


def entries_tell(*, now: datetime) -> int:
    """Tell of every entry that is put before a person, once, with the others of its kiosk and department.

    Returns how many notices that made. No notice says whose the entries are: that is on their page.
    """
    rows = open_entries(OfflineEntry.objects.filter(told_at__isnull=True)).exclude(status=Status.WAITING)
    coming = OfflineEntry.objects.filter(status=Status.WAITING, created_at__gt=now - _TOGETHER)
    rows = rows.exclude(kiosk__in=coming.order_by().values("kiosk"))
    rows = rows.select_related("kiosk", "site", "person__department__site").defer("sealed")
    groups: dict[_Group, list[OfflineEntry]] = {}
    for row in rows.order_by("at", "pk")[:_AT_A_TIME]:
        department = row.person.department_id if row.person else None
        groups.setdefault((row.kiosk_id, row.site_id, department), []).append(row)
    return sum(_tell(group, now) for group in groups.values())


def _tell(entries: list[OfflineEntry], now: datetime) -> bool:
    """One notice of ``entries``, of one kiosk and department. False if somebody else has told them."""
    first, event = entries[0], Event.OFFLINE_ENTRIES
    department = first.person.department if first.person else None
    keys = [entry.pk for entry in entries]
    with transaction.atomic():
        # Of two that look at once, the one that changes the rows tells.
        if not OfflineEntry.objects.filter(pk__in=keys, told_at__isnull=True).update(told_at=now):
            return False
        payload = {
            "kiosk": {"id": str(first.kiosk_id), "name": first.kiosk.name},
            "site": {"id": str(first.site_id), "name": first.site.name},
            "count": len(entries),
            "flags": _flags(entries),
        }
        if department is not None:
            payload["department"] = of_department(department)
        notice = notice_tell(
            event=event,
            key=f"{event}:{first.pk}:{now.timestamp():.0f}",
            payload=payload,
            users=managers_for(event, department) if department else managers_at(event, first.site),
            department=department,
        )
    return notice is not None


def _flags(entries: Iterable[OfflineEntry]) -> list[str]:
    return sorted({flag for entry in entries for flag in entry.flags})
