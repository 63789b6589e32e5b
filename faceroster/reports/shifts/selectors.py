"""Looking at what a version of a shift that is not stored would do to days that are over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.attendance.models import Due, Period, Workday
from faceroster.attendance.previews import DayDiff, workdays_preview
from faceroster.core.errors import InvalidInput
from faceroster.reports.timesheets.wording import month_text
from faceroster.rosters.clock import today_at
from faceroster.rosters.models import ShiftVersion
from faceroster.rosters.shifts import people_working

_DAY = timedelta(days=1)
#: A night may move a punch to the day before, and weekly overtime what comes later in the week.
_BEFORE, _AFTER = _DAY, 7 * _DAY
#: So many days of people are looked at while somebody waits for the page.
LIMIT = 20_000


@dataclass(frozen=True)
class ClosedDays:
    """Days of a closed period that stay as they are."""

    period: Period
    month: str
    days: int


@dataclass(frozen=True)
class Scope:
    """The days that a version would be in force and that are over, and who works the shift on any of them.

    ``last``: yesterday, or the day before a later version is in force. ``ends``: the latter alone.
    """

    people: list[UUID]
    first: date
    last: date
    ends: date | None

    @property
    def looked_at(self) -> int:
        """Days of people."""
        return len(self.people) * ((self.last - self.first).days + 1)

    @property
    def too_many(self) -> bool:
        return self.looked_at > LIMIT


def scope_of(version: ShiftVersion) -> Scope:
    """
    Raises:
        InvalidInput: ``shift.before_first``: there are no rules on the version's first day to compare with.
    """
    first, shift = version.effective_from, version.shift
    versions = shift.versions.order_by("effective_from")
    earliest = versions.first()
    if earliest is None or first < earliest.effective_from:
        raise InvalidInput(
            "shift.before_first",
            _("The shift has no rules so early. Choose a day from which it has had rules already."),
        )
    later = versions.filter(effective_from__gt=first).first()
    ends = later.effective_from - _DAY if later else None
    last = today_at(shift.site) - _DAY
    last = min(last, ends) if ends else last
    return Scope(people_working([shift], first=first, last=last), first, last, ends)


def diffs_of(version: ShiftVersion, scope: Scope) -> list[DayDiff]:
    """Every day that is over and would change. Today's figures still come and go, so they are left out."""
    last = min(scope.last + _AFTER, today_at(version.shift.site) - _DAY)
    return workdays_preview(
        person_ids=scope.people,
        first=scope.first - _BEFORE,
        last=last,
        now=timezone.now(),
        extra=version,
    )


def closed_days(scope: Scope) -> list[ClosedDays]:
    """The closed periods that hold days of these people, with how many."""
    sealed = Workday.objects.filter(
        person__in=scope.people, day__range=(scope.first, scope.last), period__isnull=False
    )
    days = dict(sealed.order_by().values("period").annotate(days=Count("pk")).values_list("period", "days"))
    periods = Period.objects.filter(pk__in=days).select_related("department")
    return [
        ClosedDays(period, month_text(period.first), days[period.pk])
        for period in periods.order_by("first", "department__name")
    ]


def waits(scope: Scope) -> bool:
    """Whether some of the days are to be computed anyway."""
    return Due.objects.filter(person__in=scope.people, day__range=(scope.first, scope.last)).exists()
