"""Who may open which address of timesheets and exports: every address, every role."""

from __future__ import annotations

from datetime import date
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from faceroster.attendance.models import Period, TimesheetEvent
from faceroster.people.models import Department, Person
from faceroster.reports.models import ExportRun
from faceroster.reports.timesheets.urls import urlpatterns
from faceroster.trust.models import User
from tests.support.rosters import make_workday

pytestmark = pytest.mark.django_db

#: Sent as forms; staff may only send the last one.
DECIDED = ("timesheets_decide", "timesheets_close", "timesheets_reopen")
ASKED = "export_new"
RUNS = ("export_run", "export_progress", "export_file")


@pytest.fixture(autouse=True)
def _no_worker() -> Any:
    with mock.patch("faceroster.jobs.enqueue"):
        yield


def pages(department: Department, person: Person) -> dict[str, str]:
    return {
        "timesheets": reverse("reports:timesheets") + f"?department={department.pk}&month=2026-10",
        "timesheet": reverse("reports:timesheet", args=[person.pk, "2026-10"]),
        "exports": reverse("reports:exports"),
    }


def form(department: Department, person: Person) -> dict[str, str]:
    return {
        "department": str(department.pk),
        "month": "2026-10",
        "people": str(person.pk),
        "verdict": "approve",
        "reason": "because",
        "format": "csv",
    }


@pytest.fixture
def stranger(make_person: Any, make_department: Any) -> Person:
    return make_person(name="Someone Else", department=make_department(name="Another department"))


@pytest.fixture(autouse=True)
def _a_day(person: Person, stranger: Person) -> None:
    for somebody in (person, stranger):
        make_workday(somebody, date(2026, 10, 1), worked_minutes=60)


def make_run(user: User, department: Department) -> ExportRun:
    said = {"department": str(department.pk), "month": "2026-10", "language": "en"}
    return ExportRun.objects.create(kind="department", format="csv", parameters=said, asked_by=user)


def test_no_address_is_forgotten_here(person: Person) -> None:
    known = {*pages(person.department, person), *DECIDED, ASKED, *RUNS}
    assert known == {pattern.name for pattern in urlpatterns}


def test_anonymous_visitors_sign_in_first(person: Person, admin_user: User) -> None:
    run = make_run(admin_user, person.department)
    for url in [
        *pages(person.department, person).values(),
        *(reverse(f"reports:{n}", args=[run.pk]) for n in RUNS),
    ]:
        assert Client().get(url)["Location"].startswith("/accounts/login/")
    for name in (*DECIDED, ASKED):
        response = Client().post(reverse(f"reports:{name}"), form(person.department, person))
        assert response["Location"].startswith("/accounts/login/")


def test_people_without_an_office_are_refused(person_client: Client, person: Person) -> None:
    for url in pages(person.department, person).values():
        assert person_client.get(url).status_code == 403
    for name in (*DECIDED, ASKED):
        url = reverse(f"reports:{name}")
        assert person_client.post(url, form(person.department, person)).status_code == 403


def test_staff_look_at_everything_and_export_it_but_decide_nothing(
    staff_client: Client, person: Person, stranger: Person
) -> None:
    for somebody in (person, stranger):
        for url in pages(somebody.department, somebody).values():
            response = staff_client.get(url)
            assert response.status_code == 200
            assert 'name="verdict"' not in response.text
        sent = form(somebody.department, somebody)
        assert staff_client.post(reverse("reports:export_new"), sent).status_code == 200
        for name in DECIDED:
            assert staff_client.post(reverse(f"reports:{name}"), sent).status_code == 403
    assert not TimesheetEvent.objects.exists()
    assert not Period.objects.exists()


def test_managers_have_their_own_departments_and_others_do_not_exist(
    manager_client: Client, person: Person, stranger: Person
) -> None:
    for url in pages(person.department, person).values():
        text = manager_client.get(url).text
        assert "Another department" not in text
        assert stranger.name not in text
    others = pages(stranger.department, stranger)
    del others["exports"]
    for url in others.values():
        assert manager_client.get(url).status_code == 404
    theirs = form(stranger.department, stranger)
    for name in (*DECIDED, ASKED):
        assert manager_client.post(reverse(f"reports:{name}"), theirs).status_code == 404
    mixed = {**form(person.department, stranger), "person": str(stranger.pk)}
    assert manager_client.post(reverse("reports:export_new"), mixed).status_code == 404
    own = form(person.department, person)
    assert manager_client.post(reverse("reports:export_new"), own).status_code == 200
    assert manager_client.post(reverse("reports:timesheets_decide"), own).status_code == 302
    assert TimesheetEvent.objects.get().person == person


def test_administrators_decide_everywhere(admin_client: Client, stranger: Person) -> None:
    for url in pages(stranger.department, stranger).values():
        assert admin_client.get(url).status_code == 200
    sent = form(stranger.department, stranger)
    assert admin_client.post(reverse("reports:timesheets_decide"), sent).status_code == 302
    assert TimesheetEvent.objects.get().person == stranger


def test_a_run_exists_only_for_who_asked(
    admin_client: Client, staff_client: Client, manager_client: Client, manager_user: User, person: Person
) -> None:
    run = make_run(manager_user, person.department)
    for name in RUNS[:2]:
        url = reverse(f"reports:{name}", args=[run.pk])
        assert manager_client.get(url).status_code == 200
    for client in (admin_client, staff_client):
        for name in RUNS:
            assert client.get(reverse(f"reports:{name}", args=[run.pk])).status_code == 404
        assert str(run.pk) not in client.get(reverse("reports:exports")).text


def test_pages_are_only_read_and_forms_only_sent(admin_client: Client, person: Person) -> None:
    for url in pages(person.department, person).values():
        assert admin_client.post(url).status_code == 405
    for name in (*DECIDED, ASKED):
        assert admin_client.get(reverse(f"reports:{name}")).status_code == 405


def test_a_manager_without_departments_gets_an_explanation(
    manager_client: Client, manager_user: User
) -> None:
    manager_user.managed_departments.clear()
    assert "You manage no department" in manager_client.get(reverse("reports:timesheets")).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "exe"},
        {"month": "2026-13"},
        {"month": ""},
        {"department": "x"},
        {"department": ""},
        {"person": "x"},
    ],
)
def test_nonsense_is_not_found(admin_client: Client, person: Person, wrong: dict[str, str]) -> None:
    sent = {**form(person.department, person), **wrong}
    assert admin_client.post(reverse("reports:export_new"), sent).status_code == 404
