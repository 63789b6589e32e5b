"""Somebody's shifts, holidays and leave for calendar programs (RFC 5545), and the addresses of them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from faceroster.people.models import Person
from faceroster.rosters.clock import today_at
from faceroster.rosters.models import CalendarFeed, DayPart, LeaveRequest, ShiftVersion
from faceroster.rosters.plans import Plan, plans_of

_DAY = timedelta(days=1)
_BACK, _AHEAD = 31 * _DAY, 184 * _DAY


@transaction.atomic
def calendar_feed_create(*, person: Person) -> str:
    """A new secret for the address of ``person``'s calendar; the one before stops working.

    It is told once, here, and cannot be read again.
    """
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.filter(person=person).delete()
    CalendarFeed.objects.create(person=person, digest=_digest(secret))
    return secret


def calendar_feed_revoke(*, person: Person) -> None:
    """The address of ``person``'s calendar stops working."""
    CalendarFeed.objects.filter(person=person).delete()


def person_of_feed(secret: str) -> Person | None:
    """Whose calendar it is, while they are active."""
    people = Person.objects.select_related("department__site")
    return people.filter(calendar_feed__digest=_digest(secret), active=True).first()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def shift_times(version: ShiftVersion, day: date) -> tuple[datetime, datetime]:
    """The instants, in UTC, between which the shift of ``day`` lies by the clock on its site's wall."""
    zone = ZoneInfo(version.shift.site.timezone)
    last = day if version.ends > version.starts else day + _DAY
    return _instant(day, version.starts, zone), _instant(last, version.ends, zone)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def calendar_of(person: Person) -> bytes:
    """``person``'s past month and the half year ahead as an iCalendar file.

    A shift on a holiday, or on a day of leave, is left out: it is not worked.
    """
    today = today_at(person.department.site)
    plans = plans_of([person], first=today - _BACK, last=today + _AHEAD)
    calendar = Calendar()
    calendar.add("prodid", "-//FaceRoster//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", person.name)
    leave: dict[LeaveRequest, None] = {}
    for (_who, day), plan in plans.items():
        if plan.employed:
            _add_day(calendar, person, day, plan)
            leave.update(dict.fromkeys(plan.leave))
    for row in leave:
        name = row.kind.name if row.part == DayPart.WHOLE else f"{row.kind.name} ({row.get_part_display()})"
        _add(calendar, f"leave-{row.pk}", name, row.first, row.last + _DAY, row.decided_at or row.created_at)
    return calendar.to_ical()


def _add_day(calendar: Calendar, person: Person, day: date, plan: Plan) -> None:
    if plan.holiday:
        stamp = datetime.combine(day, time(), UTC)
        _add(calendar, f"holiday-{person.pk}-{day:%Y%m%d}", plan.holiday, day, day + _DAY, stamp)
    elif plan.leave_days < 1:
        for version in plan.shifts:
            begins, ends = shift_times(version, day)
            uid = f"shift-{person.pk}-{day:%Y%m%d}-{version.shift_id}"
            event = _add(calendar, uid, version.shift.name, begins, ends, version.created_at)
            event.add("location", version.shift.site.name)
            if version.flexible:
                event.add("description", _("Flexible hours"))


def _add(calendar: Calendar, uid: str, name: str, begins: date, ends: date, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", f"{uid}@faceroster")
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", begins)
    event.add("dtend", ends)
    event.add("summary", name)
    if not isinstance(begins, datetime):
        event.add("transp", "TRANSPARENT")
    calendar.add_component(event)
    return event
