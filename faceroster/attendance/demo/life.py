"""What one made-up person leaves behind in the time: leave, punches, corrections and what was excused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from faceroster.attendance.demo.bulk import PunchRow
from faceroster.attendance.demo.company import Company, new_id
from faceroster.attendance.demo.days import Turn, Wall, worked
from faceroster.attendance.demo.leaves import Away, aways
from faceroster.attendance.demo.people import Worker
from faceroster.attendance.models import (
    Correction,
    CorrectionKind,
    Direction,
    Finding,
    Resolution,
    Verdict,
)
from faceroster.rosters.models import LeaveRequest, RosterException

_DAY = timedelta(days=1)
#: A site's day begins at four in the morning.
_DAY_BEGINS = timedelta(hours=4)
#: Chances for one day. ``_MISSED`` and ``_FORGOT_IN``: of a turn.
_MISSED, _FORGOT_IN, _ABSENT, _WRONG = 0.005, 0.0008, 0.004, 0.0007
_DAY_OFF, _EXTRA, _WORKS_ON_HOLIDAY = 0.002, 0.004, 0.04
#: What is older than this many days has been looked at by somebody, as a rule.
_SETTLED = 6
_WHY_MISSED = (
    "Forgot to check out",
    "The kiosk was being updated",
    "Left by the back door",
    "Went to the doctor",
)
_WHY_LATE = ("Strike on the railway", "Snow", "Appointment, agreed before", "The lift was out of order")


@dataclass
class Life:
    """Rows to write, in the order of the fields."""

    leave: list[LeaveRequest] = field(default_factory=list)
    exceptions: list[RosterException] = field(default_factory=list)
    punches: list[PunchRow] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    resolutions: list[Resolution] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is written, and now: nothing later than ``now`` has happened."""

    first: date
    last: date
    now: datetime


def life_of(worker: Worker, company: Company, span: Span) -> Life:
    """Everything that ``worker`` did from ``span.first`` to ``span.last``."""
    life = Life()
    away = _away(worker, company, span, life)
    begins, ends = _employed(worker, span)
    for offset in range((ends - begins).days + 1):
        day = begins + offset * _DAY
        _Day(worker, company, span, life, day, away.get(day, "")).write()
    return life


def _employed(worker: Worker, span: Span) -> tuple[date, date]:
    joined, left = worker.person.joined_on, worker.person.left_on
    return max(span.first, joined or span.first), min(span.last, left or span.last)


def _away(worker: Worker, company: Company, span: Span, life: Life) -> dict[date, str]:
    """Write the leave; returns which part of which day is taken by what was approved."""
    begins, ends = _employed(worker, span)
    random, taken = worker.random, dict[date, str]()
    # Six weeks ahead is planned already, by those who stay.
    planned = ends if worker.person.left_on else ends + timedelta(days=45)
    if planned < begins:
        return taken
    for one in aways(random, begins, planned, span.last, southern=worker.team.place.plan.southern):
        life.leave.append(_leave(worker, company, one))
        if one.status == "approved":
            for offset in range((one.last - one.first).days + 1):
                taken[one.first + offset * _DAY] = one.part
    return taken


def _leave(worker: Worker, company: Company, one: Away) -> LeaveRequest:
    decided = one.status in ("approved", "refused")
    asked = datetime(one.first.year, one.first.month, one.first.day, 8, tzinfo=UTC)
    return LeaveRequest(
        id=new_id(worker.random),
        person=worker.person,
        kind=company.kinds[one.kind],
        first=one.first,
        last=one.last,
        part=one.part,
        status=one.status,
        decided_by=worker.team.manager if decided else None,
        decided_at=asked - timedelta(days=worker.random.randint(1, 40)) if decided else None,
    )


