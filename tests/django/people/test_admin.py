"""The roster in the admin: who gets where, what it shows, and at which cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from faceroster.people.models import Department, Person, Site
from faceroster.trust.models import SubjectKey, User
from tests.support.consents import signed

PAGES = {
    "/admin/": 200,
    "/admin/people/person/": 200,
    "/admin/people/person/add/": 200,
    "/admin/people/department/": 200,
    "/admin/people/department/add/": 403,
    "/admin/people/site/": 200,
    "/admin/people/site/add/": 403,
}


@pytest.mark.parametrize(("url", "for_staff"), PAGES.items())
def test_pages_by_role(
    url: str, for_staff: int, admin_client: Client, staff_client: Client, manager_client: Client
) -> None:
    assert admin_client.get(url).status_code == 200
    assert staff_client.get(url).status_code == for_staff
    for client in (manager_client, Client()):
        answer = client.get(url)
        assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={url}")


def test_the_sidebar_shows_what_the_role_may_do(admin_client: Client, staff_client: Client) -> None:
    for_admin = admin_client.get("/admin/").content.decode()
    for_staff = staff_client.get("/admin/").content.decode()
    pages = [f"/reports/{page}/" for page in ("today", "day", "exceptions", "timesheets", "charts")]
    for place in ("/people/review/", "/people/import/", *pages, "/rosters/", "/admin/kiosks/kiosk/"):
        assert f'href="{place}"' in for_admin
        assert f'href="{place}"' in for_staff
    for place in ("/admin/trust/user/", "/admin/trust/apitoken/"):
        assert f'href="{place}"' in for_admin
        assert f'href="{place}"' not in for_staff


def test_after_adding_a_person_come_their_photos(staff_client: Client, department: Department) -> None:
    form = {"name": "Ada", "employee_number": " 1001 ", "department": department.pk, "active": "on"}
    answer = staff_client.post("/admin/people/person/add/", {**form, "_save": "1"})
    person = Person.objects.get()
    assert person.employee_number == "1001"
    assert answer["Location"] == f"/admin/people/person/{person.pk}/change/#photos"
    address = f'data-url="/people/{person.pk}/photos/add/"'
    assert address not in staff_client.get(answer["Location"]).content.decode()  # a consent comes first
    signed(person)
    assert address in staff_client.get(answer["Location"]).content.decode()
    answer = staff_client.post(
        "/admin/people/person/add/", {**form, "employee_number": "1002", "_addanother": "1"}
    )
    assert answer["Location"] == "/admin/people/person/add/"


def test_a_number_that_is_taken_is_said_in_words(
    staff_client: Client, make_person: Callable[..., Person]
) -> None:
    person = make_person(employee_number="1001")
    form = {"name": "Eve", "employee_number": "1001", "department": person.department_id}
    answer = staff_client.post("/admin/people/person/add/", form)
    assert "Another person has this employee number." in answer.content.decode()
    assert Person.objects.count() == 1


def test_staff_deactivate_people_and_administrators_delete_them(
    staff_client: Client, admin_client: Client, person: Person
) -> None:
    url = f"/admin/people/person/{person.pk}/delete/"
    assert staff_client.post(url, {"post": "yes"}).status_code == 403
    form = {
        "name": person.name,
        "employee_number": person.employee_number,
        "department": person.department_id,
    }
    staff_client.post(f"/admin/people/person/{person.pk}/change/", form)
    person.refresh_from_db()
    assert not person.active
    page = staff_client.get(f"/admin/people/person/{person.pk}/change/").content.decode()
    assert "data-photo-upload" not in page
    assert admin_client.post(url, {"post": "yes"}).status_code == 302
    assert not Person.objects.exists()
    assert SubjectKey.objects.get().destroyed_at is not None


def test_deleting_many_destroys_every_key(admin_client: Client, make_person: Callable[..., Person]) -> None:
    people = [make_person() for _ in range(3)]
    form = {"action": "delete_selected", "_selected_action": [p.pk for p in people[:2]], "post": "yes"}
    admin_client.post("/admin/people/person/", form)
    assert list(Person.objects.all()) == people[2:]
    assert SubjectKey.objects.filter(destroyed_at__isnull=False).count() == 2


def test_a_site_needs_a_time_zone_that_exists(admin_client: Client) -> None:
    form = {
        "name": "Harbour",
        "timezone": "Mars/Olympus",
        "punch_rule": "alternate",
        "day_starts_at": "04:00",
        "debounce_seconds": "60",
        "liveness": "passive",
    }
    admin_client.post("/admin/people/site/add/", form)
    assert not Site.objects.exists()
    admin_client.post("/admin/people/site/add/", {**form, "timezone": "Europe/Lisbon"})
    assert Site.objects.get().timezone == "Europe/Lisbon"


def test_lists_need_few_queries_however_long(
    admin_client: Client,
    make_person: Callable[..., Person],
    django_assert_max_num_queries: Any,
) -> None:
    def numbers(url: str) -> int:
        with django_assert_max_num_queries(14) as asked:
            assert admin_client.get(url).status_code == 200
        return len(asked)

    make_person()
    urls = ("/admin/people/person/", "/admin/people/department/", "/admin/people/site/")
    before = [numbers(url) for url in urls]
    for _ in range(15):
        make_person()
    assert [numbers(url) for url in urls] == before


@pytest.mark.parametrize("query", ["?q=Findme", "?photos=none", "?photos=review", "?active__exact=1"])
def test_search_and_filters(staff_client: Client, make_person: Callable[..., Person], query: str) -> None:
    make_person(name="Findme Please")
    page = staff_client.get("/admin/people/person/" + query).content.decode()
    assert ("Findme Please" in page) is (query != "?photos=review")


def test_only_administrators_hand_out_accounts(
    staff_client: Client, admin_client: Client, person: Person, person_user: User, make_person: Any
) -> None:
    other = make_person(department=person.department)
    url = reverse("admin:people_person_change", args=[other.pk])
    Person.objects.update(user=None)
    data = {
        "name": other.name,
        "employee_number": other.employee_number,
        "department": other.department.pk,
        "active": "on",
        "joined_on": "2026-01-05",
        "user": person_user.pk,
    }
    for client, account in ((staff_client, None), (admin_client, person_user)):
        page = client.get(url).content.decode()
        assert ('name="user"' in page) == (account is not None)
        assert client.post(url, data).status_code == 302
        other.refresh_from_db()
        assert (other.user, str(other.joined_on)) == (account, "2026-01-05")
