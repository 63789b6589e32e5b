"""Reports with charts: whose days, which sums, and that chart, table and download say the same."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from faceroster.attendance.models import DayStatus
from faceroster.people.models import Department, Person
from faceroster.trust.models import User
from tests.support.rosters import make_workday

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 2)
TUESDAY = MONDAY + timedelta(days=1)
NOVEMBER = {"from": "2026-11", "to": "2026-11"}
CHARTS = "/reports/charts/"


@pytest.fixture(autouse=True)
def _now(now: datetime) -> None:
    """Wednesday, 18 November 2026."""


@pytest.fixture
def other(make_person: Any, make_department: Any) -> Person:
    return make_person(name="Someone Else", department=make_department(name="Another department"))


@pytest.fixture
def days(person: Person, other: Person) -> None:
    make_workday(person, MONDAY, due_minutes=480, worked_minutes=510, overtime_minutes=30, late_minutes=12)
    make_workday(
        person, TUESDAY, status=DayStatus.LEAVE, due_minutes=480, credited_minutes=480, leave_days=Decimal(1)
    )
    make_workday(other, MONDAY, status=DayStatus.ABSENT, due_minutes=480, absent=True)


def chart(page: str, key: str) -> dict[str, Any]:
    """What the browser would draw."""
    found = re.search(rf'<script id="data-{key}" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found, f"no chart called {key}"
    return json.loads(found[1])


def rows(page: str, key: str) -> list[list[str]]:
    """The cells of one table, body and foot."""
    [section] = re.findall(rf'aria-labelledby="title-{key}">\s*<table>(.*?)</table>', page, re.DOTALL)
    body = section.split("</thead>")[1]
    return [
        [html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]


def test_hours_are_added_up_by_day_and_drawn_as_they_are_listed(staff_client: Client, days: None) -> None:
    page = staff_client.get(CHARTS, NOVEMBER).text
    assert rows(page, "hours") == [
        ["Sun 1 Nov", "0.0", "0.0", "0.0", "0.0"],
        ["Mon 2 Nov", "16.0", "8.5", "0.0", "-7.5"],
        ["Tue 3 Nov", "8.0", "0.0", "8.0", "0.0"],
        ["All", "24.0", "8.5", "8.0", "-7.5"],
    ]
    drawn = chart(page, "hours")
    assert drawn["labels"] == ["Sun 1 Nov", "Mon 2 Nov", "Tue 3 Nov"]
    assert {one["label"]: one["values"] for one in drawn["series"]} == {
        "Worked": [0.0, 8.5, 0.0],
        "Credited": [0.0, 0.0, 8.0],
        "Due": [0.0, 16.0, 8.0],
    }
    looks = [(one["look"], one["colour"]) for one in drawn["series"]]
    assert len({look for look, _ in looks}) == len(looks), "told apart by colour alone"


def test_overtime_lateness_and_absence(staff_client: Client, days: None) -> None:
    page = staff_client.get(CHARTS, NOVEMBER).text
    assert rows(page, "overtime")[-1] == ["All", "0.5", "0.0", "0.5"]
    assert rows(page, "late")[-1] == ["All", "1", "12", "12", "33.3"]
    assert rows(page, "weekdays") == [["Monday", "50.0", "1", "12", "12"], ["Tuesday", "0.0", "0", "0", "–"]]
    assert rows(page, "away")[1:3] == [
        ["Mon 2 Nov", "1", "50.0", "0", "0.0"],
        ["Tue 3 Nov", "0", "0.0", "1", "100.0"],
    ]


def test_excused_days_are_nobodys_fault_and_days_that_run_are_not_over(
    staff_client: Client, person: Person
) -> None:
    make_workday(person, MONDAY, due_minutes=480, worked_minutes=400, late_minutes=80, excused=True)
    make_workday(person, TUESDAY, due_minutes=480, status=DayStatus.RUNNING, late_minutes=30)
    page = staff_client.get(CHARTS, NOVEMBER).text
    assert rows(page, "late")[-1] == ["All", "0", "0", "–", "0.0"]
    assert rows(page, "hours")[-1] == ["All", "8.0", "6.7", "0.0", "-1.3"]
    assert "Nobody came late." in page


def test_weeks_and_months(staff_client: Client, person: Person) -> None:
    for day in (date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)):
        make_workday(person, day, due_minutes=60, worked_minutes=60)
    span = {"from": "2026-09", "to": "2026-11"}
    weeks = rows(staff_client.get(CHARTS, span).text, "hours")
    assert weeks[0] == ["1 Sep – 6 Sep", "0.0", "0.0", "0.0", "0.0"]
    assert ["28 Sep – 4 Oct", "2.0", "2.0", "0.0", "0.0"] in weeks
    assert weeks[-2] == ["26 Oct – 1 Nov", "2.0", "2.0", "0.0", "0.0"]
    page = staff_client.get(CHARTS, {**span, "by": "month"}).text
    assert [row[:2] for row in rows(page, "hours")[:3]] == [
        ["September 2026", "1.0"],
        ["October 2026", "2.0"],
        ["November 2026", "1.0"],
    ]
    assert [row[0] for row in rows(page, "trend")] == ["September 2026", "October 2026", "November 2026"]


def test_people_are_listed_for_one_department_only(
    staff_client: Client, person: Person, other: Person, days: None
) -> None:
    everywhere = staff_client.get(CHARTS, NOVEMBER).text
    assert person.name not in everywhere
    assert [row[0] for row in rows(everywhere, "departments")][:1] == [
        f"Another department, {other.department.site.name}"
    ]
    page = staff_client.get(CHARTS, {**NOVEMBER, "department": person.department_id}).text
    assert rows(page, "people")[0] == [person.name, "16.0", "8.5", "8.0", "0.5", "0.5", "1", "0", "1"]
    assert other.name not in page


def test_a_manager_gets_their_own_departments_sums_and_nobody_elses(
    manager_client: Client, person: Person, other: Person, days: None
) -> None:
    page = manager_client.get(CHARTS, NOVEMBER).text
    assert rows(page, "hours")[-1] == ["All", "16.0", "8.5", "8.0", "0.5"]
    assert [row[0] for row in rows(page, "people")] == [person.name, "All"]
    assert "Another department" not in page


def test_whoever_has_moved_on_is_counted_but_not_named(
    manager_client: Client, make_person: Any, person: Person, other: Person, days: None
) -> None:
    Person.objects.filter(pk=person.pk).update(department=other.department)
    page = manager_client.get(CHARTS, NOVEMBER).text
    assert person.name not in page
    assert next(row[0] for row in rows(page, "people")).startswith("People who have moved on")


@pytest.mark.parametrize("table", ["hours", "overtime", "late", "weekdays", "away", "people"])
def test_every_table_can_be_downloaded(
    manager_client: Client, sheet_csv: Callable[[Any], list[dict[str, str]]], days: None, table: str
) -> None:
    page = manager_client.get(CHARTS, NOVEMBER).text
    [address] = re.findall(rf'href="({reverse("reports:charts_csv", args=[table])}[^"]*)"', page)
    found = sheet_csv(manager_client.get(html.unescape(address)))
    listed = [row for row in rows(page, table) if row[0] != "All"]
    assert len(found) == len(listed)


def test_a_download_has_whole_minutes(
    staff_client: Client, sheet_csv: Callable[[Any], list[dict[str, str]]], days: None
) -> None:
    response = staff_client.get(reverse("reports:charts_csv", args=["hours"]), NOVEMBER)
    second = sheet_csv(response)[1]
    assert second == {
        "first_day": "2026-11-02",
        "last_day": "2026-11-02",
        "due_minutes": "960",
        "worked_minutes": "510",
        "credited_minutes": "0",
        "balance_minutes": "-450",
    }


def urls(department: Department) -> list[str]:
    query = f"?department={department.pk}"
    return [CHARTS + query, f"{CHARTS}csv/hours/{query}"]


@pytest.mark.parametrize(
    ("role", "own", "others"),
    [("admin_client", 200, 200), ("staff_client", 200, 200), ("manager_client", 200, 404)],
)
def test_roles(
    role: str, own: int, others: int, request: pytest.FixtureRequest, person: Person, other: Person
) -> None:
    client = request.getfixturevalue(role)
    for address in urls(person.department):
        assert client.get(address).status_code == own
        assert client.post(address).status_code == 405
    for address in urls(other.department):
        assert client.get(address).status_code == others


def test_nobody_else_may_look(person: Person, staff_user: User) -> None:
    for address in urls(person.department):
        assert Client().get(address)["Location"].startswith("/accounts/login/")
    User.objects.filter(pk=staff_user.pk).update(role="visitor", is_staff=False)
    client = Client()
    client.force_login(staff_user)
    for address in urls(person.department):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "?from=2026-13",
        "?to=9999-01",
        "?by=hour",
        "?site=nonsense",
        "?department=nonsense",
        "?department=00000000-0000-0000-0000-000000000000",
        "csv/salaries/",
    ],
)
def test_what_does_not_exist_is_not_found(staff_client: Client, person: Person, query: str) -> None:
    assert staff_client.get(CHARTS + query).status_code == 404


def test_empty_states_are_said_in_words(
    staff_client: Client, manager_client: Client, manager_user: User, person: Person
) -> None:
    assert "No day of this time is over yet" in staff_client.get(CHARTS, NOVEMBER).text
    manager_user.managed_departments.clear()
    assert "You manage no department" in manager_client.get(CHARTS).text


def test_a_reversed_or_endless_stretch_is_put_right(staff_client: Client, person: Person) -> None:
    page = staff_client.get(CHARTS, {"from": "2026-11", "to": "2026-09"}).text
    assert 'name="from" value="2026-09"' in page
    page = staff_client.get(CHARTS, {"from": "1999-01", "to": "2026-11"}).text
    assert 'name="from" value="2024-12"' in page


def test_another_site_lets_go_of_the_department(
    staff_client: Client, person: Person, other: Person, days: None
) -> None:
    query = {**NOVEMBER, "site": other.department.site_id, "department": person.department_id}
    page = staff_client.get(CHARTS, query).text
    assert rows(page, "hours")[-1] == ["All", "8.0", "0.0", "0.0", "-8.0"]


def test_numbers_follow_the_language(staff_client: Client, days: None) -> None:
    with translation.override("de"):
        page = staff_client.get(CHARTS, NOVEMBER, headers={"Accept-Language": "de"}).text
    assert "8,5" in page
    assert chart(page, "hours")["series"][0]["values"] == [0.0, 8.5, 0.0]


def test_no_inline_script_or_style(staff_client: Client, days: None) -> None:
    page = staff_client.get(CHARTS, NOVEMBER).text
    assert " style=" not in page
    assert "<style" not in page
    assert "<script>" not in page
    assert " onclick=" not in page
    assert "https://" not in page


def test_queries_do_not_grow_with_people_and_days(
    staff_client: Client, department: Department, make_person: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        someone = make_person(department=department)
        for offset in range(10):
            make_workday(someone, MONDAY + timedelta(days=offset), due_minutes=480, late_minutes=number)
    for query, most in ((NOVEMBER, 9), ({**NOVEMBER, "department": str(department.pk)}, 10)):
        with django_assert_max_num_queries(most):
            assert staff_client.get(CHARTS, query).status_code == 200
