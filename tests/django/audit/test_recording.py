"""What is written down, of whom, and what never is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from faceroster.attendance.models import PunchSource
from faceroster.attendance.punches import punch_record
from faceroster.audit import details
from faceroster.audit.actions import Action
from faceroster.audit.callers import acting
from faceroster.audit.following import follow
from faceroster.audit.models import ActorKind, Entry, Link, Waiting
from faceroster.audit.services import record
from faceroster.audit.verification import verify
from faceroster.core.errors import Conflict
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource
from faceroster.kiosks.pairing import kiosk_revoke
from faceroster.passes.badges import badge_issue, badge_revoke
from faceroster.passes.pins import pin_clear, pin_set
from faceroster.people.models import Department, Person, Site
from faceroster.people.services import people_create, person_create, person_delete, person_update
from faceroster.trust.models import ApiToken, Role, Scope, User
from faceroster.trust.services import api_token_create
from tests.support.kiosks import paired_device

PASSWORD = "a long enough password"


def _last(action: Action) -> Entry:
    return Entry.objects.filter(action=action).latest("at")


# What an entry holds -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "x"},
        {"new_pin": "1234"},
        {"api_token": "x"},
        {"embedding": "x"},
        {"vectors": [1]},
        {"picture": "x"},
        {"a": {"secret": "x"}},
        {"a": [{"root_key": "x"}]},
        {"a": b"bytes"},
        {"a": memoryview(b"x")},
        {"a": [0.1] * 9},
        {"a": list(range(101))},
        {"a": {"b": {"c": {"d": {"e": 1}}}}},
        {"a": object()},
        {1: "x"},
    ],
)
def test_biometrics_and_secrets_are_refused(wrong: dict[Any, Any], db: None) -> None:
    with pytest.raises(details.Unfit):
        record(Action.SETTING_CHANGED, details=wrong)
    assert not Entry.objects.exists()


def test_values_are_stored_as_every_database_keeps_them(db: None) -> None:
    given = {
        "a": "x\0\ud800y" + "z" * 600,
        "b": 0.1,
        "c": datetime(2026, 1, 2, tzinfo=UTC),
        "d": None,
        "e": 1,
    }
    entry = record(Action.SETTING_CHANGED, details=given)
    stored = Entry.objects.get(pk=entry.pk).details
    assert stored["a"].startswith("x�?y")
    assert len(stored["a"]) == details.LONGEST_TEXT
    assert stored["b"] == "0.1"
    assert stored["c"] == "2026-01-02T00:00:00+00:00"
    assert verify().problems == []


def test_a_secret_field_is_followed_only_hidden() -> None:
    with pytest.raises(ValueError, match="kiosk_pin"):
        follow(Site, fields=("kiosk_pin",))


def test_an_entry_is_neither_changed_nor_deleted(db: None) -> None:
    entry = record(Action.SETTING_CHANGED)
    for forbidden in (
        entry.save,
        entry.delete,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(action="x"),
        lambda: Link.objects.update(hash="x"),
    ):
        with pytest.raises(Conflict, match=r"audit\.append_only"):
            forbidden()


def test_what_is_undone_leaves_no_entry(person: Person) -> None:
    before = Entry.objects.count()

    def fail() -> None:
        with transaction.atomic():
            person_update(person=person, name="Other")
            assert Entry.objects.count() == before + 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert Entry.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_an_entry_has_its_place_right_after_the_transaction(db: None) -> None:
    with transaction.atomic():
        first = record(Action.SETTING_CHANGED)
        second = record(Action.SETTING_CHANGED)
        assert Waiting.objects.count() == 2
    assert not Waiting.objects.exists()
    assert {first.pk, second.pk} == set(Link.objects.values_list("entry_id", flat=True))
    assert list(Link.objects.values_list("number", flat=True)) == [1, 2]


# Who it was ----------------------------------------------------------------------------------------


def test_whoever_sent_the_request_did_it(staff_client: Client, staff_user: User, person: Person) -> None:
    data = {"name": "Zoe", "employee_number": "Z1", "department": person.department.pk, "active": "on"}
    staff_client.post(
        reverse("admin:people_person_add"), data, headers={"X-Request-ID": "abc-1"}, REMOTE_ADDR="192.0.2.7"
    )
    entry = _last(Action.PERSON_CREATED)
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("user", str(staff_user.pk), "stella")
    assert (entry.address, entry.request_id) == ("192.0.2.7", "abc-1")
    assert entry.subject_name == "Zoe (Z1)"
    assert entry.department_id == person.department_id


def test_a_token_did_it_and_not_its_user(
    staff_user: User, department: Department, api_token: Callable[..., str]
) -> None:
    token = api_token(staff_user, Scope.PEOPLE_WRITE)
    Client().post(
        reverse("api:person-list"),
        {"name": "Zoe", "employee_number": "Z1", "department": str(department.pk)},
        content_type="application/json",
        headers={"Authorization": f"Token {token}"},
    )
    entry = _last(Action.PERSON_CREATED)
    assert (entry.actor_kind, entry.actor_name) == (ActorKind.TOKEN, "test (stella)")
    assert token not in str(list(Entry.objects.values()))


def test_a_deleted_user_stays_readable(staff_user: User, person: Person) -> None:
    entry = record(Action.PHOTO_LOOKED, actor=staff_user, subject=person)
    staff_user.delete()
    assert Entry.objects.get(pk=entry.pk).actor_name == "stella"
    assert _last(Action.USER_DELETED).subject_name == "stella"


def test_a_command_is_the_system_or_whom_it_names(person: Person, staff_user: User) -> None:
    assert record(Action.EXPORT_MADE).actor_kind == ActorKind.SYSTEM
    assert record(Action.EXPORT_MADE, by=staff_user).actor_name == "stella"
    with acting(staff_user):
        assert record(Action.EXPORT_MADE).actor_name == "stella"


# Signing in ----------------------------------------------------------------------------------------


def test_signing_in_and_out(staff_user: User) -> None:
    client = Client()
    client.post(reverse("login"), {"username": "stella", "password": PASSWORD})
    client.post(reverse("logout"))
    for action in (Action.USER_SIGNED_IN, Action.USER_SIGNED_OUT):
        entry = _last(action)
        assert (entry.actor_id, entry.address) == (str(staff_user.pk), "127.0.0.1")


def test_failing_to(staff_user: User) -> None:
    Client().post(reverse("login"), {"username": "stella", "password": "wrong"})
    entry = _last(Action.USER_SIGN_IN_FAILED)
    assert (entry.actor_kind, entry.actor_name, entry.subject_id) == ("nobody", "stella", str(staff_user.pk))
    # A password that was typed in the wrong field is not kept.
    Client().post(reverse("login"), {"username": "my-secret-password", "password": "x"})
    assert "my-secret-password" not in str(list(Entry.objects.values()))


# Users and tokens ----------------------------------------------------------------------------------


def test_users_roles_and_passwords(staff_user: User) -> None:
    assert _last(Action.USER_CREATED).subject_name == "stella"
    staff_user.role = Role.ADMINISTRATOR
    staff_user.save()
    assert _last(Action.USER_ROLE_CHANGED).details == {"changed": {"role": ["staff", "administrator"]}}
    staff_user.set_password("another long password")
    staff_user.save()
    assert _last(Action.USER_PASSWORD_CHANGED).details == {"hidden": ["password"]}
    assert staff_user.password not in str(list(Entry.objects.values()))


def test_tokens(staff_user: User) -> None:
    row, token = api_token_create(user=staff_user, name="door", scopes=[Scope.PEOPLE_READ])
    assert _last(Action.TOKEN_MADE).details["scopes"] == ["people:read"]
    row.scopes = [Scope.PEOPLE_READ, Scope.PEOPLE_WRITE]
    row.save()
    assert _last(Action.TOKEN_CHANGED).details["changed"]["scopes"][1] == ["people:read", "people:write"]
    row.delete()
    assert _last(Action.TOKEN_REVOKED).subject_name == "door"
    everything = str(list(Entry.objects.values()))
    assert token not in everything
    assert ApiToken.digest_of(token) not in everything


# People, photos, passes, kiosks, punches -----------------------------------------------------------


def test_people(department: Department, make_department: Callable[..., Department]) -> None:
    person = person_create(employee_number="A1", name="Ann", department=department)
    elsewhere = make_department()
    person_update(person=person, name="Anna", department=elsewhere)
    assert _last(Action.PERSON_CHANGED).details["changed"] == {
        "name": ["Ann", "Anna"],
        "department": [str(department), str(elsewhere)],
    }
    key = person.pk
    person_delete(person=person)
    gone = _last(Action.PERSON_DELETED)
    assert (gone.subject_name, gone.person_id) == ("Anna (A1)", key)
    person_update(person=Person(pk=uuid4(), name="x"), name="x")  # nothing differs
    assert Entry.objects.filter(action=Action.PERSON_CHANGED).count() == 1


def test_people_who_came_by_the_hundred(department: Department) -> None:
    people_create(people=[Person(employee_number=f"B{n}", name="B", department=department) for n in range(3)])
    assert Entry.objects.filter(action=Action.PERSON_CREATED).count() == 3


def test_sites_and_managers(site: Site, department: Department, manager_user: User) -> None:
    site.kiosk_pin, site.debounce_seconds = "hashed", 90
    site.save()
    said = _last(Action.SETTING_CHANGED).details
    assert said == {"changed": {"debounce_seconds": [60, 90]}, "hidden": ["kiosk_pin"]}
    department.managers.remove(manager_user)
    entry = _last(Action.SETTING_CHANGED)
    assert entry.details == {"managers": {"removed": ["mona"]}}
    assert entry.department_id == department.pk


def test_a_photo_that_is_deleted_with_its_person(person: Person) -> None:
    EnrollmentPhoto.objects.create(
        person=person, width=640, height=480, digest="d" * 64, source=PhotoSource.API
    )
    key = person.pk
    person_delete(person=person)
    assert _last(Action.PHOTO_DELETED).person_id == key


def test_pins_and_badges(person: Person, staff_user: User) -> None:
    pin_set(person=person, pin="739154", user=staff_user)
    pin_clear(person=person)
    _badge, content = badge_issue(person=person, user=staff_user)
    badge_revoke(person=person, user=staff_user)
    for action in (Action.PIN_SET, Action.PIN_REMOVED, Action.BADGE_ISSUED, Action.BADGE_REVOKED):
        assert _last(action).person_id == person.pk
    everything = str(list(Entry.objects.values()))
    assert "739154" not in everything
    assert content[4:] not in everything


def test_kiosks_and_their_punches(person: Person, site: Site, staff_user: User) -> None:
    kiosk, _client = paired_device(site)
    assert _last(Action.KIOSK_PAIRED).subject_id == str(kiosk.pk)
    punch = punch_record(person=person, site=site, source=PunchSource.KIOSK, kiosk=kiosk).punch
    entry = _last(Action.PUNCH_ADDED)
    assert (entry.actor_kind, entry.actor_id) == (ActorKind.KIOSK, str(kiosk.pk))
    assert (entry.person_id, entry.subject_id, entry.site_id) == (person.pk, str(punch.pk), site.pk)
    punch_record(person=person, site=site, source=PunchSource.KIOSK, kiosk=kiosk)  # greeted, not punched
    assert Entry.objects.filter(action=Action.PUNCH_ADDED).count() == 1
    kiosk_revoke(kiosk=kiosk, user=staff_user)
    kiosk_revoke(kiosk=kiosk, user=staff_user)
    assert Entry.objects.filter(action=Action.KIOSK_REVOKED).count() == 1
