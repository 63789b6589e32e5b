"""Periods for tests."""

from __future__ import annotations

from datetime import date

from faceroster.attendance.models import Period, PeriodStatus
from faceroster.people.models import Department


def make_period(department: Department, first: date, last: date | None = None) -> Period:
    return Period.objects.create(department=department, first=first, last=last or first)


def closed_by_hand(department: Department, first: date, last: date | None = None) -> Period:
    """A closed period as far as a guard looks, without rows or seals."""
    period = make_period(department, first, last)
    period.status, period.digest = PeriodStatus.CLOSED, "0" * 64
    period.save()
    return period
