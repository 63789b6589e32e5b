"""People, departments and sites through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from faceroster.enrollment.models import EnrollmentPhoto
from faceroster.people.models import Department, Person, Site
from faceroster.trust.models import SubjectKey
from tests.django.api.conftest import Company, photo_row
from tests.django.api.test_problems import assert_problem

URL = "/api/v1/people/"
JSON = "application/json"
MakePerson = Callable[..., Person]


def _names(client: Client, query: str = "") -> list[str]:
    return [person["name"] for person in client.get(URL + query).json()["results"]]


def test_add_read_change_deactivate(staff: Client, department: Department) -> None:
    body = {"employee_number": " 0042 ", "name": "Ada Example", "department": str(department.pk)}
    answer = staff.post(URL, body, content_type=JSON)
    assert answer.status_code == 201
    shown = answer.json()
    again = staff.get(answer["Location"])
    assert shown == again.json()
    assert again["Cache-Control"] == "no-store"
    assert {key: shown[key] for key in ("employee_number", "name", "email", "active", "enrolled")} == {
        "employee_number": "0042",
        "name": "Ada Example",
        "email": "",
        "active": True,
        "enrolled": False,
    }
    assert shown["department"] == {"id": str(department.pk), "name": department.name}
    assert shown["site"]["id"] == str(department.site_id)
    url = f"{URL}{shown['id']}/"
    changed = staff.patch(url, {"name": "Ada Other", "active": False}, content_type=JSON).json()
    assert changed == {**shown, "name": "Ada Other", "active": False}
    assert Person.objects.get().subject_key is not None


def test_an_employee_number_belongs_to_one_person(
    staff: Client, person: Person, make_person: MakePerson
) -> None:
    body = {
        "employee_number": person.employee_number,
        "name": "Other",
        "department": str(person.department_id),
    }
    before = Person.objects.count(), SubjectKey.objects.count()
    problem = assert_problem(staff.post(URL, body, content_type=JSON), 400, "person.number_taken")
    assert person.employee_number in problem["detail"]
    other = make_person()
    answer = staff.patch(f"{URL}{other.pk}/", {"employee_number": person.employee_number}, content_type=JSON)
    assert_problem(answer, 400, "person.number_taken")
    assert (Person.objects.count(), SubjectKey.objects.count()) == (before[0] + 1, before[1] + 1)


def test_what_is_not_given_stays(staff: Client, make_person: MakePerson) -> None:
    person = make_person(email="a@example.org")
    staff.patch(f"{URL}{person.pk}/", {}, content_type=JSON)
    fresh = Person.objects.get()
    assert (fresh.name, fresh.email, fresh.active) == (person.name, "a@example.org", True)


def test_search_and_filters(
    staff: Client, make_person: MakePerson, make_department: Callable[..., Department]
) -> None:
    lab, office = make_department(name="Lab"), make_department(name="Office")
    make_person(name="Ada Quist", employee_number="A1", department=lab, email="ada@example.org")
    make_person(name="Bo Quist", employee_number="B2", department=office)
    make_person(name="Cy Other", employee_number="C3", department=office, active=False)
    assert _names(staff) == ["Ada Quist", "Bo Quist", "Cy Other"]
    expected = {
        "?search=quist": ["Ada Quist", "Bo Quist"],
        "?search=quist+ada": ["Ada Quist"],
        "?search=b2": ["Bo Quist"],
        "?search=EXAMPLE.org": ["Ada Quist"],
        "?search=nobody": [],
        "?employee_number=C3": ["Cy Other"],
        "?employee_number=C": [],
        "?active=false": ["Cy Other"],
        "?active=true&search=quist": ["Ada Quist", "Bo Quist"],
        f"?department={office.pk}": ["Bo Quist", "Cy Other"],
        f"?site={lab.site_id}": ["Ada Quist"],
        "?enrolled=true": [],
        "?page_size=2&page=2": ["Cy Other"],
    }
    assert {query: _names(staff, query) for query in expected} == expected


def test_a_search_has_an_end(staff: Client) -> None:
    assert_problem(staff.get(URL, {"search": "a " * 2000}), 400, "input.invalid")


def test_someone_with_punches_is_not_deleted(administrator: Client, company: Company) -> None:
    answer = administrator.delete(f"{URL}{company.mine.person.pk}/")
    problem = assert_problem(answer, 409, "person.has_history")
    assert "inactive" in problem["detail"]
    assert Person.objects.filter(pk=company.mine.person.pk).exists()
    assert EnrollmentPhoto.objects.filter(pk=company.mine.photo.pk).exists()


def test_a_person_entered_by_mistake_is_deleted_with_their_key(administrator: Client, person: Person) -> None:
    photo_row(person)
    assert administrator.delete(f"{URL}{person.pk}/").status_code == 204
    assert not Person.objects.exists()
    assert not EnrollmentPhoto.objects.exists()
    key = SubjectKey.objects.get()
    assert key.destroyed_at is not None
    assert bytes(key.wrapped) == b""


def test_departments_and_sites_of_a_manager_are_their_own(
    staff: Client, manager: Client, company: Company
) -> None:
    for path, own, other in (
        ("departments", company.mine.department, company.theirs.department),
        ("sites", company.mine.site, company.theirs.site),
    ):
        seen: Any = manager.get(f"/api/v1/{path}/").json()["results"]
        assert [UUID(row["id"]) for row in seen] == [own.pk]
        assert_problem(manager.get(f"/api/v1/{path}/{other.pk}/"), 404, "resource.not_found")
        assert staff.get(f"/api/v1/{path}/").json()["count"] == 2
        assert staff.get(f"/api/v1/{path}/{other.pk}/").json()["name"] == other.name
    filtered = staff.get(f"/api/v1/departments/?site={company.theirs.site.pk}").json()["results"]
    assert [row["name"] for row in filtered] == [company.theirs.department.name]


@pytest.mark.parametrize("path", ["people", "punches", "departments", "sites", "kiosks"])
def test_lists_ask_the_database_the_same_few_times_however_long_they_are(
    path: str, staff: Client, make_person: MakePerson, django_assert_max_num_queries: Any
) -> None:
    _many(make_person, 1)
    staff.get(f"/api/v1/{path}/")  # notes the token's use
    with django_assert_max_num_queries(3) as few:  # the token, the count, the rows
        assert staff.get(f"/api/v1/{path}/").json()["count"] == 1
    _many(make_person, 6)
    with django_assert_max_num_queries(len(few)):
        assert staff.get(f"/api/v1/{path}/").json()["count"] == 7


def test_a_persons_photos_take_the_same_few_queries_too(
    manager: Client, company: Company, make_person: MakePerson, django_assert_max_num_queries: Any
) -> None:
    mine = company.mine.person
    url = f"{URL}{mine.pk}/photos/"
    for _ in range(5):
        photo_row(mine, similar_person=make_person(department=mine.department), status="review")
    manager.get(url)
    with django_assert_max_num_queries(5):  # the token, the person, the departments, the count, the rows
        assert manager.get(url).json()["count"] == 6


def _many(make_person: MakePerson, number: int) -> None:
    from faceroster.attendance.models import PunchSource
    from faceroster.attendance.services import punch_record
    from faceroster.kiosks.models import Kiosk, KioskStatus

    for _ in range(number):
        person = make_person()
        site: Site = person.department.site
        kiosk = Kiosk.objects.create(
            name="Door", site=site, status=KioskStatus.ACTIVE, secret_digest=person.pk.hex
        )
        punch_record(person=person, site=site, source=PunchSource.KIOSK, kiosk=kiosk)
