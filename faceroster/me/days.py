"""A person's own days: figures, and every punch with how it came about and what was said about it."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from faceroster.attendance.models import (
    Correction,
    CorrectionKind,
    DayStatus,
    Period,
    PeriodStatus,
    Punch,
    Workday,
)
from faceroster.people.models import Person

_DAY = timedelta(days=1)
#: Days that are not over: what is due on them is not missing yet.
UNFINISHED = (DayStatus.AHEAD, DayStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Note:
    """A word on a day. ``tone``: good, warn, bad, or empty."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A punch, or an approved correction that added one, as it counts now.

    ``at``: by the clock of its site; ``was``: as it was punched, where a correction changed it.
    """

    at: datetime
    zone: str
    direction: str
    label: str
    punch: Punch | None = None
    added: Correction | None = None
    voided: bool = False
    was: datetime | None = None
    waiting: bool = False


@dataclass(slots=True)
class Day:
    """One day as its page shows it. ``balance``: of all days of the page up to this one."""

    day: date
    row: Workday | None = None
    closed: bool = False
    balance: int = 0
    stamps: list[Stamp] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)

    @property
    def first_in(self) -> datetime | None:
        return _local(self.row.first_in, self.row.zone) if self.row else None

    @property
    def last_out(self) -> datetime | None:
        return _local(self.row.last_out, self.row.zone) if self.row else None

    @property
    def out_later(self) -> int:
        """1 for an end after midnight."""
        return (self.last_out.date() - self.day).days if self.last_out else 0

    @property
    def counted(self) -> bool:
        return self.row is not None and self.row.status not in UNFINISHED

    @property
    def difference(self) -> int:
        """Minutes more than were due, or fewer; nothing while the day runs."""
        return difference(self.row) if self.row is not None and self.counted else 0

    @property
    def moves(self) -> bool:
        """Whether the day has a part in the balance: nothing was due or done on others."""
        row = self.row
        return self.counted and row is not None and bool(row.due_minutes or row.worked_minutes)

    @property
    def overtime(self) -> int:
        return self.row.overtime_minutes + self.row.weekly_overtime_minutes if self.row else 0

    @property
    def notes(self) -> list[Note]:
        return notes_of(self.row) if self.row else []


@dataclass(frozen=True, slots=True)
class Sums:
    """Minutes over some days. ``due`` and ``balance`` only of days that are over, ``planned`` of all."""

    worked: int = 0
    credited: int = 0
    due: int = 0
    balance: int = 0
    overtime: int = 0
    planned: int = 0

    @property
    def share(self) -> int:
        """How much of what is due over all the days is done, in per cent, 100 at most."""
        done = self.worked + self.credited
        return min(100, round(100 * done / self.planned)) if self.planned else 0


def _local(at: datetime | None, zone: str) -> datetime | None:
    # Without its zone: templates would turn it into the zone that they think is the reader's.
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if at else None


def difference(row: Workday) -> int:
    return row.worked_minutes + row.credited_minutes - row.due_minutes


def sums_of(rows: Iterable[Workday]) -> Sums:
    """Of a running day the minutes worked so far count, and what is due on it not yet."""
    rows = list(rows)
    over = [row for row in rows if row.status not in UNFINISHED]
    return Sums(
        worked=sum(row.worked_minutes for row in rows),
        credited=sum(row.credited_minutes for row in rows),
        due=sum(row.due_minutes for row in over),
        balance=sum(difference(row) for row in over),
        overtime=sum(row.overtime_minutes + row.weekly_overtime_minutes for row in rows),
        planned=sum(row.due_minutes for row in rows),
    )


def notes_of(row: Workday) -> list[Note]:
    """What to know about a day besides its figures."""
    notes: list[Note] = []
    if row.missed_out:
        text = _("Check-out missing, filled in by rule") if row.filled else _("Check-out missing")
        notes.append(Note(text, "warn"))
    if row.missed_in:
        notes.append(Note(_("Check-in missing"), "warn"))
    if row.late_minutes:
        text = ngettext("%(count)d minute late", "%(count)d minutes late", row.late_minutes)
        notes.append(Note(text % {"count": row.late_minutes}, "" if row.excused else "warn"))
    if row.early_minutes:
        text = ngettext("Left %(count)d minute early", "Left %(count)d minutes early", row.early_minutes)
        notes.append(Note(text % {"count": row.early_minutes}, "" if row.excused else "warn"))
    if row.absent:
        notes.append(Note(_("Absent"), "" if row.excused else "bad"))
    elif row.status in (DayStatus.LEAVE, DayStatus.HOLIDAY, DayStatus.HALF):
        notes.append(Note(str(row.get_status_display()), "accent"))
    if row.excused:
        notes.append(Note(_("Excused"), "good"))
    if row.corrected:
        notes.append(Note(_("Corrected")))
    if row.present:
        notes.append(Note(_("In now"), "good"))
    return notes


def month_of(text: str, today: date) -> date | None:
    """The first day of the month that ``text`` (2026-03) names, this month's for none; None if it is none."""
    if not text:
        return today.replace(day=1)
    try:
        first = datetime.strptime(text, "%Y-%m").date() if len(text) == 7 and text.isascii() else None
    except ValueError:
        return None
    return first if first and 1990 <= first.year < 2200 else None


