"""One person's day: its figures, what they follow from, and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from faceroster.attendance.days import day_window, working_day
from faceroster.attendance.inputs import inputs_load
from faceroster.attendance.models import Correction, Due, Finding, Resolution, Workday
from faceroster.attendance.rules.compute import compute
from faceroster.attendance.rules.types import Day, Result
from faceroster.attendance.traces import sentences
from faceroster.people.models import Person
from faceroster.people.selectors import departments_managed_by
from faceroster.reports.today.bar import Bar, Point, bar_of, shift_window
from faceroster.reports.today.lines import Line, is_waiting, lines_of
from faceroster.reports.today.moments import wall_text
from faceroster.trust.rights import may

_DAY = timedelta(days=1)
#: What a manager can excuse, in the order of the form.
EXCUSABLE = (Finding.LATE, Finding.EARLY, Finding.ABSENT)


@dataclass(frozen=True)
class Number:
    """A figure in minutes; ``tone`` as of a stat card."""

    label: str
    minutes: int
    tone: str = ""

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class PersonDay:
    """``pending``: it is being computed anew, so that its figures may be about to change.

    ``waiting``: corrections without a verdict. ``excusable``: findings of the day that nobody has settled.
    """

    person: Person
    day: date
    today: date
    zone: str
    row: Workday | None
    numbers: list[Number]
    why: list[str]
    bar: Bar
    lines: list[Line]
    waiting: list[Correction]
    settled: list[Resolution]
    excusable: list[Finding]
    closed: bool
    pending: bool
    decides: bool
    suggested_in: str
    suggested_out: str

    @property
    def previous(self) -> date:
        return self.day - _DAY

    @property
    def next(self) -> date:
        return self.day + _DAY

    @property
    def next_way(self) -> str:
        """The direction of the punch that is most likely missing."""
        return "out" if self.row is not None and self.row.missed_out else "in"

    @property
    def suggested(self) -> str:
        return self.suggested_out if self.next_way == "out" else self.suggested_in


def _results(person: Person, day: date, now: datetime) -> tuple[dict[date, Result], dict[date, Day]]:
    """The day and those beside it, by the rules, which say what punch counts for which."""
    given = inputs_load([person], first=day - _DAY, last=day + _DAY, now=now)[0]
    return {result.day: result for result in compute(given.inputs)}, given.days


def _numbers(row: Workday | None) -> list[Number]:
    if row is None:
        return []
    numbers = [
        Number(_("Due"), row.due_minutes),
        Number(_("Worked"), row.worked_minutes, "good"),
        Number(_("Break"), row.break_minutes),
    ]
    overtime = row.overtime_minutes + row.weekly_overtime_minutes
    more = [
        Number(_("Credited"), row.credited_minutes),
        Number(_("Overtime"), overtime),
        Number(_("Late"), row.late_minutes, "warn"),
        Number(_("Left early"), row.early_minutes, "warn"),
    ]
    return numbers + [number for number in more if number.minutes]


def _excusable(row: Workday | None, settled: list[Resolution]) -> list[Finding]:
    if row is None:
        return []
    is_so = {
        Finding.LATE: row.late_minutes,
        Finding.EARLY: row.early_minutes,
        Finding.ABSENT: row.absent,
    }
    done = {resolution.finding for resolution in settled}
    return [finding for finding in EXCUSABLE if is_so[finding] and finding.value not in done]


def person_day_for(user: object, *, person: Person, day: date, now: datetime) -> PersonDay:
    """``person``'s ``day``. The caller has made sure that ``user`` may see this person."""
    site = person.department.site
    row = Workday.objects.filter(person=person, day=day).select_related("period").first()
    results, days = _results(person, day, now)
    result = results[day]
    counted = {stamp.id for stamp in result.stamps}
    beside = {
        stamp.id for other, found in results.items() if other != day for stamp in found.stamps
    } - counted
    lines = lines_of(
        person,
        day=day,
        counted=counted,
        elsewhere=beside,
        photos=may(user, "enrollment.view_enrollmentphoto"),
        faces=may(user, "kiosks.view_decision"),
    )
    shifts = [shift_window(shift, day) for shift in days[day].shifts]
    settled = list(Resolution.objects.filter(person=person, day=day).select_related("made_by"))
    first, last = (min(shifts)[0], max(shifts, key=lambda shift: shift[1])[1]) if shifts else (None, None)
    return PersonDay(
        person=person,
        day=day,
        today=working_day(now, site),
        zone=site.timezone,
        row=row,
        numbers=_numbers(row),
        why=sentences(row.trace) if row else [],
        bar=bar_of(
            stamps=result.stamps,
            points=[Point(line.at, line.direction, line.kind) for line in lines if line.state != "refused"],
            shifts=shifts,
            day_window=day_window(day, site),
            zone=ZoneInfo(site.timezone),
            open_until=now if result.present else None,
        ),
        lines=lines,
        waiting=_waiting(lines),
        settled=settled,
        excusable=_excusable(row, settled),
        closed=row is not None and row.period_id is not None,
        pending=Due.objects.filter(person=person, day=day).exists(),
        decides=departments_managed_by(user).filter(pk=person.department_id).exists(),
        suggested_in=wall_text(first, site.timezone) or f"{day.isoformat()}T09:00",
        suggested_out=wall_text(last, site.timezone) or f"{day.isoformat()}T17:00",
    )


def _waiting(lines: list[Line]) -> list[Correction]:
    found = [one for line in lines for one in ([line.added] if line.added else []) + line.corrections]
    return sorted(filter(is_waiting, found), key=lambda one: one.created_at)
