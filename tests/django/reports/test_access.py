"""Who may open which page: every address, every role."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import URLPattern, reverse

from faceroster.attendance.models import Punch
from faceroster.attendance.selectors import punches_visible_to
from faceroster.people.models import Department, Person
from faceroster.people.selectors import departments_visible_to, people_visible_to, sites_visible_to
from faceroster.reports.urls import urlpatterns
from faceroster.trust.models import User
from tests.django.reports.conftest import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(make_department: Any) -> Department:
    return make_department(name="Another department")


@pytest.fixture
def stranger(make_person: Any, other: Department) -> Person:
    return make_person(name="Someone Else", department=other)


def addresses(department: Department, person: Person) -> dict[str, str]:
    """Every address under /reports/, about ``department`` and ``person``."""
    query = f"?department={department.pk}"
    return {
        "board": reverse("reports:board") + query,
        "board_live": reverse("reports:board_live") + query,
        "day": reverse("reports:day") + query,
        "day_csv": reverse("reports:day_csv") + query,
        "emotions": reverse("reports:emotions") + f"?site={department.site_id}",
        "person": reverse("reports:person", args=[person.pk]),
        "person_csv": reverse("reports:person_csv", args=[person.pk]),
    }


@pytest.fixture
def own(department: Department, person: Person) -> dict[str, str]:
    return addresses(department, person)


@pytest.fixture
def others(other: Department, stranger: Person) -> dict[str, str]:
    return addresses(other, stranger)


def test_no_address_is_forgotten_here(own: dict[str, str]) -> None:
    assert set(own) == {pattern.name for pattern in urlpatterns if isinstance(pattern, URLPattern)}


def test_anonymous_visitors_sign_in_first(own: dict[str, str]) -> None:
    for url in own.values():
        response = Client().get(url)
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/?next=/reports/")


def test_a_fragment_asks_an_anonymous_page_to_load_anew(own: dict[str, str]) -> None:
    response = Client().get(own["board_live"], headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Refresh"], response.content) == (401, "true", b"")


@pytest.mark.parametrize("role", ["admin_client", "staff_client"])
def test_administrators_and_staff_see_everyone(
    role: str, request: pytest.FixtureRequest, own: dict[str, str], others: dict[str, str]
) -> None:
    client: Client = request.getfixturevalue(role)
    for url in [*own.values(), *others.values()]:
        assert client.get(url).status_code == 200, url


def test_managers_see_their_own_department_and_others_do_not_exist(
    manager_client: Client, own: dict[str, str], others: dict[str, str]
) -> None:
    for url in own.values():
        assert manager_client.get(url).status_code == 200, url
    for url in others.values():
        assert manager_client.get(url).status_code == 404, url


def test_nobody_elses_name_is_on_a_managers_pages(
    manager_client: Client, person: Person, stranger: Person, hit: Any, now: Any
) -> None:
    hit(person, "08:00")
    hit(stranger, "08:00")
    for url in (
        "/reports/",
        "/reports/live/",
        "/reports/day/",
        f"/reports/?site={person.department.site_id}",
    ):
        text = manager_client.get(url).text
        assert person.name in text
        assert stranger.name not in text
        assert "Another department" not in text
    assert manager_client.get(f"/reports/?site={stranger.department.site_id}").status_code == 404


def test_a_role_that_does_not_exist_sees_nothing(own: dict[str, str], staff_user: User) -> None:
    User.objects.filter(pk=staff_user.pk).update(role="visitor", is_staff=False)
    client = Client()
    client.force_login(staff_user)
    for url in own.values():
        assert client.get(url).status_code == 403


def test_a_manager_without_departments_gets_an_explanation_and_no_data(
    manager_client: Client, manager_user: User, person: Person
) -> None:
    manager_user.managed_departments.clear()
    assert "You manage no department" in manager_client.get("/reports/").text
    assert "You manage no department" in manager_client.get("/reports/day/").text
    assert manager_client.get("/reports/day/csv/").status_code == 404


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
        "/reports/?department=nonsense",
        "/reports/?site=00000000-0000-0000-0000-000000000000",
        "/reports/day/?date=2026-02-30",
        "/reports/day/?date=0001-01-01",
        "/reports/day/?date=9999-12-31",
        "/reports/person/{person}/?month=2026-13",
        "/reports/person/{person}/?month=9999-12",
        "/reports/person/{person}/?month=\u0662\u0660\u0662\u0666-\u0661\u0661",
        "/reports/person/00000000-0000-0000-0000-000000000000/",
    ],
)
def test_what_does_not_exist_is_not_found(staff_client: Client, person: Person, query: str) -> None:
    assert staff_client.get(query.format(person=person.pk)).status_code == 404


def test_pages_are_only_read(staff_client: Client, own: dict[str, str]) -> None:
    for url in own.values():
        assert staff_client.post(url).status_code == 405


def test_the_header_leads_where_the_role_may_go(
    staff_client: Client, manager_client: Client, department: Department
) -> None:
    staff, manager = staff_client.get("/reports/").text, manager_client.get("/reports/").text
    assert 'href="/reports/day/"' in staff
    assert 'href="/reports/day/"' in manager
    assert 'href="/admin/"' in staff
    assert 'href="/admin/' not in manager
    assert 'aria-current="page">Board' in manager


def test_no_page_needs_an_inline_script_or_style(
    staff_client: Client, own: dict[str, str], hit: Any, person: Person, now: Any
) -> None:
    hit(person, "08:00")
    for name in ("board", "board_live", "day", "person", "emotions"):
        text = staff_client.get(own[name]).text
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        assert "<script>" not in text
        assert "http://" not in text.replace("http://www.w3.org/", "")
        assert "https://" not in text


def _punches_for(people: list[Person], hit: Any, days: int) -> None:
    for person, back, clock in product(people, range(days), ("08:00", "12:00", "12:30", "14:00")):
        hit(person, clock, day=TODAY - timedelta(days=back))


def test_queries_stay_few_with_thirty_people_and_twenty_punches_each(
    staff_client: Client,
    department: Department,
    make_person: Any,
    hit: Any,
    now: Any,
    django_assert_max_num_queries: Any,
) -> None:
    people = [make_person(department=department) for _ in range(30)]
    _punches_for(people, hit, days=5)
    assert Punch.objects.count() == 600
    for url in addresses(department, people[0]).values():
        with django_assert_max_num_queries(12):
            response = staff_client.get(url)
            assert b"".join(response) != b""
