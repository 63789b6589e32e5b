"""What the pages of this app have in common."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise

from faceroster.trust.models import User


def page(
    request: HttpRequest, template: str, title: str | Promise, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page inside the admin's frame: sidebar, heading, messages."""
    frame = {**admin.site.each_context(request), "title": title}
    return TemplateResponse(request, template, {**frame, **context}, status=status)


def signed_in(request: HttpRequest) -> User:
    """The user, on a view that only lets users in."""
    assert isinstance(request.user, User)
    return request.user
