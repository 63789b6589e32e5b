"""Who acts at present: known from the request, or said by a task or a command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase

from faceroster.audit.models import ActorKind
from faceroster.trust.addresses import caller_address
from faceroster.trust.models import ApiToken, User

_ID_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@dataclass(frozen=True)
class Actor:
    """By key and by the name that they had then."""

    kind: ActorKind
    id: str = ""
    name: str = ""


SYSTEM = Actor(ActorKind.SYSTEM)
NOBODY = Actor(ActorKind.NOBODY)

_request: ContextVar[HttpRequest | None] = ContextVar("audit_request", default=None)
_actor: ContextVar[Actor | None] = ContextVar("audit_actor", default=None)


class Callers:
    """After authentication: remembers the request, from which an entry learns who acts and from where."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        mark = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(mark)


@contextmanager
def acting(who: object) -> Iterator[None]:
    """Within it ``who`` (an Actor, a user, a token, a kiosk) does whatever is recorded."""
    mark = _actor.set(actor_of(who))
    try:
        yield
    finally:
        _actor.reset(mark)


def actor_of(who: object) -> Actor:
    """``who`` as an actor. Raises TypeError for what cannot act."""
    if isinstance(who, Actor):
        return who
    if isinstance(who, ApiToken):
        return Actor(ActorKind.TOKEN, str(who.pk), f"{who.name} ({name_of(who.user)})")
    if isinstance(who, User):
        return Actor(ActorKind.USER, str(who.pk), name_of(who))
    if isinstance(who, Model) and who._meta.model_name == "kiosk":
        return Actor(ActorKind.KIOSK, str(who.pk), str(who))
    raise TypeError(f"{type(who).__name__} is no actor")


def name_of(user: User) -> str:
    """Of a user: the full name with the user name, which tells them from their namesakes."""
    full = user.get_full_name()
    return f"{full} ({user.get_username()})" if full else user.get_username()


def request_now() -> HttpRequest | None:
    return _request.get()


def actor_now(request: HttpRequest | None) -> Actor:
    """Who acts: as said by :func:`acting`, else by ``request``, else the system itself."""
    said = _actor.get()
    if said is not None:
        return said
    if request is None:
        return SYSTEM
    token: Any = getattr(request, "auth", None)  # the API sets it on Django's request too
    if isinstance(token, ApiToken):
        return actor_of(token)
    user = getattr(request, "user", None)
    return actor_of(user) if isinstance(user, User) else NOBODY


def address_of(request: HttpRequest | None) -> str:
    return "" if request is None else caller_address(request)


def request_id_of(request: HttpRequest | None) -> str:
    """What the proxy calls this request, if it does; only signs that need no care anywhere."""
    said = "" if request is None else request.headers.get("X-Request-ID", "")
    return said if len(said) <= 64 and _ID_SIGNS.issuperset(said) else ""
