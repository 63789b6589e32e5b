"""The tables of a report, made from sums. The page and the downloads take the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from faceroster.reports.charts.asked import Asked, Step
from faceroster.reports.charts.tables import Column, Series, Table, Value
from faceroster.reports.charts.totals import (
    DayTotals,
    PersonTotals,
    Totals,
    added,
    grouped,
    totals_by_day,
    totals_by_person,
)


@dataclass(frozen=True)
class Report:
    """Everything on the page. ``days``: how many there are; with none nothing is drawn."""

    asked: Asked
    total: Totals
    days: int
    tables: list[Table]

    @property
    def figures(self) -> list[tuple[str, str, str]]:
        """The tiles on top: name, figure, and what it is out of."""
        total = self.total
        overtime = total.overtime + total.weekly
        of_due = _("of %(hours)s h due") % {"hours": _whole_hours(total.due)}
        of_days = _("of days")
        return [
            (_("Worked"), _whole_hours(total.worked), of_due),
            (_("Overtime"), _whole_hours(overtime), _("h")),
            (_("Late"), _percent(total, total.late), of_days),
            (_("Absent"), _percent(total, total.absent), of_days),
            (_("On leave"), _percent(total, total.leave), of_days),
        ]


def report_for(user: object, question: Asked) -> Report:
    """The report that ``user`` asked for; ``asked`` has made sure that they may."""
    rows = totals_by_day(question)
    total = added(row.totals for row in rows)
    steps = _steps(question, rows)
    tables = [_hours(steps, total), _overtime(steps, total), _late(steps, total)]
    tables += [_weekdays(rows), _away(steps, total)]
    if question.months > 1:
        tables.append(_trend(rows))
    if len(question.chosen) > 1:
        tables.append(_departments(question, rows, total))
    if question.department is not None:
        people = totals_by_person(user, question, question.department)
        tables.append(_people(people, total))
    return Report(question, total, len(rows), tables)


def _whole_hours(minutes: int) -> str:
    return number_format(round(minutes / 60), force_grouping=True)


def _percent(totals: Totals, days: float) -> str:
    share = totals.share(days)
    return "–" if share is None else f"{number_format(round(share, 1), 1)} %"


@dataclass(frozen=True, slots=True)
class _Stretch:
    label: str
    first: date
    last: date
    totals: Totals

    @property
    def keys(self) -> tuple[str, str]:
        return self.first.isoformat(), self.last.isoformat()


_STEP_KEYS = ("first_day", "last_day")


def _steps(question: Asked, rows: Sequence[DayTotals]) -> list[_Stretch]:
    """From the first day asked for to the last that has any, without gaps."""
    if not rows:
        return []
    last = max(row.day for row in rows)
    sums = grouped(rows, lambda row: question.step.start(row.day))
    found = []
    for start, end in _cuts(question, last):
        label = _label(question.step, start, end)
        found.append(_Stretch(label, start, end, sums.get(question.step.start(start), Totals())))
    return found


def _cuts(question: Asked, last: date) -> Iterator[tuple[date, date]]:
    step, day = question.step, question.first.first
    while day <= last:
        after = day + timedelta(days=1)
        while step.start(after) == step.start(day):
            after += timedelta(days=1)
        yield day, min(after - timedelta(days=1), question.last.last)
        day = after


def _label(step: Step, first: date, last: date) -> str:
    if step is Step.MONTH:
        return date_format(first, "YEAR_MONTH_FORMAT")
    # Translators: how a day looks in a narrow table, as Django's date formats have it: Mon 3 Nov.
    form = _("D j M") if step is Step.DAY else _("j M")
    if first == last:
        return date_format(first, form)
    ends = {"first": date_format(first, form), "last": date_format(last, form)}
    return _("%(first)s – %(last)s") % ends


def _step_column() -> Column:
    return Column("step", _("When"), "text")


def _stepped(steps: Sequence[_Stretch], figures: Sequence[Sequence[Value]]) -> list[list[Value]]:
    return [[one.label, *row] for one, row in zip(steps, figures, strict=True)]


def _balance(totals: Totals) -> int:
    return totals.worked + totals.credited - totals.due


def _hours(steps: Sequence[_Stretch], total: Totals) -> Table:
    def figures(one: Totals) -> list[Value]:
        return [one.due, one.worked, one.credited, _balance(one)]

    return Table(
        "hours",
        _("Hours"),
        _("What was due, what was worked, and what counts as done: paid leave and holidays."),
        [
            _step_column(),
            Column("due", _("Due"), "hours"),
            Column("worked", _("Worked"), "hours"),
            Column("credited", _("Credited"), "hours"),
            Column("balance", _("Balance"), "hours"),
        ],
        _stepped(steps, [figures(one.totals) for one in steps]),
        [one.keys for one in steps],
        _STEP_KEYS,
        (Series(2, "solid", 1), Series(3, "hatched", 2), Series(1, "dashed", 5)),
        stacked=True,
        nothing=_("Nothing was due and nobody worked."),
        total=[_("All"), *figures(total)],
    )


def _overtime(steps: Sequence[_Stretch], total: Totals) -> Table:
    def figures(one: Totals) -> list[Value]:
        return [one.overtime, one.weekly, one.overtime + one.weekly]

    return Table(
        "overtime",
        _("Overtime"),
        _("Daily overtime, and what a week had on top of it."),
        [
            _step_column(),
            Column("daily_overtime", _("Daily"), "hours"),
            Column("weekly_overtime", _("Weekly"), "hours"),
            Column("overtime", _("Together"), "hours"),
        ],
        _stepped(steps, [figures(one.totals) for one in steps]),
        [one.keys for one in steps],
        _STEP_KEYS,
        (Series(1, "solid", 3), Series(2, "hatched", 4)),
        stacked=True,
        nothing=_("Nobody worked overtime."),
        total=[_("All"), *figures(total)],
    )


def _average(totals: Totals) -> float | None:
    return totals.late_minutes / totals.late if totals.late else None


def _late(steps: Sequence[_Stretch], total: Totals) -> Table:
    def figures(one: Totals) -> list[Value]:
        return [one.late, one.late_minutes, _average(one), one.share(one.late)]

    return Table(
        "late",
        _("Lateness"),
        _("Days on which somebody came late and nobody excused it."),
        [
            _step_column(),
            Column("late", _("Late days"), "days"),
            Column("late", _("Minutes"), "minutes"),
            Column("average", _("Minutes each"), "minutes"),
            Column("late", _("Late %"), "percent"),
        ],
        _stepped(steps, [figures(one.totals) for one in steps]),
        [one.keys for one in steps],
        _STEP_KEYS,
        (Series(1, "solid", 4),),
        nothing=_("Nobody came late."),
        total=[_("All"), *figures(total)],
    )


def _weekdays(rows: Sequence[DayTotals]) -> Table:
    sums = grouped(rows, lambda row: row.day.weekday())
    days = sorted(day for day, totals in sums.items() if totals.expected or totals.late)
    return Table(
        "weekdays",
        _("Lateness by weekday"),
        _("How many of the days on which somebody was expected began late."),
        [
            Column("weekday", _("Weekday"), "text"),
            Column("late", _("Late %"), "percent"),
            Column("late", _("Late days"), "days"),
            Column("late", _("Minutes"), "minutes"),
            Column("average", _("Minutes each"), "minutes"),
        ],
        [
            [str(WEEKDAYS[day]), one.share(one.late), one.late, one.late_minutes, _average(one)]
            for day, one in ((day, sums[day]) for day in days)
        ],
        [(str(day + 1),) for day in days],
        ("iso_weekday",),
        (Series(1, "dotted", 4),),
        nothing=_("Nobody came late."),
    )


def _away(steps: Sequence[_Stretch], total: Totals) -> Table:
    def figures(one: Totals) -> list[Value]:
        return [one.absent, one.share(one.absent), one.leave, one.share(one.leave)]

    return Table(
        "away",
        _("Absence and leave"),
        _("Of all days on which somebody was expected: absent without leave, and on leave."),
        [
            _step_column(),
            Column("absent", _("Absent"), "days"),
            Column("absent", _("Absent %"), "percent"),
            Column("leave", _("Leave"), "days"),
            Column("leave", _("Leave %"), "percent"),
        ],
        _stepped(steps, [figures(one.totals) for one in steps]),
        [one.keys for one in steps],
        _STEP_KEYS,
        (Series(2, "solid", 4), Series(4, "hatched", 2)),
        stacked=True,
        nothing=_("Nobody was absent or on leave."),
        total=[_("All"), *figures(total)],
    )


def _shares(one: Totals) -> list[Value]:
    overtime = one.overtime + one.weekly
    part = 100 * overtime / one.worked if one.worked else None
    return [part, one.share(one.late), one.share(one.absent), one.share(one.leave)]


def _share_columns() -> list[Column]:
    return [
        Column("overtime", _("Overtime %"), "percent"),
        Column("late", _("Late %"), "percent"),
        Column("absent", _("Absent %"), "percent"),
        Column("leave", _("Leave %"), "percent"),
    ]


def _trend(rows: Sequence[DayTotals]) -> Table:
    sums = dict(sorted(grouped(rows, lambda row: Step.MONTH.start(row.day)).items()))
    return Table(
        "trend",
        _("Month by month"),
        _("Overtime in percent of the hours worked, the others of the days on which somebody was expected."),
        [Column("month", _("Month"), "text"), *_share_columns()],
        [[date_format(first, "YEAR_MONTH_FORMAT"), *_shares(one)] for first, one in sums.items()],
        [(f"{first:%Y-%m}",) for first in sums],
        ("month",),
        (Series(1, "line", 3), Series(2, "dashed", 4), Series(3, "chain", 5), Series(4, "fine", 2)),
        nothing=_("There was nothing to compare."),
    )


def _departments(question: Asked, rows: Sequence[DayTotals], total: Totals) -> Table:
    sums = grouped(rows, lambda row: row.department)
    there = [one for one in question.chosen if one.pk in sums]
    several = len({one.site_id for one in there}) > 1
    names = [f"{one.name}, {one.site.name}" if several else one.name for one in there]

    def figures(one: Totals) -> list[Value]:
        return [one.due, one.worked, *_shares(one)]

    return Table(
        "departments",
        _("Departments"),
        _("By name. Overtime in percent of the hours worked, the others of the days."),
        [
            Column("department", _("Department"), "text"),
            Column("due", _("Due"), "hours"),
            Column("worked", _("Worked"), "hours"),
            *_share_columns(),
        ],
        [[name, *figures(sums[one.pk])] for name, one in zip(names, there, strict=True)],
        [(one.name, one.site.name) for one in there],
        ("department", "site"),
        (Series(2, "solid", 1), Series(1, "hatched", 5)),
        lying=True,
        nothing=_("Nothing was due and nobody worked."),
        total=[_("All"), *figures(total)],
    )


def _people(people: Sequence[PersonTotals], total: Totals) -> Table:
    def figures(one: Totals) -> list[Value]:
        overtime = one.overtime + one.weekly
        return [one.due, one.worked, one.credited, _balance(one), overtime, one.late, one.absent, one.leave]

    moved = _("People who have moved on to another department")
    return Table(
        "people",
        _("People"),
        _("By name."),
        [
            Column("person", _("Person"), "text"),
            Column("due", _("Due"), "hours"),
            Column("worked", _("Worked"), "hours"),
            Column("credited", _("Credited"), "hours"),
            Column("balance", _("Balance"), "hours"),
            Column("overtime", _("Overtime"), "hours"),
            Column("late", _("Late days"), "days"),
            Column("absent", _("Absent"), "days"),
            Column("leave", _("Leave"), "days"),
        ],
        [[one.person.name if one.person else moved, *figures(one.totals)] for one in people],
        [(one.person.employee_number, one.person.name) if one.person else ("", moved) for one in people],
        ("employee_number", "name"),
        nothing=_("Nobody was in this department."),
        total=[_("All"), *figures(total)],
    )
