"""The page of the audit log: who sees what of it, in words, and as CSV."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from faceroster.audit import chain, words
from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.audit.services import record
from faceroster.people.models import Person
from faceroster.trust.models import User

URL = reverse("admin:audit_entry_changelist")


@pytest.fixture
def entries(person: Person, admin_user: User, staff_user: User) -> None:
    record(Action.FACE_LOOKED, actor=staff_user, subject=person)
    record(Action.USER_SIGNED_IN, actor=admin_user, subject=admin_user)
    chain.extend()


def _page(client: Client, **query: str) -> str:
    answer = client.get(URL, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_administrators_see_all_of_it(admin_client: Client, entries: None, person: Person) -> None:
    page = _page(admin_client)
    assert "looked at the face of a recognition" in page
    assert "signed in" in page
    assert person.name in page


def test_staff_see_what_concerns_people(staff_client: Client, entries: None) -> None:
    page = _page(staff_client)
    assert "looked at the face of a recognition" in page
    signed_in = Entry.objects.get(action=Action.USER_SIGNED_IN, actor_name="alma")
    assert str(signed_in.pk) not in page
    there = reverse("admin:audit_entry_change", args=[signed_in.pk])
    assert staff_client.get(there).status_code == 302  # as an entry that is not there


def test_staff_see_no_addresses(
    staff_client: Client, admin_client: Client, person: Person, staff_user: User
) -> None:
    staff_client.post(
        reverse("admin:people_person_add"),
        {"name": "Zoe", "employee_number": "Z1", "department": person.department.pk, "active": "on"},
    )
    entry = Entry.objects.get(action=Action.PERSON_CREATED, subject_name__startswith="Zoe")
    assert entry.address == "127.0.0.1"
    there = reverse("admin:audit_entry_change", args=[entry.pk])
    assert "127.0.0.1" in admin_client.get(there).content.decode()
    assert "127.0.0.1" not in staff_client.get(there).content.decode()
    export = b"".join(staff_client.get(URL, {"export": "csv"}).streaming_content).decode()
    assert "Zoe" in export
    assert "127.0.0.1" not in export


@pytest.mark.parametrize("caller", ["manager_client", "person_client"])
def test_others_see_nothing(caller: str, request: pytest.FixtureRequest) -> None:
    for query in ({}, {"export": "csv"}):
        assert request.getfixturevalue(caller).get(URL, query).status_code in (302, 403)


def test_nothing_is_changed_there(admin_client: Client, entries: None) -> None:
    entry = Entry.objects.get(action=Action.FACE_LOOKED)
    there = reverse("admin:audit_entry_change", args=[entry.pk])
    assert admin_client.get(there).status_code == 200
    assert admin_client.post(there, {"action": "x"}).status_code == 403
    assert admin_client.post(reverse("admin:audit_entry_delete", args=[entry.pk])).status_code == 403
    assert admin_client.get(reverse("admin:audit_entry_add")).status_code == 403


def test_it_is_searched(admin_client: Client, entries: None, person: Person) -> None:
    face = str(Entry.objects.get(action=Action.FACE_LOOKED).pk)
    for query, found in (
        ({"q": f"{person.employee_number} stella"}, True),
        ({"q": f"{person.employee_number} nobody-of-that-name"}, False),
        ({"about": "face"}, True),
        ({"about": "user"}, False),
        ({"action": "face.looked"}, True),
        ({"action": "photo.looked"}, False),
        ({"at_from_0": "2020-01-01", "at_from_1": "00:00:00"}, True),
        ({"at_to_0": "2020-01-01", "at_to_1": "00:00:00"}, False),
    ):
        assert (face in _page(admin_client, **query)) is found, query


def test_the_export_has_what_the_list_shows_and_is_recorded(admin_client: Client, entries: None) -> None:
    answer = admin_client.get(URL, {"export": "csv", "action": "face.looked"})
    rows = list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row["action"] for row in rows] == ["face.looked"]
    assert rows[0]["actor_name"] == "stella"
    assert rows[0]["hash"]
    exported = Entry.objects.get(action=Action.EXPORT_MADE)
    assert exported.details == {"format": "csv", "filter": "action=face.looked"}


def test_an_export_computes_nothing(admin_client: Client, admin_user: User) -> None:
    record(Action.PERSON_CHANGED, actor=admin_user, details={"name": "x"})
    User.objects.filter(pk=admin_user.pk).update(first_name="=1+1", last_name="x")
    admin_user.refresh_from_db()
    record(Action.EXPORT_MADE, actor=admin_user)
    text = b"".join(admin_client.get(URL, {"export": "csv"}).streaming_content).decode()
    assert "'=1+1 x (alma)" in text


def test_a_change_is_told_in_words(person: Person) -> None:
    person.name, person.active = "New Name", False
    old = Person.objects.get(pk=person.pk).name
    person.save()
    entry = Entry.objects.get(action=Action.PERSON_CHANGED)
    assert set(words.details(entry)) == {f"name: {old} → New Name", "active: yes → no"}
    with translation.override("de"):
        assert f"Name: {old} → New Name" in words.details(entry)
        assert words.what(entry) == "hat eine Person geändert"


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "ar"])
def test_every_action_has_its_words(language: str) -> None:
    with translation.override(language):
        said = {words.what(Entry(action=action)) for action in Action}
    assert len(said) == len(Action)
    if language != "en":
        with translation.override("en"):
            assert not said & {words.what(Entry(action=action)) for action in Action}
