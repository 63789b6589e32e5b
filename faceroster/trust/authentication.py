"""API tokens: ``Authorization: Token frt_...``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from faceroster.trust import addresses
from faceroster.trust.models import ApiToken, User

_TOUCH_EVERY = timedelta(minutes=1)
#: So many wrong tokens of one address in so many seconds are answered as such, further ones with 429.
_WRONG_TOKENS, _WRONG_SECONDS = 60, 60


class TokenAuthentication(authentication.BaseAuthentication):
    """Sets ``request.user`` to the token's user and ``request.auth`` to the :class:`ApiToken`."""

    keyword = "Token"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = authentication.get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != self.keyword.lower():
            return None
        if len(words) != 2:
            raise exceptions.AuthenticationFailed(_("Write the header as: Authorization: Token <token>"))
        token = ApiToken.objects.select_related("user").filter(digest=ApiToken.digest_of(words[1])).first()
        if token is None or token.expired or not token.user.is_active:
            _wrong_count(addresses.counted_address(request._request))
            raise exceptions.AuthenticationFailed(_("This token is unknown, expired or revoked."))
        now = timezone.now()
        if token.last_used_at is None or now - token.last_used_at > _TOUCH_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


def _wrong_count(address: str) -> None:
    """Count a wrong token. Raises Throttled when there were too many from ``address``.

    A right one still works there: no lock makes 256 bits harder to guess, and one broken script behind a
    shared address would stop all others.
    """
    key = f"limit:wrong-token:{address}"
    cache.add(key, 0, timeout=_WRONG_SECONDS)
    try:
        wrong = cache.incr(key)
    except ValueError:  # it ran out between the two lines
        return
    if wrong > _WRONG_TOKENS:
        raise exceptions.Throttled(wait=_WRONG_SECONDS)


class TokenScheme(OpenApiAuthenticationExtension):
    """Tells the OpenAPI schema how a token is sent; drf-spectacular finds it by its being defined."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The word Token, a space, and the token: `Token frt_...`.",
        }
