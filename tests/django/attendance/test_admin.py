"""Punches in the admin: looked at, added by hand with a reason, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from faceroster.attendance.models import Punch, PunchSource
from faceroster.attendance.services import punch_record
from faceroster.people.models import Person
from faceroster.trust.models import User

pytestmark = pytest.mark.django_db
LIST, ADD = reverse("admin:attendance_punch_changelist"), reverse("admin:attendance_punch_add")


def entry(person: Person) -> dict[str, Any]:
    return {
        "person": str(person.pk),
        "site": "",
        "date": "2026-11-18",
        "time": "08:30",
        "direction": "",
        "note": "Badge at home",
    }


def test_staff_add_a_punch_by_the_clock_of_the_site(
    staff_client: Client, staff_user: User, person: Person
) -> None:
    assert staff_client.get(ADD).status_code == 200
    response = staff_client.post(ADD, entry(person))
    assert response.status_code == 302, response.context["errors"]
    punch = Punch.objects.get()
    assert punch.at == datetime(2026, 11, 18, 7, 30, tzinfo=UTC)
    assert (punch.day, punch.direction, punch.source) == (date(2026, 11, 18), "in", PunchSource.MANUAL)
    assert (punch.recorded_by, punch.note, punch.site) == (
        staff_user,
        "Badge at home",
        person.department.site,
    )


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"note": " "}, "note", "required"),
        ({"date": "2100-01-01"}, "time", "has not come yet"),
        ({"date": "2026-03-29", "time": "02:30"}, "time", "did not exist"),
        ({"date": "1026-03-02"}, "date", "too long ago"),
        ({"date": "0001-01-01", "time": "00:00"}, "date", "check the year"),
        ({"time": "25:00"}, "time", "valid time"),
        ({"person": ""}, "person", "required"),
    ],
)
def test_a_punch_that_cannot_be_is_refused(
    staff_client: Client, person: Person, change: dict[str, str], field: str, words: str
) -> None:
    response = staff_client.post(ADD, {**entry(person), **change})
    assert response.status_code == 200
    assert words in str(response.context["adminform"].form.errors[field])
    assert not Punch.objects.exists()


def test_nobody_enters_their_own_punches(
    staff_client: Client, admin_client: Client, staff_user: User, person: Person
) -> None:
    Person.objects.filter(pk=person.pk).update(user=staff_user)
    response = staff_client.post(ADD, entry(person))
    assert "their own days" in str(response.context["adminform"].form.errors["person"])
    assert not Punch.objects.exists()
    assert admin_client.post(ADD, entry(person)).status_code == 302


def test_a_repetition_is_refused_with_the_time_of_the_first(staff_client: Client, person: Person) -> None:
    staff_client.post(ADD, entry(person))
    response = staff_client.post(ADD, entry(person))
    assert "already has a punch at 08:30:00" in str(response.context["adminform"].form.errors["time"])
    assert Punch.objects.count() == 1


def test_punches_are_listed_and_shown_but_not_changed_or_deleted(
    admin_client: Client, person: Person
) -> None:
    punch = punch_record(person=person, site=person.department.site, source=PunchSource.KIOSK).punch
    page = reverse("admin:attendance_punch_change", args=[punch.pk])
    assert person.name in admin_client.get(LIST).text
    assert person.name in admin_client.get(page).text
    assert admin_client.post(page, entry(person)).status_code == 403
    delete = reverse("admin:attendance_punch_delete", args=[punch.pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    admin_client.post(LIST, {"action": "delete_selected", "_selected_action": [str(punch.pk)]})
    assert Punch.objects.get() == punch


def test_the_list_is_filtered(admin_client: Client, person: Person) -> None:
    punch_record(person=person, site=person.department.site, source=PunchSource.KIOSK)
    assert person.name in admin_client.get(LIST, {"direction__exact": "in"}).text
    assert person.name not in admin_client.get(LIST, {"direction__exact": "out"}).text
    assert person.name not in admin_client.get(LIST, {"day_from": "2100-01-01"}).text
    assert person.name in admin_client.get(LIST, {"q": person.employee_number}).text


def test_managers_have_no_business_in_the_admin(manager_client: Client) -> None:
    for url in (LIST, ADD):
        assert manager_client.get(url).status_code in (302, 403)


def test_the_list_takes_few_queries(
    admin_client: Client, make_person: Any, department: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        punch_record(
            person=make_person(department=department), site=department.site, source=PunchSource.KIOSK
        )
    with django_assert_max_num_queries(20):
        admin_client.get(LIST)
