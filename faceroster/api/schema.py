"""The OpenAPI description: what each operation needs, and how it fails."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from faceroster.api.permissions import BrowserSession
from faceroster.api.problems import CONTENT_TYPE
from faceroster.trust.rights import STAFF_RIGHTS


class FieldProblem(serializers.Serializer[dict[str, str]]):
    """One thing that is wrong with what was sent."""

    pointer = serializers.CharField(required=False, help_text="JSON pointer into the body, such as #/name.")
    parameter = serializers.CharField(required=False, help_text="Or the parameter of the address.")
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[dict[str, Any]]):
    """An error (RFC 9457)."""

    type = serializers.CharField(help_text="urn:faceroster:problem: and the code.")
    title = serializers.CharField(help_text="The status in words.")
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable, for programs; docs/api.md lists them.")
    detail = serializers.CharField(help_text="A sentence a person can act on.")
    errors = FieldProblem(  # type: ignore[assignment]  # a field of that name hides nothing at run time
        many=True, required=False, help_text="For input.invalid."
    )


class BrowserSessionScheme(OpenApiAuthenticationExtension):
    """Tells the schema about the session's cookie; found by its being defined."""

    target_class = BrowserSession
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "Signed in with a browser. What changes something carries the CSRF token.",
        }


class ApiSchema(AutoSchema):
    """Adds to every operation the scope and role it needs and the problems it may answer with."""

    def get_description(self) -> str:
        view = self.view
        scope = view.read_scope if self.method == "GET" else view.write_scope
        right = view.rights.get(self.method)
        roles = "any role"
        if right is not None:
            roles = "staff and administrators" if right in STAFF_RIGHTS else "administrators"
        return f"{super().get_description()}\n\nScope `{scope}`; {roles}.".strip()

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        component = self.resolve_serializer(Problem, "response")
        content = {CONTENT_TYPE: {"schema": component.ref}}
        for status in self._problem_statuses():
            bodies[str(status)] = {"description": HTTPStatus(status).phrase, "content": content}
        return dict(sorted(bodies.items()))

    def _problem_statuses(self) -> set[int]:
        statuses = {401, 403, 429}
        if self.method == "POST" or self.method == "PATCH":
            statuses |= {400, 413, 415}
        if "{" in self.path or getattr(self.view, "action", None) == "list":
            statuses |= {404}
        if getattr(self.view, "filterset_class", None) and getattr(self.view, "action", None) == "list":
            statuses |= {400}
        problems = self.view.problems
        return statuses | set(problems.get(getattr(self.view, "action", None) or self.method, ()))


@cache
def _whole() -> dict[str, Any]:
    whole: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return whole


class SameForAll(SchemaGenerator):
    """Describes the API once per process: the answer is the same for everyone, and takes a while."""

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        return _whole()
