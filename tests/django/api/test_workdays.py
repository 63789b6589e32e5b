"""Workdays through the API: what a payroll program reads."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from faceroster.attendance.models import Period, Workday
from tests.django.api.conftest import Company
from tests.support.rosters import make_workday

URL = "/api/v1/workdays/"


def _days(client: Client, **query: Any) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["day"] for row in answer.json()["results"]]


def test_a_workday_has_its_figures_and_why(staff: Client, company: Company) -> None:
    person = company.mine.person
    Workday.objects.filter(person=person).delete()
    trace = [{"code": "late.counted", "values": {"minutes": 12}}]
    row = make_workday(person, date(2026, 11, 3), worked_minutes=468, late_minutes=12, trace=trace)
    shown = staff.get(f"{URL}{row.pk}/").json()
    assert (shown["worked_minutes"], shown["late_minutes"], shown["closed"]) == (468, 12, False)
    assert shown["person"]["employee_number"] == person.employee_number
    assert shown["trace"] == trace


def test_days_are_found_by_range_person_department_and_state(staff: Client, company: Company) -> None:
    mine, theirs = company.mine, company.theirs
    later = make_workday(mine.person, date(2026, 12, 1), status="absent", absent=True)
    assert _days(staff) == ["2026-11-02", "2026-11-02", "2026-12-01"]
    assert _days(staff, **{"from": "2026-11-03"}) == ["2026-12-01"]
    assert _days(staff, to="2026-11-30", person=mine.person.pk) == ["2026-11-02"]
    assert _days(staff, department=theirs.department.pk) == ["2026-11-02"]
    assert _days(staff, status="absent") == ["2026-12-01"]
    since = (later.computed_at + timedelta(microseconds=1)).isoformat()
    assert _days(staff, computed_since=later.computed_at.isoformat()) == ["2026-12-01"]
    assert _days(staff, computed_since=since) == []
    period = Period.objects.create(
        department=mine.department, first=date(2026, 11, 1), last=date(2026, 11, 30), status="closed"
    )
    Workday.objects.filter(pk=mine.workday.pk).update(period=period)
    assert _days(staff, closed="true") == ["2026-11-02"]
    assert _days(staff, closed="false", person=mine.person.pk) == ["2026-12-01"]


@pytest.mark.parametrize("query", [{"day": "soon"}, {"status": "lazy"}, {"person": "x"}])
def test_what_cannot_be_meant_is_refused(staff: Client, company: Company, query: dict[str, str]) -> None:
    assert staff.get(URL, query).status_code == 400


def test_managers_read_their_own_departments(manager: Client, company: Company) -> None:
    assert [row["id"] for row in manager.get(URL).json()["results"]] == [str(company.mine.workday.pk)]
    assert manager.get(f"{URL}{company.theirs.workday.pk}/").status_code == 404


def test_the_list_needs_few_queries(
    staff: Client, company: Company, django_assert_max_num_queries: Any
) -> None:
    for day in range(1, 29):
        make_workday(company.mine.person, date(2026, 10, day))
    with django_assert_max_num_queries(6):
        assert len(_days(staff)) == 30
