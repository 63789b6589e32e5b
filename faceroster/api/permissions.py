"""Who may call what: a user's role first, then the scopes of the token it came with."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from faceroster.trust.models import ApiToken, User


class HasScope(BasePermission):
    """Checks ``view.read_scope`` or ``view.write_scope``; a view that names none is closed to everyone.

    Signed-in users of the browser need no scope; a token does, and gains nothing that its user lacks.
    A view with ``staff_only = True`` is for staff and administrators.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return False
        scope = getattr(view, "read_scope" if request.method in SAFE_METHODS else "write_scope", None)
        if scope is None:
            return False
        if getattr(view, "staff_only", False) and not user.sees_everyone:
            return False
        return not isinstance(request.auth, ApiToken) or scope in request.auth.scopes
