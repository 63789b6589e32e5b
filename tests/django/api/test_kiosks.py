"""Kiosks through the API."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.services import Visitor, pairing_begin
from faceroster.people.models import Site
from faceroster.trust.models import User
from tests.django.api.conftest import Company
from tests.django.api.test_problems import assert_problem

URL = "/api/v1/kiosks/"


@pytest.fixture
def waiting(db: None) -> Kiosk:
    return pairing_begin(visitor=Visitor(secret=None, address="192.0.2.1", user_agent="tablet"))[0]


def _approve(client: Client, **body: Any) -> Any:
    return client.post(f"{URL}approve/", body, content_type="application/json")


def test_a_kiosk_is_approved_by_the_code_it_shows(
    staff: Client, staff_user: User, waiting: Kiosk, site: Site
) -> None:
    listed = staff.get(URL).json()["results"]
    assert [(row["id"], row["status"]) for row in listed] == [(str(waiting.pk), "pending")]
    assert waiting.pairing_code not in str(listed), "who has the code must have stood before the kiosk"
    answer = _approve(staff, code=waiting.pairing_code.lower(), name="Main entrance", site=str(site.pk))
    assert answer.status_code == 200
    shown = answer.json()
    assert shown == staff.get(f"{URL}{waiting.pk}/").json()
    assert (shown["name"], shown["status"], shown["site"]["id"]) == ("Main entrance", "active", str(site.pk))
    row = Kiosk.objects.get()
    assert (row.status, row.paired_by) == (KioskStatus.ACTIVE, staff_user)
    assert row.secret_digest not in str(shown)


def test_wrong_codes_and_bad_input(staff: Client, waiting: Kiosk, site: Site) -> None:
    wrong = _approve(staff, code="000000", name="Door", site=str(site.pk))
    assert_problem(wrong, 400, "kiosk.code_unknown")
    problem = assert_problem(_approve(staff, code="", site=str(uuid4())), 400, "input.invalid")
    assert {error["pointer"] for error in problem["errors"]} == {"#/code", "#/name", "#/site"}
    assert Kiosk.objects.get().status == KioskStatus.PENDING


def test_revoking(staff: Client, company: Company) -> None:
    kiosk = company.mine.kiosk
    for _ in range(2):
        answer = staff.post(f"{URL}{kiosk.pk}/revoke/")
        assert (answer.status_code, answer.json()["status"]) == (200, "revoked")
    kiosk.refresh_from_db()
    assert kiosk.status == KioskStatus.REVOKED
    assert Kiosk.objects.get(pk=company.theirs.kiosk.pk).status == KioskStatus.ACTIVE
    assert_problem(staff.post(f"{URL}{uuid4()}/revoke/"), 404, "resource.not_found")


def test_revoking_what_was_never_paired(staff: Client, waiting: Kiosk) -> None:
    assert_problem(staff.post(f"{URL}{waiting.pk}/revoke/"), 409, "kiosk.pending")


def test_filters(staff: Client, waiting: Kiosk, company: Company) -> None:
    def found(query: str) -> set[str]:
        return {row["id"] for row in staff.get(f"{URL}?{query}").json()["results"]}

    mine, theirs = str(company.mine.kiosk.pk), str(company.theirs.kiosk.pk)
    assert found("") == {mine, theirs, str(waiting.pk)}
    assert found("status=active") == {mine, theirs}
    assert found(f"site={company.mine.site.pk}") == {mine}
