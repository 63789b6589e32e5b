"""Today: everyone is in exactly one state, whoever looks sees their own people, in few queries."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from faceroster.attendance.models import DayStatus, Workday
from faceroster.people.models import Department, Person, Site
from faceroster.people.selectors import departments_visible_to, sites_visible_to
from faceroster.reports.today.selectors import PAGE, Today, TodayFilter, today_for
from faceroster.reports.today.states import State
from faceroster.trust.models import User
from tests.django.reports.conftest import NOW, TODAY
from tests.support.rosters import make_workday

pytestmark = pytest.mark.django_db
URL, LIVE = "/reports/today/", "/reports/today/live/"
_DAY = timedelta(days=1)


def instant(site: Site, clock: str, day: date = TODAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=site.zone).astimezone(UTC)


def working(person: Person, came: str = "", left: str = "", day: date = TODAY, **figures: Any) -> Workday:
    """A day from 9 to half past five, its grace five minutes, at 15:00."""
    site = person.department.site
    figures.setdefault("status", DayStatus.RUNNING)
    figures.setdefault("expected_start", instant(site, "09:00", day))
    figures.setdefault("expected_end", instant(site, "17:30", day))
    figures.setdefault("late_from", instant(site, "09:05", day))
    if came:
        figures["first_in"] = instant(site, came, day)
    if left:
        figures["last_out"] = instant(site, left, day)
    return make_workday(person, day, present=bool(came and not left), **figures)


def read(user: User, now: datetime = NOW, **narrow: Any) -> Today:
    return today_for(
        user,
        narrow=TodayFilter(**narrow),
        departments=list(departments_visible_to(user)),
        sites=list(sites_visible_to(user)),
        now=now,
    )


def states(user: User, now: datetime = NOW) -> dict[str, str]:
    return {entry.person.name: entry.state for group in read(user, now).groups for entry in group.entries}


def test_everyone_is_in_one_state(make_person: Any, department: Department, admin_user: User) -> None:
    def someone(name: str) -> Person:
        return make_person(name=name, department=department)

    working(someone("in"), "08:58")
    working(someone("left"), "08:58", "14:10")
    working(someone("late"))
    working(
        someone("expected"),
        expected_start=instant(department.site, "16:00"),
        late_from=instant(department.site, "16:05"),
    )
    working(someone("over"), expected_end=instant(department.site, "14:00"))
    working(someone("absent"), status=DayStatus.ABSENT, absent=True)
    make_workday(someone("leave"), TODAY, status=DayStatus.LEAVE)
    for status in (DayStatus.REST, DayStatus.HOLIDAY, DayStatus.FREE, DayStatus.NONE):
        make_workday(someone(f"off {status}"), TODAY, status=status)
    someone("unknown")
    make_person(name="gone", department=department, active=False)
    assert states(admin_user) == {
        "in": "in", "left": "left", "late": "late", "expected": "expected",
        "over": "absent", "absent": "absent", "leave": "leave", "unknown": "unknown",
        "off rest": "off", "off holiday": "off", "off free": "off", "off none": "off",
    }  # fmt: skip
    today = read(admin_user)
    assert today.total == 12
    assert sum(counter.value for counter in today.counters) == 12


def test_who_came_although_on_leave_or_at_rest_is_in(
    make_person: Any, department: Department, admin_user: User
) -> None:
    working(make_person(name="a", department=department), "08:00", status=DayStatus.LEAVE)
    working(make_person(name="b", department=department), "08:00", "12:00", status=DayStatus.REST)
    assert states(admin_user) == {"a": "in", "b": "left"}


def night(person: Person, **figures: Any) -> Workday:
    """From yesterday 22:00 to today 06:00."""
    site = person.department.site
    return make_workday(
        person,
        TODAY - _DAY,
        **{
            "status": DayStatus.RUNNING,
            "expected_start": instant(site, "22:00", TODAY - _DAY),
            "expected_end": instant(site, "06:00"),
            "late_from": instant(site, "22:05", TODAY - _DAY),
            **figures,
        },
    )


def test_a_night_that_runs_belongs_to_today(
    make_person: Any, department: Department, admin_user: User
) -> None:
    """At five in the morning a new working day has begun, and the night goes on for an hour."""
    site = department.site
    tonight = {
        "status": DayStatus.AHEAD,
        "expected_start": instant(site, "22:00"),
        "expected_end": instant(site, "06:00", TODAY + _DAY),
        "late_from": instant(site, "22:05"),
    }
    on_duty, missing, home = [
        make_person(name=name, department=department) for name in ("on", "missing", "home")
    ]
    came = instant(site, "21:58", TODAY - _DAY)
    night(on_duty, present=True, first_in=came)
    night(missing)
    night(home, first_in=came, last_out=instant(site, "04:30"))
    for person in (on_duty, missing, home):
        make_workday(person, TODAY, **tonight)
    assert states(admin_user, instant(site, "05:00")) == {"on": "in", "missing": "late", "home": "left"}
    # After its end only who is still in belongs to it, and they not for ever.
    assert states(admin_user, instant(site, "06:30")) == {
        "on": "in",
        "missing": "expected",
        "home": "expected",
    }
    assert states(admin_user, instant(site, "18:30"))["on"] == "expected"
    Workday.objects.filter(person=on_duty, day=TODAY).update(first_in=instant(site, "06:20"), present=True)
    entry = next(entry for entry in read(admin_user, instant(site, "06:30")).groups[0].entries)
    assert (entry.person, entry.day) == (on_duty, TODAY)


def test_each_site_has_its_own_day(
    make_site: Any, make_department: Any, make_person: Any, admin_user: User
) -> None:
    """At noon in Berlin the next day has begun in Auckland."""
    now = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)
    east = make_person(department=make_department(site=make_site(timezone="Pacific/Auckland")), name="east")
    west = make_person(department=make_department(site=make_site(timezone="Europe/Berlin")), name="west")
    for person in (east, west):
        make_workday(person, TODAY, status=DayStatus.REST)
    assert states(admin_user, now) == {"east": "unknown", "west": "off"}
    working(east, "08:30", day=TODAY + _DAY)
    assert states(admin_user, now) == {"east": "in", "west": "off"}


def test_a_counter_narrows_the_list_and_keeps_the_counts(
    make_person: Any, department: Department, admin_user: User
) -> None:
    for n in range(3):
        working(make_person(department=department, name=f"in {n}"), f"08:0{n}")
    working(make_person(department=department, name="late"))
    today = read(admin_user, state="in")
    assert [(counter.state, counter.value) for counter in today.counters][:2] == [
        (State.IN, 3),
        (State.LATE, 1),
    ]
    assert [[entry.person.name for entry in group.entries] for group in today.groups] == [
        ["in 2", "in 1", "in 0"]
    ]


def test_long_lists_come_in_pages(make_person: Any, department: Department, admin_user: User) -> None:
    for n in range(PAGE + 5):
        make_person(department=department, name=f"Person {n:03}")
    overview = read(admin_user).groups[0]
    assert (overview.total, overview.more) == (PAGE + 5, PAGE + 5 - len(overview.entries))
    assert overview.more > 0
    first, last = (read(admin_user, state="unknown", page=page) for page in (1, 99))
    assert (first.pages, len(first.groups[0].entries)) == (2, PAGE)
    assert (last.page, [entry.person.name for entry in last.groups[0].entries][-1]) == (
        2,
        f"Person {PAGE + 4:03}",
    )


def test_departments_and_sites_are_counted(
    make_site: Any, make_department: Any, make_person: Any, admin_user: User
) -> None:
    north, south = make_site(name="North"), make_site(name="South")
    doors, roof = make_department(name="Doors", site=north), make_department(name="Roof", site=north)
    make_department(name="Empty", site=south)
    cellar = make_department(name="Cellar", site=south)
    working(make_person(department=doors), "08:00")
    working(make_person(department=roof))
    working(make_person(department=cellar), "08:00")
    lines = [(tally.name, [cell.value for cell in tally.cells]) for tally in read(admin_user).tallies]
    assert lines == [
        ("North", [1, 1, 0, 0]), ("Doors", [1, 0, 0, 0]), ("Roof", [0, 1, 0, 0]),
        ("South", [1, 0, 0, 0]), ("Cellar", [1, 0, 0, 0]),
    ]  # fmt: skip
    chosen = read(admin_user, department=doors)
    assert chosen.total == 1
    assert len(chosen.tallies) == 5, "the others stay there to be chosen"
    assert {tally.name for tally in read(admin_user, site=south).tallies} == {"Cellar"}


def test_the_pages_name_people_and_lead_to_their_day(
    person: Person, make_person: Any, manager_client: Client, admin_client: Client, now: datetime
) -> None:
    working(person, "08:58")
    other = make_person(name="Someone Else")
    working(other)
    for url in (URL, LIVE):
        text = admin_client.get(url).text
        assert reverse("reports:today_day", args=[person.pk, TODAY]) in text
        assert ">08:58<" in text
        assert other.name in text
        mine = manager_client.get(url).text
        assert person.name in mine
        assert other.name not in mine
        assert other.department.name not in mine
    assert admin_client.get(URL, {"q": "nobody at all"}).text.count("Nobody matches") == 1


def test_bad_questions(admin_client: Client, manager_client: Client, make_department: Any) -> None:
    other = make_department()
    assert admin_client.get(URL, {"state": "asleep"}).status_code == 404
    assert admin_client.get(URL, {"page": "x", "state": "in"}).status_code == 200
    assert manager_client.get(URL, {"department": other.pk}).status_code == 404
    assert manager_client.get(LIVE, {"site": other.site_id}).status_code == 404


def test_its_queries_do_not_grow(
    make_person: Any,
    make_department: Any,
    make_site: Any,
    admin_client: Client,
    django_assert_max_num_queries: Any,
) -> None:
    for zone in ("Europe/Berlin", "Pacific/Auckland", "America/Lima"):
        department = make_department(site=make_site(timezone=zone))
        for _ in range(3):
            working(make_person(department=department), "08:00")
            working(make_person(department=department))
    with django_assert_max_num_queries(7):  # session, user, departments, sites, counts, people, workdays
        admin_client.get(LIVE)
    with django_assert_max_num_queries(8):
        admin_client.get(LIVE, {"department": department.pk, "state": "in"})
