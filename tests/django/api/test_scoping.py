"""A manager of one department never sees another one, wherever they ask."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.django.api.conftest import Company, Half, photo_row
from tests.django.api.test_access import MATRIX
from tests.django.api.test_problems import assert_problem

LISTS = ["people", "departments", "sites", "punches", "workdays"]


def _marks(half: Half) -> list[str]:
    """All that would give somebody of this half away."""
    things = (half.person, half.department, half.photo, half.punch)
    return [str(thing.pk) for thing in things] + [half.person.name, half.person.employee_number]


def _get(client: Client, url: str) -> Any:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.json()


def _urls(half: Half) -> list[str]:
    """Every address below which something of this half stands."""
    things = {"people": half.person, "photos": half.photo, "departments": half.department}
    things |= {"sites": half.site, "punches": half.punch, "workdays": half.workday}
    urls = [f"/api/v1/{path}/{thing.pk}/" for path, thing in things.items()]
    return [*urls, *(f"/api/v1/people/{half.person.pk}/{what}/" for what in ("photos", "consents"))]


@pytest.mark.parametrize("path", LISTS)
def test_lists_hold_their_own_only(path: str, staff: Client, manager: Client, company: Company) -> None:
    mine, all_of_it = (_get(client, f"/api/v1/{path}/") for client in (manager, staff))
    assert (mine["count"], all_of_it["count"]) == (1, 2)
    text = str(mine)
    assert not [mark for mark in _marks(company.theirs) if mark in text]
    assert any(mark in text for mark in [*_marks(company.mine), str(company.mine.site.pk)])


def test_what_is_not_theirs_does_not_exist(staff: Client, manager: Client, company: Company) -> None:
    unknown = [url.replace(url.split("/")[4], str(uuid4())) for url in _urls(company.theirs)]
    for url, missing in zip(_urls(company.theirs), unknown, strict=True):
        problem = assert_problem(manager.get(url), 404, "resource.not_found")
        assert problem == manager.get(missing).json(), "nothing tells that it is there"
        assert staff.get(url).status_code == 200
    for url in _urls(company.mine):
        assert manager.get(url).status_code == 200


def test_the_addresses_above_are_all_that_a_manager_may_read() -> None:
    readable = {
        route
        for route, rules in MATRIX.items()
        if "<uuid:" in route and "GET" in rules and "manager" in rules["GET"].roles
    }
    assert len(readable) == 8


@pytest.mark.parametrize(
    "query",
    [
        "people/?search={name}",
        "people/?employee_number={number}",
        "people/?department={department}",
        "people/?site={site}",
        "departments/?site={site}",
        "punches/?person={person}",
        "punches/?department={department}",
        "punches/?site={site}",
    ],
)
def test_filters_do_not_reach_further(query: str, staff: Client, manager: Client, company: Company) -> None:
    half = company.theirs
    url = "/api/v1/" + query.format(
        name=half.person.name,
        number=half.person.employee_number,
        department=half.department.pk,
        site=half.site.pk,
        person=half.person.pk,
    )
    assert _get(staff, url)["count"] == 1
    assert _get(manager, url)["count"] == 0


def test_the_double_in_another_department_stays_nameless(
    staff: Client, manager: Client, company: Company
) -> None:
    mine = company.mine.person
    photo = photo_row(
        mine,
        status="review",
        codes=["photo.duplicate_person"],
        similar_person=company.theirs.person,
        similarity=0.97,
    )
    for url in (f"/api/v1/photos/{photo.pk}/", f"/api/v1/people/{mine.pk}/photos/?status=review"):
        seen, whole = (_get(client, url) for client in (manager, staff))
        seen, whole = (answer.get("results", [answer])[0] for answer in (seen, whole))
        assert seen["similar_person"] is None
        assert whole["similar_person"]["id"] == str(company.theirs.person.pk)
        assert seen["reasons"] == whole["reasons"] != []
    photo.similar_person = company.mine.person
    photo.save()
    assert _get(manager, f"/api/v1/photos/{photo.pk}/")["similar_person"]["id"] == str(mine.pk)


def test_a_person_who_moves_is_seen_by_the_new_manager_only(manager: Client, company: Company) -> None:
    person = company.mine.person
    person.department = company.theirs.department
    person.save()
    for url in (f"/api/v1/people/{person.pk}/", f"/api/v1/punches/{company.mine.punch.pk}/"):
        assert_problem(manager.get(url), 404, "resource.not_found")


def test_comparing_with_someone_elses_person(manager: Client, company: Company) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    def verify(person: object) -> Any:
        form = {"image": SimpleUploadedFile("a.jpg", b"x"), "person": str(person)}
        return manager.post("/api/v1/faces/verify/", form)

    assert_problem(verify(company.theirs.person.pk), 404, "resource.not_found")
    assert_problem(verify(uuid4()), 404, "resource.not_found")
    assert_problem(verify(company.mine.person.pk), 400, "image.not_an_image")
