"""Who opens which page of rosters: some look, some decide about their departments, some edit everything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from faceroster.core.errors import FaceRosterError
from faceroster.rosters.shifts import InvalidFields
from faceroster.trust.guards import View, decides, guarded, looks
from faceroster.trust.rights import is_administrator

#: Dates outside of these years are slips of the pen.
_YEARS = range(1990, 2101)


_form = require_http_methods(["GET", "HEAD", "POST"])


def viewer_page(view: View) -> View:
    """GET, for everyone who sees attendance at all."""
    return require_safe(guarded(view, looks))


def decider_form(view: View) -> View:
    """GET and POST, for administrators and managers."""
    return _form(guarded(view, decides))


def decider_action(view: View) -> View:
    """POST, for administrators and managers."""
    return require_POST(guarded(view, decides))


def editor_form(view: View) -> View:
    """GET and POST, for administrators."""
    return _form(guarded(view, is_administrator))


def editor_action(view: View) -> View:
    """POST, for administrators."""
    return require_POST(guarded(view, is_administrator))


def day_asked(text: str) -> date | None:
    """The date that an address names, None for none. Raises Http404 for one that is none."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if day.year not in _YEARS:
        raise Http404
    return day


def key_asked(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def tell_errors(form: BaseForm, error: FaceRosterError) -> None:
    """What a service refused, at the fields of ``form`` that it is about."""
    if not isinstance(error, InvalidFields):
        form.add_error(None, error.message)
        return
    for name, message in error.fields.items():
        form.add_error(name if name in form.fields else None, message)


def attempt(request: HttpRequest, done: str, service: Callable[..., Any], **given: Any) -> bool:
    """Call ``service`` and put up ``done``, or why not. For actions that have no form to go back to."""
    try:
        service(**given)
    except FaceRosterError as error:
        messages.error(request, error.message)
        return False
    messages.success(request, done)
    return True
