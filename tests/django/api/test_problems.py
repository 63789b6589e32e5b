"""Every way to fail below /api/ answers with a problem document (RFC 9457)."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from faceroster.api import faces
from faceroster.core.errors import Unavailable
from faceroster.people.selectors import people_visible_to
from faceroster.trust.models import Scope, User
from tests.django.api.conftest import Caller, Company
from tests.support import pictures

CODE = re.compile(r"[a-z]+(\.[a-z_]+)+")


def assert_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The whole shape, and nothing of the inside in it."""
    assert answer.status_code == status, answer.content[:500]
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) - {"errors"} == {"type", "title", "status", "code", "detail"}
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:faceroster:problem:{code}"
    assert body["title"] == HTTPStatus(status).phrase
    assert CODE.fullmatch(code)
    assert body["detail"].endswith((".", "?")), "a sentence"
    assert "Traceback" not in body["detail"]
    return body


@pytest.mark.parametrize(
    "path", ["", "v1/", "v1/nothing/", "v2/people/", "v1/people/not-a-uuid/", "v1/people/x/photos/", "x.php"]
)
def test_unknown_addresses(path: str) -> None:
    assert_problem(Client().get(f"/api/{path}"), 404, "resource.not_found")
    assert_problem(Client().post(f"/api/{path}"), 404, "resource.not_found")


def test_a_forgotten_slash_is_put_right_without_losing_the_body() -> None:
    answer = Client().post("/api/v1/people?page=2", b"{}", content_type="application/json")
    assert (answer.status_code, answer["Location"]) == (308, "/api/v1/people/?page=2")
    assert_problem(Client().get("/api/v1/nothing"), 404, "resource.not_found")


@pytest.mark.parametrize(
    "path", ["people", "photos", "departments", "sites", "punches", "kiosks", "people/{}/photos"]
)
def test_things_that_do_not_exist(path: str, staff: Client) -> None:
    url = f"/api/v1/{path}/" if "{}" in path else f"/api/v1/{path}/{{}}/"
    assert_problem(staff.get(url.format(uuid4())), 404, "resource.not_found")


def test_pages_that_do_not_exist(staff: Client) -> None:
    for page in ("99", "0", "-1", "x"):
        assert_problem(staff.get(f"/api/v1/people/?page={page}"), 404, "resource.not_found")


def test_not_signed_in(db: None) -> None:
    answer = Client().get("/api/v1/people/")
    assert_problem(answer, 401, "auth.required")
    assert answer["WWW-Authenticate"] == "Token"
    answer = Client(headers={"Authorization": "Token nonsense"}).get("/api/v1/people/")
    assert_problem(answer, 401, "auth.failed")


def test_not_allowed(caller: Caller, staff_user: User) -> None:
    client = caller(staff_user, Scope.PEOPLE_READ)
    assert_problem(client.get("/api/v1/punches/"), 403, "auth.forbidden")


def test_method_not_allowed(staff: Client) -> None:
    answer = staff.put("/api/v1/people/", {}, content_type="application/json")
    assert_problem(answer, 405, "request.method_not_allowed")
    assert answer["Allow"] == "GET, HEAD, POST"
    assert_problem(Client().post("/api/schema/"), 405, "request.method_not_allowed")
    assert_problem(Client().post("/api/docs/"), 405, "request.method_not_allowed")


def test_not_acceptable(staff: Client) -> None:
    answer = staff.get("/api/v1/people/", headers={"Accept": "application/xml"})
    assert_problem(answer, 406, "request.not_acceptable")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"name": }', b"NaN-", b"[" * 100_000])
def test_bodies_that_are_no_json(body: bytes, staff: Client) -> None:
    answer = staff.post("/api/v1/people/", body, content_type="application/json")
    assert_problem(answer, 400, "request.malformed")


def test_a_form_that_is_cut_off(staff: Client, company: Company) -> None:
    url = f"/api/v1/people/{company.mine.person.pk}/photos/"
    answer = staff.post(url, b"--x\r\nContent-Dis", content_type="multipart/form-data")
    assert_problem(answer, 400, "request.malformed")


@pytest.mark.parametrize("path", ["people/", "people/{}/photos/", "faces/identify/", "faces/verify/"])
def test_unsupported_media_type(path: str, staff: Client, company: Company) -> None:
    url = f"/api/v1/{path.format(company.mine.person.pk)}"
    answer = staff.post(url, b"<person/>", content_type="application/xml")
    assert_problem(answer, 415, "request.unsupported_media_type")


