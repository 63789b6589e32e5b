"""How a day's figures and their changes are called and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.attendance.models import DayStatus
from faceroster.attendance.previews import DayDiff, FieldChange
from faceroster.people.models import Person
from faceroster.reports.timesheets.wording import days_text, local, minutes_text, signed_text

_STATUS = dict(DayStatus.choices)


def _signed_days(days: Decimal | int) -> str:
    text = days_text(abs(Decimal(days)))
    return f"+{text}" if days > 0 else f"\u2212{text}" if days < 0 else text


@dataclass(frozen=True)
class _Kind:
    """``text`` and ``signed`` write a sum and a difference; without them a figure is not summed up."""

    text: Callable[[Any], str] | None = None
    signed: Callable[[Any], str] | None = None


_MINUTES = _Kind(minutes_text, signed_text)
_DAYS = _Kind(days_text, _signed_days)
_FLAG = _Kind(days_text, _signed_days)
_OTHER = _Kind()

#: In the order of the page. What is not here follows from what is.
_FIGURES: dict[str, tuple[str | Promise, _Kind]] = {
    "status": (gettext_lazy("Day"), _OTHER),
    "shift_names": (gettext_lazy("Shift"), _OTHER),
    "expected_start": (gettext_lazy("Start"), _OTHER),
    "expected_end": (gettext_lazy("End"), _OTHER),
    "late_from": (gettext_lazy("Late from"), _OTHER),
    "first_in": (gettext_lazy("First in"), _OTHER),
    "last_out": (gettext_lazy("Last out"), _OTHER),
    "due_minutes": (gettext_lazy("Due"), _MINUTES),
    "worked_minutes": (gettext_lazy("Worked"), _MINUTES),
    "break_minutes": (gettext_lazy("Break"), _MINUTES),
    "overtime_minutes": (gettext_lazy("Overtime"), _MINUTES),
    "weekly_overtime_minutes": (gettext_lazy("Weekly overtime"), _MINUTES),
    "late_minutes": (gettext_lazy("Late"), _MINUTES),
    "early_minutes": (gettext_lazy("Left early"), _MINUTES),
    "credited_minutes": (gettext_lazy("Credited"), _MINUTES),
    "leave_days": (gettext_lazy("Leave"), _DAYS),
    "absent": (gettext_lazy("Absent"), _FLAG),
    "missed_in": (gettext_lazy("Missed check-in"), _FLAG),
    "missed_out": (gettext_lazy("Missed check-out"), _FLAG),
    "filled": (gettext_lazy("Filled in by rule"), _FLAG),
    "excused": (gettext_lazy("Excused"), _FLAG),
    "corrected": (gettext_lazy("Corrected"), _FLAG),
    "site_id": (gettext_lazy("Site"), _OTHER),
    "department_id": (gettext_lazy("Department"), _OTHER),
    "zone": (gettext_lazy("Time zone"), _OTHER),
    "present": (gettext_lazy("Is in"), _FLAG),
}
#: Told of each person, where it changes.
_OF_PEOPLE = ("due_minutes", "worked_minutes", "overtime_minutes", "weekly_overtime_minutes", "late_minutes")


@dataclass(frozen=True)
class ShownChange:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ShownDay:
    day: date
    changes: list[ShownChange]


@dataclass(frozen=True)
class FigureTotal:
    """Of one figure over all days on which it changes; the sums are empty where there is nothing to sum."""

    label: str
    days: int
    before: str = ""
    after: str = ""
    difference: str = ""


@dataclass(frozen=True)
class PersonTotal:
    person: Person
    days: int
    totals: list[FigureTotal]
    shown: list[ShownDay] = field(default_factory=list)


def totals_of(diffs: Iterable[DayDiff], names: Iterable[str] = _FIGURES) -> list[FigureTotal]:
    """The sums before and after of each figure that changes anywhere."""
    changes: dict[str, list[FieldChange]] = {}
    for diff in diffs:
        for change in _told(diff):
            changes.setdefault(change.name, []).append(change)
    return [_total(name, changes[name]) for name in names if name in changes]


def _total(name: str, changes: list[FieldChange]) -> FigureTotal:
    label, kind = _FIGURES[name]
    if kind.text is None or kind.signed is None:
        return FigureTotal(str(label), len(changes))
    before = sum(change.before or 0 for change in changes)
    after = sum(change.after or 0 for change in changes)
    return FigureTotal(
        str(label), len(changes), kind.text(before), kind.text(after), kind.signed(after - before)
    )


def people_of(diffs: Iterable[DayDiff], *, with_days: bool) -> list[PersonTotal]:
    """Each person whose days change, by name. ``with_days``: and every day of theirs."""
    by_person = [
        list(own) for _key, own in groupby(sorted(diffs, key=_by_name), key=lambda diff: diff.person.pk)
    ]
    return [
        PersonTotal(
            own[0].person,
            len(own),
            totals_of(own, _OF_PEOPLE),
            [_shown_day(diff) for diff in own] if with_days else [],
        )
        for own in by_person
    ]


def _by_name(diff: DayDiff) -> tuple[Any, ...]:
    return diff.person.name, diff.person.pk, diff.day


def _told(diff: DayDiff) -> list[FieldChange]:
    """What is worth telling. A day without a row tells only what it would be, not all that it would not."""
    names = {change.name for change in diff.changes}
    changes = [change for change in diff.changes if not (diff.fresh and not change.after)]
    if diff.fresh:
        changes = [change for change in changes if change.name not in ("site_id", "department_id", "zone")]
    if "expected_start" in names:
        changes = [change for change in changes if change.name != "late_from"]
    return changes


def _shown_day(diff: DayDiff) -> ShownDay:
    by_name = {change.name: change for change in _told(diff)}
    shown = [
        ShownChange(
            str(_FIGURES[name][0]),
            "–" if diff.fresh else _text(diff, name, by_name[name].before),
            _text(diff, name, by_name[name].after),
        )
        for name in _FIGURES
        if name in by_name
    ]
    return ShownDay(diff.day, shown)


def _text(diff: DayDiff, name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return _clock(diff, value)
    if name == "status":
        return str(_STATUS.get(value, value))
    if name in ("site_id", "department_id"):
        return _("another")
    kind = _FIGURES[name][1]
    return kind.text(value) if kind.text else str(value)


def _clock(diff: DayDiff, moment: datetime) -> str:
    there = local(moment, diff.person.department.site.timezone)
    if there is None:
        return "–"
    later = (there.date() - diff.day).days
    return f"{there:%H:%M} {later:+d}" if later else formats.time_format(there, "H:i")
