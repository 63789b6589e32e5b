"""Who sees the pages straight under /reports/, where the header leads, and where old addresses lead."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from faceroster.attendance.selectors import punches_visible_to
from faceroster.people.models import Department, Person
from faceroster.people.selectors import departments_visible_to, people_visible_to, sites_visible_to
from faceroster.trust.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(make_department: Any) -> Department:
    return make_department(name="Another department")


@pytest.fixture
def stranger(make_person: Any, other: Department) -> Person:
    return make_person(name="Someone Else", department=other)


def addresses(department: Department, person: Person) -> dict[str, str]:
    """The addresses that no other module tests, about ``department`` and ``person``."""
    query = f"?department={department.pk}"
    return {
        "day": reverse("reports:day") + query,
        "day_csv": reverse("reports:day_csv") + query,
        "emotions": reverse("reports:emotions") + f"?site={department.site_id}",
    }


def test_nobody_elses_name_is_on_a_managers_pages(
    manager_client: Client, person: Person, stranger: Person, hit: Any, now: Any
) -> None:
    hit(person, "08:00")
    hit(stranger, "08:00")
    text = manager_client.get("/reports/day/").text
    assert person.name in text
    assert stranger.name not in text
    assert "Another department" not in text
    assert manager_client.get(f"/reports/day/?department={stranger.department_id}").status_code == 404


def test_a_role_that_does_not_exist_sees_nothing(
    staff_user: User, department: Department, person: Person
) -> None:
    User.objects.filter(pk=staff_user.pk).update(role="visitor", is_staff=False)
    client = Client()
    client.force_login(staff_user)
    for url in (*addresses(department, person).values(), "/reports/"):
        assert client.get(url).status_code == 403


def test_a_manager_without_departments_gets_an_explanation_and_no_data(
    manager_client: Client, manager_user: User, person: Person
) -> None:
    manager_user.managed_departments.clear()
    assert "You manage no department" in manager_client.get("/reports/day/").text
    assert manager_client.get("/reports/day/csv/").status_code == 404


def test_an_empty_company_says_so(admin_client: Client) -> None:
    assert "There is no department yet" in admin_client.get("/reports/day/").text


def test_selectors_give_nothing_to_whom_nothing_is_due(
    person: Person, stranger: Person, manager_user: User, staff_user: User, hit: Any
) -> None:
    mine, theirs = hit(person, "08:00"), hit(stranger, "08:00")
    assert set(people_visible_to(staff_user)) == {person, stranger}
    assert set(punches_visible_to(staff_user)) == {mine, theirs}
    assert list(people_visible_to(manager_user)) == [person]
    assert list(departments_visible_to(manager_user)) == [person.department]
    assert list(sites_visible_to(manager_user)) == [person.department.site]
    assert list(punches_visible_to(manager_user)) == [mine]
    gone = User.objects.create_user("gone", role="staff", is_active=False)
    for nobody in (AnonymousUser(), gone, None):
        assert not people_visible_to(nobody).exists()
        assert not punches_visible_to(nobody).exists()
        assert not departments_visible_to(nobody).exists()
        assert not sites_visible_to(nobody).exists()


@pytest.mark.parametrize(
    "query",
    [
        "/reports/day/?department=nonsense",
        "/reports/day/?date=2026-02-30",
        "/reports/day/?date=0001-01-01",
        "/reports/day/?date=9999-12-31",
        "/reports/person/{person}/?month=2026-13",
        "/reports/person/{person}/?month=\u0662\u0660\u0662\u0666-\u0661\u0661",
        "/reports/person/00000000-0000-0000-0000-000000000000/",
    ],
)
def test_what_does_not_exist_is_not_found(staff_client: Client, person: Person, query: str) -> None:
    assert staff_client.get(query.format(person=person.pk)).status_code == 404


def test_pages_are_only_read(staff_client: Client, department: Department, person: Person) -> None:
    for url in addresses(department, person).values():
        assert staff_client.post(url).status_code == 405


def test_old_addresses_lead_to_the_new_pages(
    manager_client: Client, person: Person, stranger: Person, now: Any
) -> None:
    answer = manager_client.get(f"/reports/?department={person.department_id}&q=a%20b")
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/reports/today/?department={person.department_id}&q=a%20b",
    )
    month = f"/reports/person/{person.pk}/"
    assert manager_client.get(month)["Location"] == f"/reports/timesheets/{person.pk}/2026-11/"
    assert manager_client.get(f"{month}?month=2025-02")["Location"].endswith("/2025-02/")
    assert manager_client.get(f"/reports/person/{stranger.pk}/").status_code == 404


def test_everyone_begins_on_their_own_page(
    manager_client: Client, person_client: Client, client: Client
) -> None:
    assert manager_client.get("/")["Location"] == "/reports/today/"
    assert person_client.get("/")["Location"] == "/me/"
    assert client.get("/")["Location"] == "/accounts/login/?next=/"


def links(text: str) -> list[str]:
    """The labels of the header's links, the present one with a star."""
    nav = text.partition('<nav class="nav"')[2].partition("</nav>")[0]
    return [
        part.partition(">")[2].partition("<")[0] + ("*" if 'aria-current="page"' in part else "")
        for part in nav.split("<a ")[1:]
    ]


def test_the_header_leads_where_the_role_may_go(
    staff_client: Client, manager_client: Client, manager_user: User, person_client: Client, make_person: Any
) -> None:
    pages = ["Today*", "Exceptions", "Offline entries", "Timesheets", "Reports", "Rosters"]
    assert links(staff_client.get("/reports/day/").text) == [*pages, "People", "Lab", "Admin"]
    assert links(manager_client.get("/reports/day/").text) == pages
    make_person(user=manager_user)
    assert links(manager_client.get("/reports/day/").text) == [*pages, "Me"]
    assert links(person_client.get("/me/").text) == ["Me*"]


def test_no_page_needs_an_inline_script_or_style(
    staff_client: Client, person: Person, department: Department, hit: Any, now: Any
) -> None:
    hit(person, "08:00")
    for name in ("day", "emotions"):
        text = staff_client.get(addresses(department, person)[name]).text
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert "<script>" not in text
        assert "http://" not in text.replace("http://www.w3.org/", "")
        assert "https://" not in text
