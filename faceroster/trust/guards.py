"""Views for those who may look at attendance, and for those who decide about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from faceroster.trust.models import Role, User
from faceroster.trust.rights import is_administrator

View = Callable[..., HttpResponseBase]


def looks(user: User) -> bool:
    """Whether ``user`` sees attendance at all; whose, ``people_visible_to`` says."""
    return user.sees_everyone or user.role == Role.MANAGER


def decides(user: User) -> bool:
    """Whether ``user`` decides somewhere; where, ``departments_managed_by`` says."""
    return is_administrator(user) or user.role == Role.MANAGER


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
