"""Errors as RFC 9457 problem details, with the same codes as everywhere else."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from faceroster.core.errors import FaceRosterError

CONTENT_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, **extra: Any) -> Response:
    """A problem document: ``type`` and ``code`` for programs, ``title`` and ``detail`` for people."""
    body = {"type": f"urn:faceroster:problem:{code}", "title": detail, "status": status, "code": code}
    return Response({**body, "detail": detail, **extra}, status=status, content_type=CONTENT_TYPE)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. What is not an error of ours or of the framework stays a 500."""
    if isinstance(error, FaceRosterError):
        return problem(error.status, error.code, error.message)
    plain = exception_handler(error, context)
    if plain is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        answer = problem(
            400, "input.invalid", "Some of what was sent is not right.", errors=error.get_full_details()
        )
    elif isinstance(error, Http404):
        answer = problem(404, "not_found", "There is nothing here, or it is not yours to see.")
    elif isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        answer = problem(403, "permission_denied", "Your role or token does not allow this.")
    elif isinstance(error, exceptions.APIException):
        answer = problem(plain.status_code, str(error.default_code), str(error.detail))
    else:
        answer = problem(plain.status_code, "request.failed", "The request failed.")
    for header, value in plain.items():
        if header.lower() in ("www-authenticate", "retry-after", "allow"):
            answer[header] = value
    return answer
