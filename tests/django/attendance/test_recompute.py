"""Deriving everything from nothing gives the same rows, whatever happened and in whatever order."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from faceroster.attendance.due import due_compute
from faceroster.attendance.models import (
    Correction,
    Direction,
    Due,
    Punch,
    PunchSource,
    Resolution,
    Verdict,
    Workday,
)
from faceroster.attendance.openings import days_open
from faceroster.attendance.services import punch_record
from faceroster.people.models import Department, DepartmentStay, Person, Site
from faceroster.rosters.models import (
    Holiday,
    LeaveKind,
    LeaveRequest,
    LeaveStatus,
    Policy,
    RosterException,
    Shift,
)
from faceroster.rosters.signals import plan_changed
from tests.support.rosters import assign, make_punch, make_shift, make_workday

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 2)
DAYS = 11
MINUTE = timedelta(minutes=1)


def rows() -> list[dict[str, Any]]:
    found = Workday.objects.order_by("person", "day").values()
    return [
        {name: value for name, value in row.items() if name not in ("id", "created_at", "computed_at")}
        for row in found
    ]


def recompute(**options: Any) -> str:
    out = StringIO()
    given = [f"--{name}={value}" for name, value in options.items() if value is not True]
    given += [f"--{name.replace('_', '-')}" for name, value in options.items() if value is True]
    call_command("attendance", "recompute", *given, stdout=out)
    return out.getvalue()


class Life:
    """Some weeks of some people, drawn by ``seed``; every step goes the way that it goes in earnest."""

    def __init__(
        self, seed: int, people: list[Person], shifts: list[Shift], departments: list[Department]
    ) -> None:
        self.draw = random.Random(seed)
        self.people, self.shifts, self.departments = people, shifts, departments
        self.site = people[0].department.site
        self.kind = LeaveKind.objects.create(name=f"Leave {seed}")

    def day(self, day: date) -> None:
        for person in self.people:
            for step in self.draw.sample((self.shows_up, self.shows_up, self.something_else), 2):
                step(person, day)

    def at(self, day: date, hour: float) -> datetime:
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 1)
        return begin + self.draw.randrange(-40, 40) * MINUTE

    def shows_up(self, person: Person, day: date) -> None:
        begins = self.draw.choice((6, 9, 14, 22))
        moments = [self.at(day, begins), self.at(day, begins + 4), self.at(day, begins + 8)]
        moments = [moment for moment in moments if self.draw.random() < 0.85]
        self.draw.shuffle(moments)  # some arrive late
        for moment in moments:
            way = self.draw.choice((None, None, None, Direction.IN, Direction.OUT))
            punch_record(person=person, site=self.site, source=PunchSource.API, at=moment, direction=way)

    def something_else(self, person: Person, day: date) -> None:
        steps = (self.leave, self.correction, self.exception, self.holiday, self.excuse, self.move)
        self.draw.choice(steps)(person, day)

    def move(self, person: Person, _day: date) -> None:
        """To another department from today on, be it to another site with other rules."""
        person.refresh_from_db()
        person.department = self.draw.choice(self.departments)
        person.save()

    def leave(self, person: Person, day: date) -> None:
        part = self.draw.choice(("whole", "morning"))
        LeaveRequest.objects.create(
            person=person, kind=self.kind, first=day, last=day, part=part, status=LeaveStatus.APPROVED
        )
        plan_changed.send(None, person_ids=[person.pk], first=day, last=day)

    def exception(self, person: Person, day: date) -> None:
        shift = self.draw.choice(self.shifts)
        _, made = RosterException.objects.get_or_create(person=person, day=day, shift=shift)
        if made:
            plan_changed.send(None, person_ids=[person.pk], first=day, last=day)

    def holiday(self, person: Person, day: date) -> None:
        Holiday.objects.get_or_create(site=self.site, day=day, defaults={"name": "Feast"})
        plan_changed.send(None, site_id=self.site.pk, first=day, last=day)

    def excuse(self, person: Person, day: date) -> None:
        Resolution.objects.create(person=person, day=day, finding="late", reason="x")

    def correction(self, person: Person, day: date) -> None:
        kind = self.draw.choice(("add", "void", "change"))
        given: dict[str, Any] = {"person": person, "kind": kind, "day": day, "reason": "x"}
        mine = list(Punch.objects.filter(person=person).order_by("at", "pk"))
        added = list(Correction.objects.filter(person=person, kind="add").order_by("at", "pk"))
        if kind == "add":
            given |= {"at": self.at(day, 12), "direction": "out", "site": self.site, "zone": "Europe/Berlin"}
        elif added and self.draw.random() < 0.5:
            given["added"] = self.draw.choice(added)
        elif mine:
            given["punch"] = self.draw.choice(mine)
        else:
            return
        if kind == "change":
            given["at"] = self.at(day, self.draw.choice((2, 7, 23)))
        Verdict.objects.create(
            correction=Correction.objects.create(**given), approved=self.draw.random() < 0.8
        )


#: The rules know no database: on the second one, a single life shows that the rows are the same there.
SEEDS = range(3 if settings.TEST_PROFILE == "embedded" else 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_from_nothing_come_the_same_rows(
    seed: int,
    make_person: Callable[..., Person],
    department: Department,
    site: Site,
    freeze: Callable[[datetime], None],
    make_department: Callable[..., Department],
) -> None:
    shifts = [
        make_shift(site, "Early", "06:00", "14:00", rounding_minutes=15),
        make_shift(site, "Night", "22:00", "06:00", missed_out="shift_end"),
        make_shift(site, "Split", "16:00", "18:00", opens_minutes=30),
    ]
    freeze(datetime(2026, 11, 1, 12, tzinfo=UTC))
    Policy.objects.create(site=site, number=1, effective_from=MONDAY, overtime_weekly_after=1500)
    people = [make_person(department=department, joined_on=MONDAY + timedelta(days=n)) for n in range(4)]
    for person, mine in zip(people, ([0], [1], [0, 2], []), strict=True):
        if mine:
            assign(person, *(shifts[n] for n in mine))
    other = Site.objects.create(name="Lisbon", timezone="Europe/Lisbon")
    Policy.objects.create(site=other, number=1, effective_from=MONDAY, overtime_daily_after=120)
    departments = [department, make_department(site=site), make_department(site=other)]
    assign(departments[1], shifts[0])
    assign(departments[2], make_shift(other, "Late", "13:00", "21:00"))
    life = Life(seed, people, shifts, departments)
    for n in range(DAYS):
        freeze(datetime(2026, 11, 3, 12, tzinfo=UTC) + timedelta(days=n))
        days_open()
        life.day(MONDAY + timedelta(days=n - life.draw.choice((0, 0, 1, 3)) * (n > 3)))
        while due_compute():
            pass
    # Time goes on until every day is over.
    freeze(datetime(2026, 11, 16, 12, tzinfo=UTC))
    days_open()
    while due_compute():
        pass
    before = rows()
    assert {row["status"] for row in before} >= {"present", "absent"}
    assert DepartmentStay.objects.exists()
    assert recompute() == "0 days changed.\n"
    Workday.objects.all().delete()
    recompute(first="2026-10-20", last="2026-11-16")
    after = rows()
    assert [(row["person_id"], row["day"]) for row in after] == [
        (row["person_id"], row["day"]) for row in before
    ]
    for new, old in zip(after, before, strict=True):
        assert new == old
    assert not Due.objects.exists()


def test_a_dry_run_tells_and_changes_nothing(
    person: Person, site: Site, freeze: Callable[[datetime], None]
) -> None:
    freeze(datetime(2026, 11, 6, 12, tzinfo=UTC))
    assign(person, make_shift(site))
    make_workday(person, MONDAY, worked_minutes=77)
    make_punch(person, datetime(2026, 11, 2, 8, tzinfo=UTC))
    told = recompute(dry_run=True, first=str(MONDAY), last=str(MONDAY))
    assert person.employee_number in told
    assert "worked_minutes 77 > 0" in told
    assert "1 days would change." in told
    assert Workday.objects.get().worked_minutes == 77


def test_only_those_who_are_named(
    person: Person, make_person: Callable[..., Person], freeze: Callable[[datetime], None]
) -> None:
    freeze(datetime(2026, 11, 6, 12, tzinfo=UTC))
    other = make_person()
    for one in (person, other):
        make_workday(one, MONDAY, worked_minutes=77)
    span = {"first": str(MONDAY), "last": str(MONDAY)}
    for option, given in (
        ("person", person.employee_number),
        ("department", person.department.name),
        ("site", str(person.department.site_id)),
    ):
        Workday.objects.update(worked_minutes=77)
        assert recompute(**{option: given}, **span) == "1 days changed.\n"
        assert Workday.objects.get(person=other).worked_minutes == 77
    with pytest.raises(CommandError):
        recompute(person="nobody", **span)
