"""Columns and typed cells that CSV and XLSX share. Nothing is added up here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from faceroster.reports.timesheets.sheets import DayFigures, PersonSheet, Totals
from faceroster.reports.timesheets.wording import local, remarks, status_text

#: A duration is a timedelta, a balance (which may be negative) a number of hours.
Cell = str | date | datetime | timedelta | Decimal | int | None


@dataclass(frozen=True, slots=True)
class Column:
    heading: str | Promise
    width: int


DAY_COLUMNS = (
    Column(_("Number"), 11),
    Column(_("Name"), 26),
    Column(_("Day"), 12),
    Column(_("Status"), 14),
    Column(_("Shift"), 18),
    Column(_("First in"), 17),
    Column(_("Last out"), 17),
    Column(_("Due"), 9),
    Column(_("Worked"), 9),
    Column(_("Break"), 9),
    Column(_("Overtime"), 10),
    Column(_("Weekly overtime"), 16),
    Column(_("Late"), 9),
    Column(_("Left early"), 11),
    Column(_("Credited"), 10),
    Column(_("Leave days"), 11),
    Column(_("Remarks"), 34),
    Column(_("Time zone"), 18),
)

TOTAL_COLUMNS = (
    Column(_("Number"), 11),
    Column(_("Name"), 26),
    Column(_("State"), 24),
    Column(_("Due"), 10),
    Column(_("Worked"), 10),
    Column(_("Credited"), 10),
    Column(_("Balance (hours)"), 16),
    Column(_("Break"), 10),
    Column(_("Overtime"), 10),
    Column(_("Weekly overtime"), 16),
    Column(_("Late"), 10),
    Column(_("Left early"), 11),
    Column(_("Days absent"), 12),
    Column(_("Leave days"), 11),
    Column(_("Days with a missed punch"), 24),
)


def _length(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


def hours(minutes: int) -> Decimal:
    """Minutes as hours, to a hundredth: a spreadsheet cannot show a negative duration."""
    return (Decimal(minutes) / 60).quantize(Decimal("0.01"))


def _naive(moment: datetime | None, zone: str) -> datetime | None:
    """By the clock on the wall: a spreadsheet's dates have no zone. Seconds are no part of a timesheet."""
    there = local(moment, zone)
    return there.replace(tzinfo=None, second=0, microsecond=0) if there else None


def day_cells(person: PersonSheet, day: DayFigures) -> tuple[Cell, ...]:
    """In the order of :data:`DAY_COLUMNS`."""
    return (
        person.who.number,
        person.who.name,
        day.day,
        status_text(day),
        day.shift_names,
        _naive(day.first_in, day.zone),
        _naive(day.last_out, day.zone),
        _length(day.due),
        _length(day.worked),
        _length(day.pause),
        _length(day.overtime),
        _length(day.weekly_overtime),
        _length(day.late),
        _length(day.early),
        _length(day.credited),
        day.leave_days,
        "; ".join(remarks(day)),
        day.zone,
    )


def total_cells(number: str, name: str, state: str, totals: Totals) -> tuple[Cell, ...]:
    """In the order of :data:`TOTAL_COLUMNS`."""
    return (
        number,
        name,
        state,
        _length(totals.due),
        _length(totals.worked),
        _length(totals.credited),
        hours(totals.balance),
        _length(totals.pause),
        _length(totals.overtime),
        _length(totals.weekly_overtime),
        _length(totals.late),
        _length(totals.early),
        totals.absent,
        totals.leave_days,
        totals.missed,
    )


def person_total_cells(person: PersonSheet) -> tuple[Cell, ...]:
    return total_cells(person.who.number, person.who.name, str(person.state.label), person.totals)


def days_of(people: tuple[PersonSheet, ...]) -> Iterator[tuple[PersonSheet, DayFigures]]:
    for person in people:
        for day in person.days:
            yield person, day
