"""Who may call what: a user's role first, then the scopes of the token it came with."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from faceroster.core.errors import NotAllowed
from faceroster.trust.models import ApiToken, Role, User
from faceroster.trust.rights import may
from faceroster.trust.second_step_must import lacks_second_step


class HasScope(BasePermission):
    """Checks ``view.read_scope`` or ``view.write_scope``; a view that names none is closed to everyone.

    Signed-in users of the browser need no scope; a token does, and gains nothing that its user lacks.
    ``view.rights`` maps a method to the right that the user's role must give; a method that is not
    in it is open to administrators, staff and managers, and the view's rows are those that the user may see.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        user, method = request.user, str(request.method)
        if not isinstance(user, User) or not user.is_active:
            return False
        if method not in view.allowed_methods:
            return True  # and so to "method not allowed"
        if user.role == Role.PERSON and not user.is_superuser:
            return False  # people look after themselves on their own pages
        scope = view.read_scope if method in SAFE_METHODS else view.write_scope
        if scope is None:
            return False
        right = view.rights.get("GET" if method == "HEAD" else method)
        if right is not None and not may(user, right):
            return False
        return not isinstance(request.auth, ApiToken) or scope in request.auth.scopes


class BrowserSession(SessionAuthentication):
    """Someone who is signed in with a browser; what they send must carry the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = super().authenticate(request)
        if found is not None and lacks_second_step(request._request, found[0]):
            raise NotAllowed(
                "auth.second_step_required",
                "Your role must have a second step of signing in. Set it up on the page “Second step”.",
            )
        return found

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise NotAllowed(
                "auth.csrf_failed",
                "This page is too old, or the request did not come from this site. Load the page again.",
            ) from error
