"""Pages of PINs and badges: of a person for staff, and of oneself."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from faceroster.kiosks.models import Decision, FalseAccept, Kiosk
from faceroster.passes.models import Badge, Pin
from faceroster.passes.pins import pass_check, pin_set
from faceroster.people.models import Person
from faceroster.trust.models import User

pytestmark = pytest.mark.django_db


def page(person: Person, name: str = "person") -> str:
    return reverse(f"passes:{name}", args=[person.pk])


def has_pin(person: Person, pin: str, kiosk: Kiosk) -> bool:
    return pass_check(person.employee_number, pin, kiosk.pk) == person


def test_the_persons_page_leads_there(staff_client: Client, person: Person) -> None:
    html = staff_client.get(reverse("admin:people_person_change", args=[person.pk])).content.decode()
    assert page(person) in html
    assert staff_client.get(page(person)).status_code == 200


def test_a_drawn_pin_is_shown_once(staff_client: Client, person: Person, kiosk: Kiosk) -> None:
    answer = staff_client.post(page(person, "pin_set"), {"draw": "1"})
    (pin,) = re.findall(r"data-drawn>(\d{6})<", answer.content.decode())
    assert has_pin(person, pin, kiosk)
    assert "no-store" in answer["Cache-Control"]
    assert pin not in staff_client.get(page(person)).content.decode()
    assert pin not in str(LogEntry.objects.values())
    assert LogEntry.objects.get().object_id == str(person.pk)


def test_a_typed_pin_is_set(staff_client: Client, staff_user: User, person: Person, kiosk: Kiosk) -> None:
    answer = staff_client.post(page(person, "pin_set"), {"pin": "4071", "again": "4071"})
    assert answer.status_code == 302
    assert has_pin(person, "4071", kiosk)
    assert Pin.objects.get().set_by == staff_user


@pytest.mark.parametrize(
    ("pin", "again", "says"),
    [
        ("1234", "1234", "easily guessed"),
        ("4071", "4072", "not the same"),
        ("40", "40", "four to eight digits"),
    ],
)
def test_a_bad_one_is_refused_and_not_echoed(
    pin: str, again: str, says: str, staff_client: Client, person: Person
) -> None:
    html = staff_client.post(page(person, "pin_set"), {"pin": pin, "again": again}).content.decode()
    assert says in html
    assert f'value="{pin}"' not in html
    assert not Pin.objects.exists()


def test_a_pin_is_taken_away(staff_client: Client, person: Person) -> None:
    pin_set(person=person, pin="4071", user=None)
    staff_client.post(page(person, "pin_set"), {"clear": "1"})
    assert not Pin.objects.exists()


def test_a_badge_is_printed_from_the_answer_that_issued_it(staff_client: Client, person: Person) -> None:
    answer = staff_client.post(page(person, "badge_issue"))
    html = answer.content.decode()
    assert "<svg" in html
    assert person.name in html
    assert "no-store" in answer["Cache-Control"]
    assert "<svg" not in staff_client.get(page(person)).content.decode()
    staff_client.post(page(person, "badge_revoke"))
    assert Badge.objects.get().revoked_at is not None


def test_who_has_left_is_given_nothing(staff_client: Client, person: Person) -> None:
    person.active = False
    person.save()
    for name, data in (("pin_set", {"draw": "1"}), ("badge_issue", {})):
        assert staff_client.post(page(person, name), data).status_code == 302
    staff_client.post(page(person, "pin_set"), {"pin": "4071", "again": "4071"})
    assert not Pin.objects.exists()
    assert not Badge.objects.exists()


@pytest.mark.parametrize("name", ["person", "pin_set", "badge_issue", "badge_revoke"])
def test_these_are_for_staff(
    name: str, person: Person, manager_client: Client, person_client: Client, kiosk: Kiosk, door: Client
) -> None:
    for client, status in ((manager_client, 403), (person_client, 403), (Client(), 302), (door, 302)):
        method = client.get if name == "person" else client.post
        assert method(page(person, name)).status_code == status
    assert not Pin.objects.exists()
    assert not Badge.objects.exists()


# One's own ---------------------------------------------------------------------------------------------

PASSWORD = "a long enough password"


def own(client: Client, password: str = PASSWORD, pin: str = "4071") -> str:
    data = {"password": password, "pin": pin, "again": pin}
    return client.post(reverse("passes:mine"), data, follow=True).content.decode()


def test_people_set_their_own(person_client: Client, person_user: User, person: Person, kiosk: Kiosk) -> None:
    assert reverse("passes:mine") in person_client.get(reverse("me:home")).content.decode()
    assert "Your PIN is set" in own(person_client)
    assert has_pin(person, "4071", kiosk)
    assert Pin.objects.get().set_by == person_user


def test_it_takes_the_password_and_not_too_many_guesses(person_client: Client, person: Person) -> None:
    assert [("not your password" in own(person_client, password=f"guess {i}")) for i in range(5)] == [
        True
    ] * 5
    assert "Too many wrong passwords" in own(person_client)
    assert not Pin.objects.exists()


def test_a_right_password_forgets_the_wrong_ones(person_client: Client) -> None:
    for _ in range(2):
        for i in range(4):
            own(person_client, password=f"guess {i}")
        own(person_client)
    assert Pin.objects.exists()


def test_an_account_that_is_nobodys_sets_none(staff_client: Client) -> None:
    assert staff_client.get(reverse("passes:mine")).status_code == 200
    own(staff_client)
    assert not Pin.objects.exists()
    assert Client().get(reverse("passes:mine")).status_code == 302


# Mistaken recognitions in the admin -------------------------------------------------------------------


@pytest.fixture
def mistake(person: Person, make_decision: Callable[..., Decision]) -> FalseAccept:
    decision = make_decision(outcome="accepted", person=person)
    return FalseAccept.objects.create(decision=decision, person=person, model="m@1", sealed=b"sealed")


def test_administrators_see_and_delete_them(
    admin_client: Client, mistake: FalseAccept, person: Person
) -> None:
    listed = admin_client.get(reverse("admin:kiosks_falseaccept_changelist"))
    assert person.name in listed.content.decode()
    shown = admin_client.get(reverse("admin:kiosks_falseaccept_change", args=[mistake.pk]))
    assert shown.status_code == 200
    admin_client.post(reverse("admin:kiosks_falseaccept_delete", args=[mistake.pk]), {"post": "yes"})
    assert not FalseAccept.objects.exists()
    assert Decision.objects.count() == 1


def test_staff_do_not_delete_them(staff_client: Client, mistake: FalseAccept) -> None:
    address = reverse("admin:kiosks_falseaccept_delete", args=[mistake.pk])
    assert staff_client.post(address, {"post": "yes"}).status_code == 403
    assert FalseAccept.objects.exists()
