"""Errors as RFC 9457 problem details, with the same codes as everywhere else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.urls import resolve
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.views import set_rollback

from faceroster.core.errors import FaceRosterError, Unavailable

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
#: Seconds after which it makes sense to ask a busy part again.
RETRY_AFTER = 2

_FORBIDDEN = "Your role or token does not allow this."
_SIGN_IN = "Send a token as “Authorization: Token frt_...”, or sign in with the browser."
_NOT_FOUND = "There is nothing here, or it is not yours to see."

#: The framework's own errors: the code that says the same here.
_FRAMEWORK: dict[type[exceptions.APIException], str] = {
    exceptions.ParseError: "request.malformed",
    exceptions.AuthenticationFailed: "auth.failed",
    exceptions.NotAuthenticated: "auth.required",
    exceptions.MethodNotAllowed: "request.method_not_allowed",
    exceptions.NotAcceptable: "request.not_acceptable",
    exceptions.UnsupportedMediaType: "request.unsupported_media_type",
    exceptions.Throttled: "request.throttled",
}


class RequestTooLarge(FaceRosterError):
    """The body has more bytes than this address takes."""

    status = 413


def problem(status: int, code: str, detail: str, **extra: Any) -> JsonResponse:
    """A problem document: ``type`` and ``code`` for programs, ``title`` and ``detail`` for people.

    A plain response and not one of the framework's: it comes out as JSON whatever a view renders.
    """
    body = {
        "type": f"urn:faceroster:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return JsonResponse({**body, **extra}, status=status, content_type=CONTENT_TYPE)


def problem_response(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """The framework's exception handler: every error becomes a problem document.

    What nobody foresaw is logged with its traceback, and told to the caller without any details.
    """
    set_rollback()
    request = context.get("request")
    if isinstance(error, FaceRosterError):
        answer = problem(error.status, error.code, error.message)
        if isinstance(error, Unavailable):
            answer["Retry-After"] = str(RETRY_AFTER)
        return answer
    if isinstance(error, exceptions.ValidationError):
        where = "parameter" if request is not None and request.method in SAFE_METHODS else "pointer"
        errors = list(field_errors(error.get_full_details(), where))
        return problem(400, "input.invalid", _summary(errors), errors=errors)
    if isinstance(error, Http404 | exceptions.NotFound):
        return problem(404, "resource.not_found", _NOT_FOUND)
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return problem(403, "auth.forbidden", _FORBIDDEN)
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, RequestDataTooBig):
        return problem(413, "request.too_large", "The request has more bytes than are taken here.")
    if isinstance(error, SuspiciousOperation):
        return problem(400, "request.malformed", "The request cannot be read.")
    logger.error("Unforeseen error in %s", getattr(request, "path", "the API"), exc_info=error)
    return problem(500, "server.error", "Something went wrong here. It has been noted; please try again.")


def _of_framework(error: exceptions.APIException) -> JsonResponse:
    code = _FRAMEWORK.get(type(error), "request.failed")
    sentence = _SIGN_IN if code == "auth.required" else str(error.detail)
    answer = problem(error.status_code, code, sentence if sentence.endswith(".") else f"{sentence}.")
    if challenge := getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        answer["Retry-After"] = f"{wait:.0f}"
    return answer


def field_errors(details: Any, where: str, path: str = "") -> Iterator[dict[str, str]]:
    """Each thing that is wrong, with the JSON pointer (``where`` "pointer") or the query parameter.

    ``details``: what ``ValidationError.get_full_details()`` gives.
    """
    if isinstance(details, list):
        for item in details:
            yield from field_errors(item, where, path)
    elif isinstance(details.get("message"), str):
        place = path.removeprefix("/") if where == "parameter" else f"#{path}"
        yield {where: place, "code": str(details["code"]), "detail": details["message"]}
    else:
        for name, inner in details.items():
            step = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from field_errors(inner, where, path + step)


def _summary(errors: list[dict[str, str]]) -> str:
    parts = []
    for error in errors:
        place = error.get("parameter", error.get("pointer", "")).removeprefix("#").removeprefix("/")
        parts.append(f"{place}: {error['detail']}" if place else error["detail"])
    return " ".join(parts) or "Some of what was sent is not right."


def nothing_here(request: HttpRequest, **_: object) -> HttpResponse:
    """Every address below /api/ that is none. A forgotten slash at the end is put right."""
    if not request.path.endswith("/") and resolve(f"{request.path_info}/").func is not nothing_here:
        query = request.META.get("QUERY_STRING", "")
        where = f"{request.path}/" + (f"?{query}" if query else "")
        return HttpResponsePermanentRedirect(where, preserve_request=True)  # 308: method and body stay
    return problem(404, "resource.not_found", _NOT_FOUND)
