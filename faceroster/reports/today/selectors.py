"""Today, as the page shows it: counts by state, by department and by site, and lists of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from faceroster.attendance.days import working_day
from faceroster.attendance.models import Workday
from faceroster.people.models import Department, Person, Site
from faceroster.people.selectors import people_visible_to
from faceroster.reports.today.states import ORDER, State, with_states

#: People of one state on one page of the list.
PAGE = 60
#: People of each state where all states are shown, one after the other.
_FEW = 12
#: States whose people are waited for: the share of them that is in is what a department's bar shows.
_DUE = (State.IN, State.LEFT, State.LATE, State.ABSENT, State.EXPECTED)
#: The columns of the table of departments.
COLUMNS = (State.IN, State.LATE, State.ABSENT, State.LEAVE)


@dataclass(frozen=True)
class TodayFilter:
    """What the page is narrowed to. ``state`` is one of :class:`State`, or empty for all."""

    department: Department | None = None
    site: Site | None = None
    search: str = ""
    state: str = ""
    page: int = 1


@dataclass(frozen=True)
class Entry:
    """A person and the workday that their state follows from."""

    person: Person
    state: str
    day: date
    row: Workday | None
    minutes_late: int = 0

    @property
    def city(self) -> str:
        """What the zone of its times is named after."""
        return self.row.zone.rpartition("/")[2].replace("_", " ") if self.row else ""


@dataclass(frozen=True)
class Group:
    """People of one state. ``total`` may be more than are listed."""

    state: State
    total: int
    entries: list[Entry]

    @property
    def more(self) -> int:
        return self.total - len(self.entries)


@dataclass(frozen=True)
class Figure:
    """How many people are in a state."""

    state: State
    value: int


@dataclass(frozen=True)
class Part:
    """A stretch of a bar, in percent."""

    state: str
    x: str
    width: str


@dataclass
class Tally:
    """How many people of a department, or of a whole site, are in which state."""

    name: str
    department: Department | None
    site: Site
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def due(self) -> int:
        return sum(self.counts[state] for state in _DUE)

    @property
    def parts(self) -> list[Part]:
        """The bar: of all who are to come today, who is in, has left, is late, absent or still to come."""
        parts, x = [], 0.0
        for state in _DUE:
            width = 100 * self.counts[state] / self.due if self.due else 0
            if width:
                parts.append(Part(state.value, f"{x:.2f}%", f"{width:.2f}%"))
            x += width
        return parts

    @property
    def cells(self) -> list[Figure]:
        """The columns beside the bar."""
        return [Figure(state, self.counts[state]) for state in COLUMNS]


@dataclass(frozen=True)
class Today:
    """``zone``: of every time on the page, or empty when they differ. ``pages``: of the one state shown."""

    counters: list[Figure]
    total: int
    groups: list[Group]
    tallies: list[Tally]
    zone: str
    page: int = 1
    pages: int = 1


def _matching(user: object, narrow: TodayFilter) -> QuerySet[Person]:
    people = people_visible_to(user).filter(active=True)
    if narrow.site is not None:
        people = people.filter(department__site=narrow.site)
    for word in narrow.search.split():
        people = people.filter(Q(name__icontains=word) | Q(employee_number__icontains=word))
    return people


def _tallies(rows: Iterable[dict[str, Any]], departments: list[Department]) -> list[Tally]:
    """One for each department with anybody in it; before those of a site its sum, where there are several."""
    by_department = {one.pk: Tally(one.name, one, one.site) for one in departments}
    for row in rows:
        by_department[row["department_id"]].counts[row["state"]] += row["people"]
    found = [tally for tally in by_department.values() if tally.total]
    found.sort(key=lambda tally: (tally.site.name, tally.name))
    sites = {tally.site.pk for tally in found}
    if len(sites) <= 1:
        return found
    lines: list[Tally] = []
    for tally in found:
        if not lines or lines[-1].site != tally.site:
            lines.append(Tally(tally.site.name, None, tally.site))
            whole = lines[-1]
        whole.counts.update(tally.counts)
        lines.append(tally)
    return lines


def today_for(
    user: object, *, narrow: TodayFilter, departments: list[Department], sites: list[Site], now: datetime
) -> Today:
    """Everyone active whom ``user`` may see, in three queries.

    ``departments`` and ``sites``: all that ``user`` may see.
    """
    people = with_states(_matching(user, narrow), sites=sites, now=now)
    counted = people.order_by().values("department_id", "state").annotate(people=Count("pk"))
    tallies = _tallies(counted, departments)
    own = [
        tally
        for tally in tallies
        if tally.department is not None and narrow.department in (None, tally.department)
    ]
    counts = sum((tally.counts for tally in own), Counter[str]())
    if narrow.department is not None:
        people = people.filter(department=narrow.department)
    shown = counts[narrow.state] if narrow.state else 0
    pages = max(1, -(-shown // PAGE))
    page = min(max(narrow.page, 1), pages)
    entries = _entries(_listed(people, narrow.state, page), sites, now)
    states = [State(narrow.state)] if narrow.state else [state for state in State if counts[state]]
    groups = [
        Group(state, counts[state], [entry for entry in entries if entry.state == state]) for state in states
    ]
    zones = {entry.row.zone for entry in entries if entry.row is not None}
    return Today(
        counters=[Figure(state, counts[state]) for state in State],
        total=counts.total(),
        groups=groups,
        tallies=tallies,
        zone=zones.pop() if len(zones) == 1 else "",
        page=page,
        pages=pages,
    )


def _listed(people: QuerySet[Any], state: str, page: int) -> QuerySet[Any]:
    if state:
        start = (page - 1) * PAGE
        return people.filter(state=state).order_by(*ORDER)[start : start + PAGE]
    place = Window(RowNumber(), partition_by=[F("state")], order_by=list(ORDER))
    return people.annotate(place=place).filter(place__lte=_FEW).order_by("place")


def _entries(people: QuerySet[Any], sites: list[Site], now: datetime) -> list[Entry]:
    listed = list(people)
    rows: dict[UUID, Workday] = Workday.objects.defer("trace").in_bulk(
        [person.row_id for person in listed if person.row_id]
    )
    days = {site.pk: working_day(now, site) for site in sites}
    entries = []
    for person in listed:
        row = rows.get(person.row_id)
        day = row.day if row else days[person.department.site_id]
        entries.append(Entry(person, person.state, day, row, _late_by(row, now)))
    return entries


def _late_by(row: Workday | None, now: datetime) -> int:
    """Minutes since the start that somebody who is not there was expected at."""
    if row is None or row.expected_start is None:
        return 0
    return max(0, (now - row.expected_start) // timedelta(minutes=1))
