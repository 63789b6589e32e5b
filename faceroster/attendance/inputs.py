"""Fetching what workdays are derived from: of many people over many days, by a fixed number of queries."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, cast
from uuid import UUID

from faceroster.attendance.days import day_start
from faceroster.attendance.histories import History, histories_of
from faceroster.attendance.models import Resolution
from faceroster.attendance.rules.types import Change, Day, Inputs, Leave, PolicyRules, Result, ShiftRules
from faceroster.people.models import Department, Person, Site
from faceroster.people.selectors import Stays, stays_of
from faceroster.rosters.models import Policy, ShiftVersion
from faceroster.rosters.selectors import Plan, plans_of

Part = Literal["whole", "morning", "afternoon"]

_DAY = timedelta(days=1)
#: Enough for a whole week before the first day, whatever day it begins on, and one more that only lends.
_BEFORE, _AFTER = timedelta(days=7), _DAY
#: No shift opens longer than this before it starts or closes longer after its end.
_REACH = timedelta(hours=12)

_SHIFT_FIELDS = tuple(name for name in ShiftRules.__dataclass_fields__ if name not in ("id", "name", "zone"))
_POLICY_FIELDS = tuple(PolicyRules.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class PersonInputs:
    """What :func:`rules.compute` takes, and what only the record of it needs: keys of the rows."""

    person: Person
    inputs: Inputs
    policies: Mapping[date, str]
    departments: Mapping[date, Department]

    @property
    def days(self) -> dict[date, Day]:
        return {day.day: day for day in self.inputs.days}


def inputs_load(
    people: Iterable[Person],
    *,
    first: date,
    last: date,
    now: datetime,
    extra: ShiftVersion | None = None,
    weeks: bool = True,
) -> list[PersonInputs]:
    """What the days from ``first`` to ``last`` of each of ``people`` are derived from.

    ``people`` must have ``department.site`` fetched along. Each gets enough days before and after for nights
    and, unless ``weeks`` is false, for weekly overtime. ``extra``: a version of a shift that is not stored;
    the days on which it would be in force get it.
    """
    people = list(people)
    if not people:
        return []
    book = _Book.read(people, first - (_BEFORE if weeks else _DAY), last + _AFTER, extra)
    return [book.inputs(person, now) for person in people]


@dataclass(slots=True)
class _Book:
    """All rows, fetched, and the days made of them so far."""

    first: date
    last: date
    plans: Mapping[tuple[UUID, date], Plan]
    histories: Mapping[UUID, History]
    policies: Mapping[UUID, Sequence[Policy]]  # of sites, the last in force last
    excused: Mapping[tuple[UUID, date], frozenset[str]]
    extra: ShiftVersion | None
    stays: Stays
    _shifts: dict[UUID, ShiftRules] = field(default_factory=dict)
    _policy: dict[tuple[UUID, date], tuple[str, PolicyRules]] = field(default_factory=dict)
    _starts: dict[tuple[UUID, date], datetime] = field(default_factory=dict)

    @classmethod
    def read(cls, people: Sequence[Person], first: date, last: date, extra: ShiftVersion | None) -> _Book:
        policies: dict[UUID, list[Policy]] = defaultdict(list)
        stays = stays_of(people, first=first)
        sites = {department.site_id for department in stays.departments.values()}
        rows = Policy.objects.filter(site__in=sites, effective_from__lte=last)
        for policy in rows.order_by("effective_from", "number"):
            policies[policy.site_id].append(policy)
        excused: dict[tuple[UUID, date], set[str]] = defaultdict(set)
        ids = [person.pk for person in people]
        settled = Resolution.objects.filter(person__in=ids, day__range=(first, last)).order_by()
        for person_id, day, finding in settled.values_list("person_id", "day", "finding"):
            if person_id is not None:
                excused[person_id, day].add(finding)
        return cls(
            first=first,
            last=last,
            plans=plans_of(people, first=first, last=last, stays=stays),
            histories=histories_of(ids, since=_utc(first) - _DAY, until=_utc(last) + 2 * _DAY + _REACH),
            policies=policies,
            excused={key: frozenset(found) for key, found in excused.items()},
            extra=extra,
            stays=stays,
        )

    def inputs(self, person: Person, now: datetime) -> PersonInputs:
        days, policies, departments = [], {}, {}
        for n in range((self.last - self.first).days + 1):
            day = self.first + n * _DAY
            departments[day] = self.stays.department(person, day)
            site = departments[day].site
            policies[day], policy = self._policy_of(site.pk, day)
            # Who moves to another zone goes on there: no moment is lost between the two days.
            after = self.stays.department(person, day + _DAY).site
            days.append(self._day(person.pk, site, day, policy, ends=self._start(after, day + _DAY)))
        history = self.histories.get(person.pk, History())
        since, until = days[0].begins - _REACH, days[-1].ends + _REACH
        punches, changes = history.within(since, until)
        inputs = Inputs(days=tuple(days), punches=punches, changes=changes, now=now)
        return PersonInputs(person, inputs, policies, departments)

    def _day(self, person_id: UUID, site: Site, day: date, policy: PolicyRules, *, ends: datetime) -> Day:
        plan = self.plans[person_id, day]
        return Day(
            day=day,
            begins=self._start(site, day),
            ends=ends,
            zone=site.timezone,
            shifts=tuple(self._shift(version, day) for version in plan.shifts),
            planned=plan.planned,
            holiday=plan.holiday,
            leave=tuple(Leave(str(row.kind_id), cast(Part, row.part), row.kind.paid) for row in plan.leave),
            employed=plan.employed,
            policy=policy,
            excused=self.excused.get((person_id, day), frozenset()),
        )

    def _shift(self, version: ShiftVersion, day: date) -> ShiftRules:
        extra = self.extra
        if (
            extra is not None
            and extra.shift_id == version.shift_id
            and version.effective_from <= extra.effective_from <= day
        ):
            version = extra
        rules = self._shifts.get(version.pk)
        if rules is None:
            rules = self._shifts[version.pk] = shift_rules(version)
        return rules

    def _policy_of(self, site_id: UUID, day: date) -> tuple[str, PolicyRules]:
        found = self._policy.get((site_id, day))
        if found is None:
            rows = [row for row in self.policies.get(site_id, ()) if row.effective_from <= day]
            found = self._policy[site_id, day] = (
                (str(rows[-1].pk), policy_rules(rows[-1])) if rows else ("", PolicyRules())
            )
        return found

    def _start(self, site: Site, day: date) -> datetime:
        moment = self._starts.get((site.pk, day))
        if moment is None:
            moment = self._starts[site.pk, day] = day_start(day, site)
        return moment


def shift_rules(version: ShiftVersion) -> ShiftRules:
    """``version`` for the rules. Its ``shift.site`` should be at hand."""
    shift = version.shift
    values = {name: getattr(version, name) for name in _SHIFT_FIELDS}
    return ShiftRules(id=str(version.pk), name=shift.name, zone=shift.site.timezone, **values)


def policy_rules(policy: Policy) -> PolicyRules:
    return PolicyRules(**{name: getattr(policy, name) for name in _POLICY_FIELDS})


def _utc(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def inputs_hash(day: Day, policy: str, result: Result, changes: Iterable[Change]) -> str:
    """SHA-256 over what a day was derived from, as canonical JSON. What time it is has no part in it.

    ``changes``: those of the stamps that count for the day, or were recorded for it.
    """
    basis = {
        "day": day.day.isoformat(),
        "stamps": [
            [stamp.id, stamp.at.isoformat(), stamp.way, stamp.arrivals_only, stamp.debounce]
            for stamp in result.stamps
        ],
        "changes": [
            [change.kind, change.target, change.at.isoformat() if change.at else None, change.way]
            for change in changes
        ],
        "shifts": [shift.id for shift in day.shifts],
        "policy": policy,
        "planned": day.planned,
        "employed": day.employed,
        "holiday": day.holiday,
        "leave": [[leave.kind, leave.part, leave.paid] for leave in day.leave],
        "excused": sorted(day.excused),
        "zone": day.zone,
        "begins": day.begins.isoformat(),
        "ends": day.ends.isoformat(),
    }
    text = json.dumps(basis, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
