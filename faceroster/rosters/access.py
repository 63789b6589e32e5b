"""Who opens which page of rosters: some look, some decide about their departments, some edit everything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from faceroster.core.errors import FaceRosterError
from faceroster.rosters.shifts import InvalidFields
from faceroster.trust.models import Role, User
from faceroster.trust.rights import is_administrator

View = Callable[..., HttpResponseBase]

#: Dates outside of these years are slips of the pen.
_YEARS = range(1990, 2101)


def looks(user: User) -> bool:
    return user.sees_everyone or user.role == Role.MANAGER


def decides(user: User) -> bool:
    """Whether somewhere; where, ``departments_managed_by`` says, from which the view must start."""
    return is_administrator(user) or user.role == Role.MANAGER


def _guarded(view: View, allowed: Callable[[User], bool]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            if "HX-Request" in request.headers:
                # A fragment cannot be the sign-in page: let the page that asks for it load anew.
                return HttpResponse(status=401, headers={"HX-Refresh": "true"})
            return redirect_to_login(request.get_full_path())
        if not allowed(user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


_form = require_http_methods(["GET", "HEAD", "POST"])


def viewer_page(view: View) -> View:
    """GET, for everyone who sees attendance at all."""
    return require_safe(_guarded(view, looks))


def decider_form(view: View) -> View:
    """GET and POST, for administrators and managers."""
    return _form(_guarded(view, decides))


def decider_action(view: View) -> View:
    """POST, for administrators and managers."""
    return require_POST(_guarded(view, decides))


def editor_form(view: View) -> View:
    """GET and POST, for administrators."""
    return _form(_guarded(view, is_administrator))


def editor_action(view: View) -> View:
    """POST, for administrators."""
    return require_POST(_guarded(view, is_administrator))


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
