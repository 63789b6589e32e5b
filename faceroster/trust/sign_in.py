"""The two pages to sign in on: what they say to whoever is locked out."""

from __future__ import annotations

from http import HTTPStatus
from math import ceil
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext
from unfold.forms import AuthenticationForm as UnfoldForm

from faceroster.trust import guessing


def too_many_sentence(seconds: int) -> str:
    minutes = ceil(seconds / 60)
    return ngettext(
        "Too many wrong tries from here. Please wait %(minutes)d minute, or ask an administrator.",
        "Too many wrong tries from here. Please wait %(minutes)d minutes, or ask an administrator.",
        minutes,
    ) % {"minutes": minutes}


class _SaysLocked:
    """Tells a lock from a wrong password."""

    request: Any
    cleaned_data: dict[str, Any]

    def get_invalid_login_error(self) -> ValidationError:
        if getattr(self.request, "axes_locked_out", False):
            seconds = guessing.seconds_left(self.request, self.cleaned_data)
            return ValidationError(too_many_sentence(seconds), code="locked")
        error: ValidationError = super().get_invalid_login_error()  # type: ignore[misc]
        return error


class SignInForm(_SaysLocked, AuthenticationForm):
    """Of the page that everybody signs in on."""


class AdminSignInForm(_SaysLocked, UnfoldForm):
    """Of the admin's own page."""


def too_many(request: HttpRequest, answer: HttpResponse, credentials: dict[str, Any] | None) -> HttpResponse:
    """The page as the form made it, with the status and the header that programs read."""
    answer.status_code = HTTPStatus.TOO_MANY_REQUESTS
    answer["Retry-After"] = str(guessing.seconds_left(request, credentials))
    return answer
