"""Today's board: who is in, who has left, who was not seen."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from faceroster.people.models import Department, Person
from faceroster.reports.selectors import Board, BoardFilter, Entry, board_for
from faceroster.trust.models import User
from tests.django.reports.conftest import NOW

pytestmark = pytest.mark.django_db


def names(entries: list[Entry]) -> list[str]:
    return [entry.person.name for entry in entries]


@pytest.fixture
def three(make_person: Any, department: Department) -> list[Person]:
    return [make_person(name=name, department=department) for name in ("Ada Lind", "Ben Moss", "Cleo Hart")]


def board(user: User, now: datetime = NOW, **narrow: Any) -> Board:
    return board_for(user, narrow=BoardFilter(**narrow), now=now)


def test_everyone_is_in_one_place(staff_user: User, three: list[Person], hit: Any) -> None:
    ada, ben, _ = three
    hit(ada, "08:58")
    hit(ben, "08:00")
    hit(ben, "14:10")
    found = board(staff_user)
    assert (names(found.present), names(found.left), names(found.unseen)) == (
        ["Ada Lind"],
        ["Ben Moss"],
        ["Cleo Hart"],
    )
    assert (found.total, found.zone) == (3, "Europe/Berlin")


def test_the_latest_come_first(staff_user: User, three: list[Person], hit: Any) -> None:
    for person, clock in zip(three, ("08:00", "09:00", "08:30"), strict=True):
        hit(person, clock)
    assert names(board(staff_user).present) == ["Ben Moss", "Cleo Hart", "Ada Lind"]


def test_yesterday_does_not_count_and_the_night_still_does(
    staff_user: User, three: list[Person], hit: Any
) -> None:
    ada, ben, _ = three
    hit(ada, "09:00", day=date(2026, 11, 17))
    hit(ben, "22:00", day=date(2026, 11, 17))
    night = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)  # 02:00 in Berlin, still the 17th there
    assert names(board(staff_user, now=night).present) == ["Ben Moss", "Ada Lind"]
    assert board(staff_user).present == []


def test_each_site_has_its_own_today(
    staff_user: User, make_site: Any, make_department: Any, make_person: Any, hit: Any, department: Department
) -> None:
    far = make_department(site=make_site(timezone="Pacific/Auckland"))
    early, traveller = make_person(department=far), make_person(department=department)
    now = datetime(2026, 11, 17, 20, 0, tzinfo=UTC)  # the 18th in Auckland, the 17th in Berlin
    hit(early, "08:30", day=date(2026, 11, 18))
    hit(traveller, "08:15", day=date(2026, 11, 18), site=far.site)
    found = board(staff_user, now=now)
    assert names(found.present) == [early.name, traveller.name]


def test_whoever_has_left_for_good_is_not_missed(staff_user: User, three: list[Person]) -> None:
    Person.objects.filter(pk=three[0].pk).update(active=False)
    assert names(board(staff_user).unseen) == ["Ben Moss", "Cleo Hart"]


def test_filters(
    staff_user: User, three: list[Person], make_person: Any, make_department: Any, department: Department
) -> None:
    other = make_person(name="Ada Vale", department=make_department(), employee_number="X77")
    assert names(board(staff_user, search="ada").unseen) == ["Ada Lind", "Ada Vale"]
    assert names(board(staff_user, search="vale ada").unseen) == ["Ada Vale"]
    assert names(board(staff_user, search="x77").unseen) == ["Ada Vale"]
    assert names(board(staff_user, department=other.department).unseen) == ["Ada Vale"]
    assert names(board(staff_user, site=department.site).unseen) == ["Ada Lind", "Ben Moss", "Cleo Hart"]


def test_the_page_shows_the_counts_and_the_times(
    staff_client: Client, three: list[Person], hit: Any, now: datetime
) -> None:
    hit(three[0], "08:58")
    for url in ("/reports/", "/reports/live/"):
        text = staff_client.get(url).text
        counts = re.findall(r'id="count-(\w+)" class="stat-value">(\d+)<', text)
        assert counts == [("present", "1"), ("left", "0"), ("unseen", "2")]
        assert '<time datetime="2026-11-18T08:58:00+01:00">08:58</time>' in text
        assert ">AL</span>" in text
    assert "<html" not in staff_client.get("/reports/live/").text


def test_the_zone_is_named_where_zones_differ(
    staff_client: Client,
    three: list[Person],
    make_site: Any,
    make_department: Any,
    make_person: Any,
    hit: Any,
    now: datetime,
) -> None:
    hit(three[0], "08:58")
    assert "Berlin</span>" not in staff_client.get("/reports/").text
    there = make_person(department=make_department(site=make_site(timezone="Europe/Lisbon")))
    hit(there, "09:00")
    text = staff_client.get("/reports/").text
    assert '<span class="zone" title="Europe/Berlin">Berlin</span>' in text
    assert '<span class="zone" title="Europe/Lisbon">Lisbon</span>' in text


def test_names_are_escaped(staff_client: Client, make_person: Any) -> None:
    make_person(name="<script>alert(1)</script>")
    assert "<script>alert" not in staff_client.get("/reports/").text


def test_a_search_without_a_match_says_so(staff_client: Client, three: list[Person]) -> None:
    assert "Nobody matches" in staff_client.get("/reports/?q=zzz").text


def test_an_empty_roster_says_so(staff_client: Client, admin_client: Client) -> None:
    assert "Nobody is on the roster yet" in staff_client.get("/reports/").text
    assert "There is no department yet" in admin_client.get("/reports/day/").text
