"""The made-up people: who they are, when they joined and left, and which crew they are in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from faceroster.attendance.demo.company import PREFIX, Company, Team, new_id
from faceroster.attendance.demo.days import Habits
from faceroster.attendance.demo.names import name_made
from faceroster.attendance.demo.places import PATTERNS, Days
from faceroster.people.models import Person
from faceroster.rosters.models import Assignment
from faceroster.trust.services import subject_keys_create

_BATCH = 500
#: Every so many people somebody has a very long name.
_LONG_NAME = 37


@dataclass
class Worker:
    """``random``: a stream of their own. ``behind``: days that their crew is behind the pattern's first."""

    person: Person
    team: Team
    habits: Habits
    random: Random
    kind: str
    behind: int

    @property
    def days(self) -> Days:
        return PATTERNS[self.kind].days

    def shifts_on(self, day: date, monday: date) -> tuple[str, ...]:
        """Names of the shifts that the pattern has on ``day``."""
        days = self.days
        return days[((day - monday).days - self.behind) % len(days)]


def workers_write(company: Company, *, seed: int, first: date, last: date) -> list[Worker]:
    """Everybody, and who follows a pattern other than their department's."""
    workers: list[Worker] = []
    assignments: list[Assignment] = []
    for number, (team, place) in enumerate(_seats(company), start=1):
        random = Random(f"{seed}:person:{number}")  # noqa: S311
        workers.append(worker := _worker(number, team, place, random, first, last))
        assignments += _assignments(worker, company.monday)
    for worker, key in zip(workers, subject_keys_create(count=len(workers)), strict=True):
        worker.person.subject_key = key
    Person.objects.bulk_create([worker.person for worker in workers], batch_size=_BATCH)
    Assignment.objects.bulk_create(assignments, batch_size=_BATCH)
    return workers


def _seats(company: Company) -> Iterator[tuple[Team, int]]:
    for team in company.teams:
        for place in range(team.size):
            yield team, place


def _worker(number: int, team: Team, place: int, random: Random, first: date, last: date) -> Worker:
    joined, left = _time_there(random, first, last)
    person = Person(
        id=new_id(random),
        employee_number=f"{PREFIX}{number:05}",
        name=name_made(random, team.place.plan.languages, long=number % _LONG_NAME == 0),
        department=team.department,
        joined_on=joined,
        left_on=left,
        active=left is None or left >= last,
    )
    part_time = random.random() < team.plan.part_timers
    kind = "part_time" if part_time else team.plan.kind
    crews, length = PATTERNS[kind].crews, len(PATTERNS[kind].days)
    return Worker(person, team, Habits.drawn(random), random, kind, place % crews * (length // crews))


def _time_there(random: Random, first: date, last: date) -> tuple[date, date | None]:
    """First and last day of work: one in eight joins within the time, one in fourteen leaves."""
    span = (last - first).days
    joined = first - timedelta(days=random.randint(30, 15 * 365))
    if random.random() < 0.125:
        joined = first + timedelta(days=random.randint(0, span))
    left = None
    if random.random() < 0.07:
        left = first + timedelta(days=random.randint(0, span))
        joined = min(joined, left)
    return joined, left


def _assignments(worker: Worker, monday: date) -> Iterator[Assignment]:
    """None where the department's own pattern holds for everybody in it."""
    plan = worker.team.plan
    if worker.kind == plan.kind and PATTERNS[plan.kind].crews == 1:
        return
    yield Assignment(
        id=new_id(worker.random),
        person=worker.person,
        pattern=worker.team.place.patterns[worker.kind],
        starts_on=monday - timedelta(days=len(worker.days) - worker.behind) if worker.behind else monday,
    )
