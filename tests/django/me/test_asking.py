"""Asking for corrections and leave: what is stored, and what is refused in which words at which field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from faceroster.attendance.models import Correction, Period, Verdict
from faceroster.people.models import Person
from faceroster.rosters.models import LeaveKind, LeaveRequest
from faceroster.trust.models import User
from tests.django.me.conftest import TODAY, at

pytestmark = pytest.mark.django_db

NEW = "/me/corrections/new/"
MISSING = {"date": "2026-03-10", "time": "17:05", "direction": "out", "reason": "I forgot"}


def test_a_missing_punch_is_asked_for(lived: Person, person_client: Client, person_user: User) -> None:
    answer = person_client.post(f"{NEW}?day=2026-03-10", MISSING)
    assert (answer.status_code, answer["Location"]) == (302, "/me/corrections/")
    row = Correction.objects.get()
    assert (row.person, row.kind, row.day, row.direction) == (lived, "add", date(2026, 3, 10), "out")
    assert row.at == at(date(2026, 3, 10), "16:05:00"), "by the clock of the site"
    assert (row.reason, row.requested_by) == ("I forgot", person_user)
    assert "I forgot" in person_client.get("/me/corrections/").text


def test_the_end_of_a_night_may_be_on_the_next_morning(lived: Person, person_client: Client) -> None:
    person_client.post(f"{NEW}?day=2026-03-09", {**MISSING, "time": "06:00"})
    assert Correction.objects.get().day == date(2026, 3, 9)


def test_a_punch_that_was_somebody_else(lived: Person, person_client: Client) -> None:
    punch = lived.punches.get(day=TODAY)
    page = person_client.get(f"{NEW}?punch={punch.pk}").text
    assert "This was not me" in page
    person_client.post(f"{NEW}?punch={punch.pk}", {"what": "not_me", "reason": "I was at home"})
    row = Correction.objects.get()
    assert (row.kind, row.punch, row.at, row.direction) == ("void", punch, None, "")


def test_only_what_is_other_is_changed(lived: Person, person_client: Client) -> None:
    punch = lived.punches.get(day=TODAY)  # at 09:00:23
    same = {"what": "wrong", "date": "2026-03-11", "time": "09:00", "reason": "x"}
    answer = person_client.post(f"{NEW}?punch={punch.pk}", {**same, "direction": "in"})
    assert answer.status_code == 400
    assert "time" in answer.context["form"].errors
    person_client.post(f"{NEW}?punch={punch.pk}", {**same, "direction": "out"})
    row = Correction.objects.get()
    assert (row.kind, row.at, row.direction) == ("change", None, "out")


def test_what_a_correction_added_can_be_corrected(
    lived: Person, person_client: Client, manager_user: User
) -> None:
    person_client.post(f"{NEW}?day=2026-03-10", MISSING)
    added = Correction.objects.get()
    assert person_client.get(f"{NEW}?added={added.pk}").status_code == 404, "it does not count yet"
    Verdict.objects.create(correction=added, approved=True, decided_by=manager_user)
    person_client.post(f"{NEW}?added={added.pk}", {"what": "not_me", "reason": "wrong day"})
    assert Correction.objects.get(kind="void").added == added


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"reason": ""}, "reason", "required"),
        ({"reason": "x" * 301}, "reason", "300"),
        ({"time": ""}, "time", "required"),
        ({"date": ""}, "date", "required"),
        ({"direction": ""}, "direction", "required"),
        ({"direction": "up"}, "direction", "valid"),
        ({"date": "2026-03-11", "time": "23:00"}, "time", "not come yet"),
        ({"date": "1889-01-01"}, "date", "too long ago"),
        ({"date": "0001-01-01", "time": "00:00"}, "date", "year"),
        ({"date": "2025-03-30", "time": "02:30"}, "time", "The clocks skipped this time on that day."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    lived: Person, person_client: Client, changes: dict[str, str], field: str, words: str
) -> None:
    answer = person_client.post(f"{NEW}?day=2026-03-10", {**MISSING, **changes})
    assert answer.status_code == 400
    assert words in " ".join(answer.context["form"].errors[field])
    assert f'id="id_{field}' in answer.text
    assert not Correction.objects.exists()


def test_the_same_is_not_asked_for_twice(lived: Person, person_client: Client) -> None:
    person_client.post(f"{NEW}?day=2026-03-10", MISSING)
    answer = person_client.post(f"{NEW}?day=2026-03-10", MISSING)
    assert "waiting already" in answer.text
    assert Correction.objects.count() == 1


def test_a_closed_period_is_said_up_front_and_at_the_field(lived: Person, person_client: Client) -> None:
    Period.objects.create(
        department=lived.department,
        first=date(2026, 2, 1),
        last=date(2026, 2, 28),
        status="closed",
        digest="x",
    )
    page = person_client.get(f"{NEW}?day=2026-02-10").text
    assert "is closed" in page
    assert 'name="reason"' not in page
    answer = person_client.post(NEW, {**MISSING, "date": "2026-02-10"})
    assert "is closed" in answer.context["form"].errors["date"][0]


@pytest.fixture
def holiday() -> LeaveKind:
    return LeaveKind.objects.create(name="Holiday", days_per_year=Decimal(3))


def ask(client: Client, kind: LeaveKind, /, **changes: str) -> Any:
    asked = {"kind": str(kind.pk), "part": "whole", "first": "2026-04-07", "last": "2026-04-08"}
    return client.post("/me/leave/", {**asked, **changes})


def test_leave_is_asked_for_and_withdrawn(
    lived: Person, person_client: Client, person_user: User, holiday: LeaveKind
) -> None:
    assert ask(person_client, holiday, reason="Family").status_code == 302
    row = LeaveRequest.objects.get()
    assert (row.person, row.status, row.last, row.reason) == (lived, "requested", date(2026, 4, 8), "Family")
    assert row.requested_by == person_user
    person_client.post(f"/me/leave/{row.pk}/withdraw/")
    row.refresh_from_db()
    assert row.status == "withdrawn"
    again = person_client.post(f"/me/leave/{row.pk}/withdraw/", follow=True)
    assert "withdrawn already" in again.text


def test_half_a_day_needs_no_last_day(lived: Person, person_client: Client, holiday: LeaveKind) -> None:
    ask(person_client, holiday, part="morning", last="")
    row = LeaveRequest.objects.get()
    assert (row.part, row.first, row.last) == ("morning", row.last, date(2026, 4, 7))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first": ""}, "first"),
        ({"last": "2026-04-01"}, "last"),
        ({"part": "afternoon"}, "part"),
        ({"last": "2026-04-30"}, "kind"),  # more than is left
        ({"first": "2026-04-11", "last": "2026-04-12"}, "first"),  # a weekend
        ({"first": "2024-04-11", "last": "2024-04-12"}, "first"),  # long ago
        ({"kind": "nonsense"}, "kind"),
        ({"last": "2029-04-30"}, "last"),
    ],
)
def test_what_is_wrong_with_leave_is_said_at_the_field(
    lived: Person, person_client: Client, holiday: LeaveKind, changes: dict[str, str], field: str
) -> None:
    answer = ask(person_client, holiday, **changes)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert f'id="id_{field}' in answer.text
    assert not LeaveRequest.objects.exists()


def test_a_kind_that_is_not_in_use_cannot_be_chosen(
    lived: Person, person_client: Client, holiday: LeaveKind
) -> None:
    LeaveKind.objects.update(active=False)
    assert ask(person_client, holiday).status_code == 400


def test_leave_that_was_asked_for_twice_is_refused(
    lived: Person, person_client: Client, holiday: LeaveKind
) -> None:
    ask(person_client, holiday)
    assert "first" in ask(person_client, holiday).context["form"].errors
