"""A day's rows are there soon after it begins, and say what became of it soon after it ends.

So that every page reads rows and computes nothing. Time alone makes no event: a beat calls this.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from faceroster.attendance.days import day_start, working_day
from faceroster.attendance.models import DayStatus, Workday
from faceroster.attendance.workdays import workdays_compute
from faceroster.people.models import Person, Site
from faceroster.rosters.models import ShiftVersion

_DAY = timedelta(days=1)
#: Rows of days on which nothing ran (the machine was off) are made up for no longer than this.
_MADE_UP_FOR = timedelta(days=31)
_UNSETTLED = (DayStatus.AHEAD, DayStatus.RUNNING)


def days_open() -> int:
    """Make the rows that are missing, and settle those over which a shift or a day has ended since.

    Returns how many rows were written. Cheap where there is nothing to do, and safe to run twice.
    """
    now = timezone.now()
    return sum(_rows_make(site, now) + _rows_settle(site, now) for site in Site.objects.all())


def _rows_make(site: Site, now: datetime) -> int:
    today = working_day(now, site)
    missing = (
        Person.objects.filter(department__site=site, active=True)
        .filter(Q(joined_on__isnull=True) | Q(joined_on__lte=today))
        .filter(Q(left_on__isnull=True) | Q(left_on__gte=today))
        .filter(~Exists(Workday.objects.filter(person=OuterRef("pk"), day=today)))
        .order_by()
        .annotate(until=Max("workdays__day", filter=Q(workdays__day__lt=today)))
    )
    spans: dict[date, list[UUID]] = {}
    for person_id, until in missing.values_list("pk", "until"):
        first = max(until + _DAY, today - _MADE_UP_FOR) if until else today
        spans.setdefault(first, []).append(person_id)
    return sum(
        workdays_compute(person_ids=ids, first=first, last=today, now=now) for first, ids in spans.items()
    )


def _rows_settle(site: Site, now: datetime) -> int:
    today = working_day(now, site)
    begun = day_start(today, site)
    rows = Workday.objects.filter(
        site=site, day__range=(today - _MADE_UP_FOR, today), status__in=_UNSETTLED, period__isnull=True
    )
    due = Q(expected_start__lte=now, computed_at__lt=F("expected_start"))
    due |= Q(day__lt=today, computed_at__lt=begun)
    for closes in _closings():
        due |= Q(
            expected_end__lte=now - timedelta(minutes=closes),
            computed_at__lt=F("expected_end") + timedelta(minutes=closes),
        )
    found = rows.filter(due)
    written = 0
    for day in sorted(set(found.order_by().values_list("day", flat=True))):
        ids = list(found.filter(day=day).order_by().values_list("person_id", flat=True))
        written += workdays_compute(person_ids=ids, first=day, last=day, now=now)
        _looked_at(rows.filter(day=day, person__in=ids), now)
    return written


def _closings() -> list[int]:
    """How long after their end shifts are closed: the few values that are in use, and the end itself.

    The last minute still takes punches, so that a row computed in it must be looked at once more.
    """
    values = ShiftVersion.objects.order_by().values_list("closes_minutes", flat=True).distinct()
    return sorted({0, *(closes + 1 for closes in values)})


def _looked_at(rows: QuerySet[Workday], now: datetime) -> None:
    """Those that are still what they were are not looked at again before the next moment of theirs."""
    rows.update(computed_at=now)
