"""Punches through the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from faceroster.attendance.models import Punch, PunchSource
from faceroster.attendance.services import punch_record
from faceroster.attendance.triggers import lifted
from faceroster.people.models import Person, Site
from faceroster.trust.models import User
from tests.django.api.conftest import Company
from tests.django.api.test_problems import assert_problem

URL = "/api/v1/punches/"
MORNING = datetime(2026, 3, 2, 7, 58, tzinfo=UTC)
Freeze = Callable[[datetime], None]


def _post(client: Client, person: Person, site: Site, **more: Any) -> Any:
    body = {"person": str(person.pk), "site": str(site.pk), **more}
    return client.post(URL, body, content_type="application/json")


def test_a_punch_is_recorded_by_the_servers_clock(
    staff: Client, staff_user: User, person: Person, site: Site, freeze: Freeze
) -> None:
    freeze(MORNING)
    answer = _post(staff, person, site, note="badge reader")
    assert answer.status_code == 201
    shown = answer.json()
    assert shown.pop("fresh") is True
    assert shown == staff.get(answer["Location"]).json()
    assert (shown["at"], shown["local_time"]) == ("2026-03-02T07:58:00Z", "2026-03-02T08:58:00+01:00")
    assert (shown["zone"], shown["day"], shown["direction"]) == ("Europe/Berlin", "2026-03-02", "in")
    assert (shown["source"], shown["kiosk"], shown["note"]) == ("api", None, "badge reader")
    assert shown["person"]["employee_number"] == person.employee_number
    punch = Punch.objects.get()
    assert (punch.source, punch.recorded_by) == (PunchSource.API, staff_user)


def test_sending_twice_punches_once(staff: Client, person: Person, site: Site, freeze: Freeze) -> None:
    freeze(MORNING)
    first = _post(staff, person, site)
    freeze(MORNING + timedelta(seconds=30))
    again = _post(staff, person, site)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "fresh": False}
    assert Punch.objects.count() == 1
    freeze(MORNING + timedelta(hours=8))
    assert _post(staff, person, site).json()["direction"] == "out"


def test_an_earlier_time_may_be_given_and_a_later_one_not(
    staff: Client, person: Person, site: Site, freeze: Freeze
) -> None:
    freeze(MORNING)
    answer = _post(staff, person, site, at="2026-03-01T09:00:00+01:00", direction="out")
    assert (answer.json()["at"], answer.json()["direction"]) == ("2026-03-01T08:00:00Z", "out")
    later = _post(staff, person, site, at="2026-03-02T09:00:00+01:00")
    assert_problem(later, 400, "punch.in_future")
    nowhere = _post(staff, person, site, at="2026-03-01T09:00:00")
    assert_problem(nowhere, 400, "punch.zone_missing")
    assert Punch.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"person": "nobody"},
        {"person": None},
        {"site": "6b7ff0b5-5eb1-4f5e-bf4e-0a7f3a0f5f0f"},
        {"at": "half past eight"},
        {"direction": "sideways"},
        {"note": "x" * 201},
    ],
    ids=lambda change: next(iter(change)),
)
def test_bad_input(change: dict[str, Any], staff: Client, person: Person, site: Site) -> None:
    body = {"person": str(person.pk), "site": str(site.pk), **change}
    answer = staff.post(URL, body, content_type="application/json")
    problem = assert_problem(answer, 400, "input.invalid")
    assert [error["pointer"] for error in problem["errors"]] == [f"#/{next(iter(change))}"]
    assert not Punch.objects.exists()


def test_someone_who_left_cannot_be_punched(
    staff: Client, make_person: Callable[..., Person], site: Site
) -> None:
    assert_problem(_post(staff, make_person(active=False), site), 400, "input.invalid")


def test_punches_cannot_be_changed_or_deleted(administrator: Client, company: Company) -> None:
    url = f"{URL}{company.mine.punch.pk}/"
    for method in ("put", "patch", "delete"):
        answer = getattr(administrator, method)(url, {}, content_type="application/json")
        assert_problem(answer, 405, "request.method_not_allowed")
    assert Punch.objects.filter(pk=company.mine.punch.pk).exists()


def test_filters_and_order(staff: Client, company: Company, make_person: Callable[..., Person]) -> None:
    with lifted(Punch):
        Punch.objects.all()._raw_delete(Punch.objects.db)  # type: ignore[attr-defined]
    ada, bo = company.mine.person, company.theirs.person
    for person, half, day, hour in (
        (ada, company.mine, 2, 8),
        (bo, company.theirs, 2, 9),
        (ada, company.mine, 2, 17),
        (ada, company.mine, 3, 8),
        (bo, company.theirs, 4, 8),
    ):
        at = datetime(2026, 3, day, hour, tzinfo=UTC)
        punch_record(person=person, site=half.site, source=PunchSource.API, at=at)

    def found(query: str) -> list[str]:
        return [punch["at"][8:13] for punch in staff.get(f"{URL}?{query}").json()["results"]]

    assert found("") == ["02T08", "02T09", "02T17", "03T08", "04T08"]
    expected = {
        "day=2026-03-02": ["02T08", "02T09", "02T17"],
        "from=2026-03-03": ["03T08", "04T08"],
        "to=2026-03-02": ["02T08", "02T09", "02T17"],
        "from=2026-03-03&to=2026-03-03": ["03T08"],
        f"person={bo.pk}": ["02T09", "04T08"],
        f"department={company.mine.department.pk}": ["02T08", "02T17", "03T08"],
        f"site={company.theirs.site.pk}": ["02T09", "04T08"],
        "direction=out": ["02T17"],
        "source=kiosk": [],
        "page_size=2&page=3": ["04T08"],
    }
    assert {query: found(query) for query in expected} == expected
