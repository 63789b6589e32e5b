"""Schemathesis: requests drawn from the description of the API, at every operation, as every role.

Whatever is sent, no answer is an error of ours (5xx), and none is other than described: status, media type,
headers and body. ``FACEROSTER_FUZZ_EXAMPLES`` sets how many requests each role sends to each operation.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as conformance

from faceroster.trust.models import Role, Scope
from faceroster.wsgi import application
from tests.django.api.conftest import Company
from tests.django.api.test_access import MATRIX, _user_of

EXAMPLES = int(os.environ.get("FACEROSTER_FUZZ_EXAMPLES", "5"))
CHECKS = [
    schemathesis.checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_headers_conformance,
    conformance.response_schema_conformance,
]
OPERATIONS = [(method, route) for route, rules in sorted(MATRIX.items()) for method in sorted(rules)]


@pytest.fixture(autouse=True)
def _connection_stays() -> Iterator[None]:
    """The requests come through WSGI, where Django closes the connection that the test still needs."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@cache
def _schema() -> Any:
    return schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)


def _operation(method: str, route: str) -> Any:
    path = re.sub(r"<uuid:(\w+)>", lambda m: "{id}" if m[1] == "pk" else f"{{{m[1]}}}", route)
    for found in _schema().get_all_operations():
        if isinstance(found, Ok):
            operation = found.ok()
            if operation.path == f"/api/{path}" and operation.method.upper() == method:
                return operation
    raise AssertionError(f"{method} {route} is not described")


def _things(route: str, company: Company) -> list[str]:
    """The ids that the address really has: of one's own half of the company, and of the other."""
    kind = route.split("/")[1]
    found = []
    for half in (company.mine, company.theirs):
        of_kind = {
            "photos": half.photo,
            "departments": half.department,
            "sites": half.site,
            "punches": half.punch,
            "workdays": half.workday,
            "kiosks": half.kiosk,
        }
        found.append(str(of_kind.get(kind, half.person).pk))
    return found


def _headers(role: Role | None, request: pytest.FixtureRequest) -> dict[str, str]:
    if role is None:
        return {}
    token = request.getfixturevalue("api_token")
    return {"Authorization": f"Token {token(_user_of(role, request), *Scope.values)}"}


@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: role or "nobody")
@pytest.mark.parametrize(("method", "route"), OPERATIONS, ids=lambda value: value.replace("/", "."))
def test_no_answer_is_ours_to_blame_or_undescribed(
    method: str,
    route: str,
    role: Role | None,
    company: Company,
    request: pytest.FixtureRequest,
) -> None:
    operation = _operation(method, route)
    headers = _headers(role, request)
    things = _things(route, company)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), thing=st.sampled_from([None, *things]))
    def sends(case: Any, thing: str | None) -> None:
        if thing is not None and case.path_parameters:
            case.path_parameters = dict.fromkeys(case.path_parameters, thing)
        with transaction.atomic():  # each request meets the company as it was
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)

    sends()
