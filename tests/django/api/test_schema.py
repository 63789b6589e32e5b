"""The OpenAPI description and its page."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from drf_spectacular.drainage import reset_generator_stats

from tests.django.api.test_access import MATRIX

METHODS = {"get", "post", "patch", "put", "delete"}


@pytest.fixture
def schema() -> Any:
    answer = Client().get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi"})
    assert answer.status_code == 200
    return yaml.safe_load(answer.content)


def test_the_schema_is_valid_and_has_no_warnings(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    reset_generator_stats()
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yaml"))
    assert "Warning" not in capsys.readouterr().err


def test_every_route_of_the_matrix_is_described_and_nothing_else(schema: Any) -> None:
    described = {
        (path.removeprefix("/api/"), method.upper())
        for path, operations in schema["paths"].items()
        for method in METHODS & set(operations)
    }
    ours = {
        (re.sub(r"<uuid:(\w+)>", lambda m: "{id}" if m[1] == "pk" else f"{{{m[1]}}}", route), method)
        for route, rules in MATRIX.items()
        for method in rules
    }
    assert described == ours


def test_each_operation_tells_its_scope_its_problems_and_how_to_sign_in(schema: Any) -> None:
    for path, operations in schema["paths"].items():
        for method in METHODS & set(operations):
            operation, name = operations[method], f"{method} {path}"
            route = re.sub(r"{(\w+)}", lambda m: f"<uuid:{m[1].replace('id', 'pk', m[1] == 'id')}>", path)
            rule = MATRIX[route.removeprefix("/api/")][method.upper()]
            assert f"`{rule.scope}`" in operation["description"], name
            assert operation["summary"], name
            assert operation["security"] == [{"token": []}, {"session": []}], name
            problems = {code: body for code, body in operation["responses"].items() if code >= "400"}
            assert {"401", "403", "429"} <= set(problems), name
            assert ({"400", "413", "415"} <= set(problems)) == (method in ("post", "patch")), name
            for body in problems.values():
                assert list(body["content"]) == ["application/problem+json"], name
            assert [code for code in operation["responses"] if code < "300"], name


def test_uploads_are_described_as_they_are_sent(schema: Any) -> None:
    photos = schema["paths"]["/api/v1/people/{person_id}/photos/"]["post"]
    content = photos["requestBody"]["content"]
    assert set(content) == {"multipart/form-data", "image/jpeg", "image/png", "image/webp"}
    assert content["image/jpeg"]["schema"] == {"type": "string", "format": "binary"}
    assert "202" in photos["responses"]
    form = schema["components"]["schemas"]["PhotoInput"]
    assert form["properties"]["image"]["format"] == "binary"
    assert form["required"] == ["image"]
    verify = schema["paths"]["/api/v1/faces/verify/"]["post"]["requestBody"]["content"]
    assert set(verify) == {"multipart/form-data"}


def test_the_page_uses_own_files_and_no_inline_script_or_style() -> None:
    answer = Client().get("/api/docs/")
    assert answer.status_code == 200
    page = answer.content.decode()
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(links) >= 6
    assert all(link.startswith("/") and not link.startswith("//") for link in links)
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    for link in links:
        if link.startswith("/static/"):
            assert finders.find(link.removeprefix("/static/")), link
        else:
            assert Client().get(link.replace("&amp;", "&")).status_code == 200, link
    script = next(link for link in links if "script" in link)
    answer = Client().get(script)
    assert answer["Content-Type"].startswith("application/javascript")
    assert "/api/schema/" in answer.content.decode()
    assert "://" not in answer.content.decode()