def month_end(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def days_of(person: Person, *, first: date, last: date) -> list[Day]:
    """Every day from ``first`` to ``last``, the latest first. Five queries, however many days."""
    rows = {
        row.day: row
        for row in Workday.objects.filter(person=person, day__range=(first, last)).order_by("day")
    }
    days = {
        day: Day(day, rows.get(day)) for day in (first + n * _DAY for n in range((last - first).days + 1))
    }
    _fill_closed(person, days, first, last)
    corrections = list(
        Correction.objects.filter(person=person, day__range=(first - _DAY, last + _DAY))
        .select_related("verdict", "punch", "added", "site")
        .order_by("created_at")
    )
    punches = (
        Punch.objects.filter(person=person, day__range=(first - _DAY, last + _DAY))
        .select_related("site", "kiosk", "decision", "recorded_by")
        .order_by("at")
    )
    for stamp, day in stamps_of(punches, corrections):
        if (shown := days.get(_day_for(stamp, day, rows))) is not None:
            shown.stamps.append(stamp)
    for correction in corrections:
        if correction.day in days:
            days[correction.day].corrections.append(correction)
    balance = 0
    for shown in days.values():
        balance += shown.difference
        shown.balance = balance
        shown.stamps.sort(key=lambda stamp: stamp.at)
    return list(reversed(days.values()))


def _fill_closed(person: Person, days: dict[date, Day], first: date, last: date) -> None:
    closed = Period.objects.filter(
        department=person.department, status=PeriodStatus.CLOSED, first__lte=last, last__gte=first
    )
    spans = list(closed.values_list("first", "last"))
    for shown in days.values():
        if shown.row is not None:  # a row knows; somebody who changed departments took no day along
            shown.closed = shown.row.period_id is not None
        else:
            shown.closed = any(begin <= shown.day <= end for begin, end in spans)


def stamps_of(punches: Iterable[Punch], corrections: Sequence[Correction]) -> list[tuple[Stamp, date]]:
    """What counts after all approved corrections, and what was voided, each with its recorded day."""
    about: dict[object, list[Correction]] = defaultdict(list)
    for correction in corrections:
        about[correction.punch_id or correction.added_id].append(correction)
    found = [
        (_stamp(punch.at, punch.zone, punch.direction, about[punch.pk], punch=punch), punch.day)
        for punch in punches
    ]
    for row in corrections:
        if row.kind == CorrectionKind.ADD and row.at is not None and _approved(row):
            found.append((_stamp(row.at, row.zone, row.direction, about[row.pk], added=row), row.day))
    return found


def _approved(correction: Correction) -> bool:
    verdict = getattr(correction, "verdict", None)
    return verdict is not None and verdict.approved


def _stamp(
    at: datetime,
    zone: str,
    direction: str,
    said: list[Correction],
    *,
    punch: Punch | None = None,
    added: Correction | None = None,
) -> Stamp:
    counting = sorted((row for row in said if _approved(row)), key=lambda row: row.verdict.created_at)
    was, now, way, voided = at, at, direction, False
    for row in counting:
        voided = voided or row.kind == CorrectionKind.VOID
        now, way = row.at or now, row.direction or way
    local = _local(now, zone)
    if local is None:
        raise ValueError("a punch without a time")
    return Stamp(
        at=local,
        zone=zone,
        direction=way,
        label=_("In") if way == "in" else _("Out"),
        punch=punch,
        added=added,
        voided=voided,
        was=_local(was, zone) if now != was else None,
        waiting=any(getattr(row, "verdict", None) is None for row in said),
    )


def _day_for(stamp: Stamp, recorded: date, rows: dict[date, Workday]) -> date:
    """The day whose figures it is in: the end of a night shift is the evening's before."""
    for day in (recorded - _DAY, recorded):
        row = rows.get(day)
        if row is None or row.first_in is None:
            continue
        begin, end = _local(row.first_in, stamp.zone), _local(row.last_out or row.first_in, stamp.zone)
        if begin and end and begin <= stamp.at <= end:
            return day
    return recorded