@dataclass
class _Day:
    """One day in the making."""

    worker: Worker
    company: Company
    span: Span
    life: Life
    day: date
    away: str

    @property
    def random(self) -> Random:
        return self.worker.random

    def write(self) -> None:
        names = self._names()
        if not names or self.away == "whole":
            return
        if self.day in self.worker.team.place.holidays and self.random.random() > _WORKS_ON_HOLIDAY:
            return
        if self.random.random() < _ABSENT:
            if self._settled and self.random.random() < 0.35:
                self._resolve(Finding.ABSENT, "Had called in sick")
            return
        for turn in self._turns(names):
            self._work(turn)

    def _names(self) -> tuple[str, ...]:
        """The shifts of the day, after a swap that was put on the roster."""
        names = self.worker.shifts_on(self.day, self.company.monday)
        chance = self.random.random()
        if names and not self.away and chance < _DAY_OFF:
            self._except(None, "Day off in lieu")
            return ()
        extra = self._extra() if not names and not self.away and chance < _EXTRA else ""
        if extra:
            self._except(extra, "Extra shift")
            return (extra,)
        return names

    def _extra(self) -> str:
        """A shift by day that this person has now and then."""
        names = sorted({name for names in self.worker.days for name in names if "ight" not in name})
        return self.random.choice(names) if names else ""

    def _except(self, shift: str | None, note: str) -> None:
        row = RosterException(
            id=new_id(self.random),
            person=self.worker.person,
            day=self.day,
            shift=self.worker.team.place.shifts[shift] if shift else None,
            note=note,
            made_by=self.worker.team.manager,
        )
        self.life.exceptions.append(row)

    def _turns(self, names: tuple[str, ...]) -> Iterator[Turn]:
        for name in names:
            starts, ends, plan = self.company.shift_plan(name, self.day)
            begin, end = datetime.combine(self.day, starts), datetime.combine(self.day, ends)
            if end <= begin:
                end += _DAY
            middle = begin + (end - begin) / 2
            if self.away == "morning":
                begin = middle
            elif self.away == "afternoon":
                end = middle
            yield Turn(begin, end, plan)

    def _work(self, turn: Turn) -> None:
        southern = self.worker.team.place.plan.southern
        winter = self.day.month in ((6, 7, 8) if southern else (12, 1, 2))
        came = worked(self.random, self.worker.habits, turn, winter=winter)
        walls, chance = came.punches, self.random.random()
        if chance < _MISSED:
            self._missed(walls.pop())
        elif chance < _MISSED + _FORGOT_IN:
            self._missed(walls.pop(0))
        punches = [punch for wall in walls if (punch := self._punch(wall))]
        self.life.punches += punches
        if punches and chance > 1 - _WRONG:
            self._changed(punches[0])
        if came.late > 8 and self._settled and self.random.random() < 0.06:
            self._resolve(Finding.LATE, self.random.choice(_WHY_LATE))

    @property
    def _settled(self) -> bool:
        return (self.span.last - self.day).days > _SETTLED

    def _instant(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=self.worker.team.place.site.zone).astimezone(UTC)

    def _punch(self, wall: Wall) -> PunchRow | None:
        """None for what has not happened yet."""
        clock, way = wall
        at, by_hand, key = self._instant(clock), self.random.random() < 0.003, new_id(self.random)
        if at > self.span.now:
            return None
        site = self.worker.team.place.site
        return PunchRow(
            id=key,
            created_at=at,
            person_id=self.worker.person.pk,
            site_id=site.pk,
            at=at,
            zone=site.timezone,
            day=(clock - _DAY_BEGINS).date(),
            direction=way,
            source="manual" if by_hand else "kiosk",
            recorded_by_id=self.worker.team.manager.pk if by_hand else None,
            note="Badge of a visitor used by mistake" if by_hand else "",
        )

    def _missed(self, wall: Wall) -> None:
        """Nobody punched: as a rule somebody says later when it was."""
        if not self._settled:
            return
        chance = self.random.random()
        if chance < 0.82:
            self._correct(CorrectionKind.ADD, wall, self.random.choice(_WHY_MISSED), approved=chance < 0.76)
        elif chance < 0.9 and wall[1] == Direction.OUT:
            self._resolve(Finding.MISSED_OUT, "Nobody knows any more")

    def _changed(self, punch: PunchRow) -> None:
        local = punch.at.astimezone(self.worker.team.place.site.zone).replace(tzinfo=None)
        earlier = local - timedelta(minutes=self.random.randint(3, 25))
        if self._settled:
            self._correct(CorrectionKind.CHANGE, (earlier, ""), "There was a queue at the kiosk", punch=punch)

    def _correct(
        self, kind: str, wall: Wall, reason: str, *, punch: PunchRow | None = None, approved: bool = True
    ) -> None:
        site = self.worker.team.place.site
        row = Correction(
            id=new_id(self.random),
            person=self.worker.person,
            kind=kind,
            day=self.day,
            punch_id=punch.id if punch else None,
            site=site if punch is None else None,
            zone=site.timezone if punch is None else "",
            at=self._instant(wall[0]),
            direction=wall[1],
            reason=reason,
            requested_by=self.worker.team.manager,
        )
        self.life.corrections.append(row)
        manager, key = self.worker.team.manager, new_id(self.random)
        self.life.verdicts.append(Verdict(id=key, correction=row, approved=approved, decided_by=manager))

    def _resolve(self, finding: str, reason: str) -> None:
        row = Resolution(
            id=new_id(self.random),
            finding=finding,
            person=self.worker.person,
            day=self.day,
            reason=reason,
            made_by=self.worker.team.manager,
        )
        self.life.resolutions.append(row)