def test_payload_too_large(staff: Client, company: Company) -> None:
    answer = staff.post("/api/v1/people/", b" " * (2 << 20), content_type="application/json")
    assert_problem(answer, 413, "request.too_large")
    url = f"/api/v1/people/{company.mine.person.pk}/photos/"
    answer = staff.post(url, b" " * (17 << 20), content_type="image/jpeg")
    assert_problem(answer, 413, "request.too_large")
    answer = staff.post(url, {"image": SimpleUploadedFile("a.jpg", b" " * (17 << 20))})
    assert_problem(answer, 413, "request.too_large")


def test_too_large_is_said_before_a_session_reads_the_body_for_its_csrf_token(staff_user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff_user)
    answer = client.post("/api/v1/faces/identify/", b" " * (17 << 20), content_type="image/jpeg")
    assert_problem(answer, 413, "request.too_large")


def test_bad_input_points_at_each_field(staff: Client) -> None:
    body = {
        "employee_number": "x" * 41,
        "name": "",
        "department": str(uuid4()),
        "email": "nowhere",
        "active": 7,
    }
    answer = staff.post("/api/v1/people/", body, content_type="application/json")
    errors = assert_problem(answer, 400, "input.invalid")["errors"]
    assert {error["pointer"] for error in errors} == {f"#/{name}" for name in body}
    assert all(set(error) == {"pointer", "code", "detail"} for error in errors)
    missing = assert_problem(
        staff.post("/api/v1/people/", {}, content_type="application/json"), 400, "input.invalid"
    )
    assert {(error["pointer"], error["code"]) for error in missing["errors"]} == {
        ("#/employee_number", "required"),
        ("#/name", "required"),
        ("#/department", "required"),
    }
    body = assert_problem(
        staff.post("/api/v1/people/", [1], content_type="application/json"), 400, "input.invalid"
    )
    assert [error["pointer"] for error in body["errors"]] == ["#"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("people/?department=x", "department"),
        ("people/?search=%00", "search"),
        ("punches/?day=yesterday", "day"),
        ("punches/?from=2026-13-01", "from"),
        ("punches/?source=telepathy", "source"),
        ("kiosks/?status=asleep", "status"),
    ],
)
def test_bad_filters_name_the_parameter(query: str, parameter: str, staff: Client) -> None:
    body = assert_problem(staff.get(f"/api/v1/{query}"), 400, "input.invalid")
    assert [error["parameter"] for error in body["errors"]] == [parameter]
    assert parameter in body["detail"]


def test_throttling_counts_each_token_by_itself(caller: Caller, staff_user: User, settings: Any) -> None:
    rates = {"api": "2/min", "uploads": "1/min", "faces": "1/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    client = caller(staff_user)
    assert [client.get("/api/v1/people/").status_code for _ in range(2)] == [200, 200]
    answer = client.get("/api/v1/sites/")
    assert_problem(answer, 429, "request.throttled")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert client.post("/api/v1/faces/identify/").status_code == 400, "faces are counted apart"
    assert_problem(client.post("/api/v1/faces/identify/"), 429, "request.throttled")
    assert caller(staff_user).get("/api/v1/people/").status_code == 200


def test_a_worker_that_does_not_answer(staff: Client) -> None:
    image = SimpleUploadedFile("a.jpg", pictures.no_face())
    error = Unavailable("worker.timeout", "The recogniser is busy. Please try again in a moment.")
    with mock.patch.object(faces.jobs, "call", side_effect=error):
        answer = staff.post("/api/v1/faces/identify/", {"image": image})
    assert_problem(answer, 503, "worker.timeout")
    assert int(answer["Retry-After"]) > 0


def test_what_nobody_foresaw_is_logged_and_not_told(staff: Client, caplog: pytest.LogCaptureFixture) -> None:
    secret = RuntimeError("the password is hunter2")
    with (
        mock.patch("faceroster.api.people.people_visible_to", side_effect=secret),
        caplog.at_level(logging.ERROR),
    ):
        answer = staff.get("/api/v1/people/")
    body = assert_problem(answer, 500, "server.error")
    assert "hunter2" not in str(body)
    assert any(record.exc_info and record.exc_info[1] is secret for record in caplog.records)


def test_problems_do_not_leak_out_of_the_api(db: None) -> None:
    answer: HttpResponse = Client().get("/nothing-here/")  # type: ignore[assignment]
    assert answer.status_code == 404
    assert not answer["Content-Type"].startswith("application/problem")
    assert not people_visible_to(object()).exists()
