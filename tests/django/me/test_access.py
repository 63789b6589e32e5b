"""Every address, every role: people see themselves and nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from faceroster.attendance.models import Correction, Verdict
from faceroster.me.urls import urlpatterns
from faceroster.people.models import Person
from faceroster.rosters.models import LeaveKind, LeaveRequest
from faceroster.trust.models import User
from tests.django.me.conftest import TODAY, at
from tests.support.rosters import make_punch

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger(make_person: Any, person: Person) -> Person:
    """Of the same department: nearness gives no rights."""
    return make_person(name="Someone Else", department=person.department)


@pytest.fixture
def addresses(stranger: Person) -> dict[str, str]:
    kind = LeaveKind.objects.create(name="Holiday")
    leave = LeaveRequest.objects.create(person=stranger, kind=kind, first=TODAY, last=TODAY)
    names = {"home": "", "days": "days/", "corrections": "corrections/", "correction_new": "corrections/new/"}
    names |= {"leave": "leave/", "data": "data/", "notices": "notices/"}
    names |= {"calendar": "calendar/", "calendar_file": "calendar/shifts.ics"}
    names["leave_withdraw"] = f"leave/{leave.pk}/withdraw/"
    return {name: f"/me/{path}" for name, path in names.items()}


def test_no_address_is_forgotten_here(addresses: dict[str, str]) -> None:
    # Withdrawing is a form on the page of one's data: tests/django/consents/test_pages.py.
    known = {*addresses, "consent_withdraw"}
    assert known == {getattr(pattern, "name", None) for pattern in urlpatterns}


def test_anonymous_visitors_sign_in_first(addresses: dict[str, str]) -> None:
    for name, url in addresses.items():
        answer = Client().post(url) if name == "leave_withdraw" else Client().get(url)
        assert answer.status_code == 302, url
        assert answer["Location"].startswith("/accounts/login/?next=/me/")


@pytest.mark.parametrize("role", ["admin_client", "staff_client", "manager_client"])
def test_who_is_no_person_gets_an_explanation_and_no_data(
    role: str, request: pytest.FixtureRequest, addresses: dict[str, str], stranger: Person
) -> None:
    client: Client = request.getfixturevalue(role)
    for name, url in addresses.items():
        if name == "notices":
            assert client.get(url).status_code == 200
            continue
        if name != "leave_withdraw":
            text = client.get(url).text
            assert "No person belongs to your account" in text
            assert stranger.name not in text
        if name in ("correction_new", "leave", "leave_withdraw", "calendar"):
            assert client.post(url, {"reason": "x"}).status_code == 404
    assert not Correction.objects.exists()
    assert LeaveRequest.objects.get().status == "requested"


@pytest.mark.parametrize("role", ["admin", "staff", "manager", "person"])
def test_every_role_that_is_a_person_sees_its_own_pages(
    role: str, request: pytest.FixtureRequest, person: Person, addresses: dict[str, str], stranger: Person
) -> None:
    client: Client = request.getfixturevalue(f"{role}_client")
    Person.objects.filter(pk=person.pk).update(user=request.getfixturevalue(f"{role}_user"))
    for name, url in addresses.items():
        if name == "leave_withdraw":
            assert client.get(url).status_code == 405
            continue
        answer = client.get(url)
        assert answer.status_code == 200, url
        assert stranger.name not in answer.text


def test_what_is_anothers_does_not_exist(
    person: Person, stranger: Person, person_client: Client, addresses: dict[str, str], manager_user: User
) -> None:
    theirs = make_punch(stranger, at(TODAY - timedelta(days=200), "08:00"))
    added = Correction.objects.create(
        person=stranger,
        kind="add",
        day=TODAY,
        site=theirs.site,
        zone="UTC",
        at=theirs.at,
        direction="in",
        reason="x",
    )
    Verdict.objects.create(correction=added, approved=True, decided_by=manager_user)
    new = addresses["correction_new"]
    for url in (
        f"{new}?punch={theirs.pk}",
        f"{new}?added={added.pk}",
        f"{new}?punch={uuid4()}",
        f"{new}?punch=nonsense",
        f"{new}?day=2026-02-30",
        f"{new}?day=0001-01-01",
        "/me/days/?month=2026-13",
        "/me/days/?month=0001-01",
        "/me/days/?month=nonsense",
    ):
        assert person_client.get(url).status_code == 404, url
    assert (
        person_client.post(f"{new}?punch={theirs.pk}", {"what": "not_me", "reason": "x"}).status_code == 404
    )
    assert person_client.post(addresses["leave_withdraw"]).status_code == 404
    assert LeaveRequest.objects.get().status == "requested"
    assert Correction.objects.count() == 1


def test_who_only_looks_after_themselves_sees_no_reports_and_no_admin(person_client: Client) -> None:
    for url in ("/reports/", "/reports/day/", "/admin/", "/admin/notices/webhook/", "/lab/"):
        assert person_client.get(url).status_code in (302, 403), url


def test_an_account_that_was_locked_is_out(person_client: Client, person_user: User) -> None:
    User.objects.filter(pk=person_user.pk).update(is_active=False)
    assert person_client.get("/me/").status_code == 302
