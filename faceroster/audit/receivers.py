"""Users, tokens and signing in, followed from here: trust comes before this app and knows nothing of it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from faceroster.audit.actions import Action
from faceroster.audit.callers import NOBODY, Actor
from faceroster.audit.following import follow
from faceroster.audit.models import ActorKind
from faceroster.audit.services import record
from faceroster.trust.models import ApiToken, User
from faceroster.trust.signals import second_step_changed, sign_in_refused

_RIGHTS = {"role", "is_superuser", "is_active"}


def _change_of_user(names: set[str]) -> Action:
    if names & _RIGHTS:
        return Action.USER_ROLE_CHANGED
    return Action.USER_PASSWORD_CHANGED if "password" in names else Action.USER_CHANGED


follow(
    User,
    created=Action.USER_CREATED,
    changed=_change_of_user,
    deleted=Action.USER_DELETED,
    fields=("username", "first_name", "last_name", "email", "role", "language", "is_active", "is_superuser"),
    hidden=("password",),
)
follow(
    ApiToken,
    created=Action.TOKEN_MADE,
    changed=Action.TOKEN_CHANGED,
    deleted=Action.TOKEN_REVOKED,
    fields=("user", "name", "scopes", "expires_at"),
    hidden=("digest",),
)


_SECOND_STEP = {
    "set": Action.SECOND_STEP_SET,
    "removed": Action.SECOND_STEP_REMOVED,
    "reset": Action.SECOND_STEP_RESET,
    "recovery_used": Action.RECOVERY_CODE_USED,
}


@receiver(second_step_changed)
def second_step(user: User, how: str, by: User | None, **_: Any) -> None:
    record(_SECOND_STEP[how], actor=by, subject=user)


@receiver(sign_in_refused)
def refused(code: str, request: HttpRequest | None = None, **_: Any) -> None:
    """By an OpenID provider: of whom is not known."""
    record(Action.USER_SIGN_IN_FAILED, actor=NOBODY, details={"why": code}, request=request)


@receiver(user_logged_in)
def signed_in(request: HttpRequest | None, user: User, **_: Any) -> None:
    record(Action.USER_SIGNED_IN, actor=user, subject=user, request=request)


@receiver(user_logged_out)
def signed_out(request: HttpRequest | None, user: User | None, **_: Any) -> None:
    if user is not None:
        record(Action.USER_SIGNED_OUT, actor=user, subject=user, request=request)


@receiver(user_login_failed)
def sign_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """By the name that was given, which may be nobody's."""
    given = str(credentials.get("username") or "")[:40]
    known = User.objects.filter(username=given).first()
    # What is nobody's name may be a password in the wrong field: it is not written down.
    actor = Actor(ActorKind.NOBODY, name=given) if known else NOBODY
    record(Action.USER_SIGN_IN_FAILED, actor=actor, subject=known, request=request)
