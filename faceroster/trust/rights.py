"""What each role may do: the one place that says so.

:class:`RoleBackend` answers ``user.has_perm`` from the role alone, so the admin, views and templates
need to ask nothing else. Permissions that were handed out one by one, and groups, do not exist here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase

from faceroster.trust.models import Role, User

#: ``app_label.action_model``, as Django writes them. Administrators need no list: they may do everything.
STAFF_RIGHTS = frozenset(
    {
        "people.view_site",
        "people.view_department",
        "people.view_person",
        "people.add_person",
        "people.change_person",
        "consents.view_consent",
        "consents.add_consent",
        "consents.change_consent",
        "consents.view_consenttext",
        "enrollment.view_enrollmentphoto",
        "enrollment.add_enrollmentphoto",
        "enrollment.change_enrollmentphoto",
        "enrollment.delete_enrollmentphoto",
        "enrollment.view_importrun",
        "enrollment.add_importrun",
        "kiosks.view_kiosk",
        "kiosks.change_kiosk",
        "kiosks.view_decision",
        "kiosks.view_falseaccept",
        "attendance.view_punch",
        "attendance.add_punch",
        "audit.view_entry",
        "classifiers.view_classifier",
        "classifiers.add_classifier",
        "emotions.view_emotionswitch",
        "lab.use_lab",
        "privacy.add_erasure",
        "privacy.subject_access",
    }
)


def is_administrator(user: object) -> bool:
    return isinstance(user, User) and (user.is_superuser or user.role == Role.ADMINISTRATOR)


def may(user: object, right: str) -> bool:
    """Whether ``user`` may do ``right``, written like ``people.change_person``."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return is_administrator(user) or (user.role == Role.STAFF and right in STAFF_RIGHTS)


def _apps_of(user: User) -> set[str]:
    return {right.split(".")[0] for right in STAFF_RIGHTS} if user.role == Role.STAFF else set()


class RoleBackend(ModelBackend):
    """Signs in with a password as Django does, and decides rights by the role.

    Stored permissions and groups are never looked at.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        return may(user_obj, perm)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        return is_administrator(user_obj) or app_label in _apps_of(user_obj)

    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active or user_obj.role != Role.STAFF:
            return set()
        return set(STAFF_RIGHTS)


def needs(right: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """A view for those who may do ``right``: others are sent to sign in, or refused (403) when they have."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request.user, right):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate
