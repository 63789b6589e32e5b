"""Who may look at attendance, who may decide about it, and reading what an address asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from faceroster.people.models import Department, Site
from faceroster.trust.models import Role, User
from faceroster.trust.rights import is_administrator

View = Callable[..., HttpResponseBase]
_Row = TypeVar("_Row", Department, Site)


def guarded(view: View, allowed: Callable[[User], bool]) -> View:
    """``view`` for signed-in users whom ``allowed`` lets in; others sign in first, or are refused (403)."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            if "HX-Request" in request.headers:
                # A fragment cannot be the sign-in page: let the page that asks for it load anew.
                return HttpResponse(status=401, headers={"HX-Refresh": "true"})
            return redirect_to_login(request.get_full_path())
        if not allowed(user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def viewer_only(view: View) -> View:
    """GET, for those who may see attendance at all. Others sign in first, or are refused (403)."""
    return require_safe(guarded(view, lambda user: user.sees_everyone or user.role == Role.MANAGER))


def decider_only(view: View) -> View:
    """POST, for administrators, and managers, who decide about their own departments.

    Which ones these are, ``departments_managed_by`` says; the view must start from it.
    """
    return require_POST(guarded(view, lambda user: is_administrator(user) or user.role == Role.MANAGER))


def one(rows: QuerySet[_Row], key: str) -> _Row | None:
    """The row that ``key`` names, None for no key. Raises Http404 for one that is not among ``rows``."""
    if not key:
        return None
    try:
        return get_object_or_404(rows, pk=UUID(key))
    except ValueError:
        raise Http404 from None
