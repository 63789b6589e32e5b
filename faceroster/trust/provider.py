"""Signing in through an OpenID provider: authorization code flow with state, nonce and PKCE, by Authlib.

Who comes back is known by what the provider calls them (issuer and subject), which never changes hands. The
first time they are matched by e-mail, when the provider says that it verified it and exactly one user has it.
Nobody becomes an administrator by it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from joserfc.errors import JoseError

from faceroster.core.errors import FaceRosterError, NotAllowed, Unavailable
from faceroster.trust.models import ExternalAccount, Role, User

logger = logging.getLogger(__name__)

#: Signed with the provider's private key; neither unsigned nor with a secret that we share.
_SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_SECONDS, _LEEWAY = 10, 60
_BACKEND = "faceroster.trust.rights.RoleBackend"


@dataclass(frozen=True)
class Known:
    """Who came back, and whether the provider asked them for a second step of its own."""

    user: User
    second_step: bool


def configured() -> bool:
    return bool(settings.FACEROSTER_OIDC_ISSUER)


@lru_cache(maxsize=1)
def _registered(issuer: str, client_id: str, secret: str, scopes: str) -> Any:
    oauth = OAuth()
    return oauth.register(
        "provider",
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": scopes, "code_challenge_method": "S256", "default_timeout": _SECONDS},
    )


def _client() -> Any:
    """Authlib's client, which has asked the provider for its addresses."""
    client = _registered(
        settings.FACEROSTER_OIDC_ISSUER,
        settings.FACEROSTER_OIDC_CLIENT_ID,
        settings.FACEROSTER_OIDC_CLIENT_SECRET,
        settings.FACEROSTER_OIDC_SCOPES,
    )
    metadata = client.load_server_metadata()
    if metadata.get("issuer") != settings.FACEROSTER_OIDC_ISSUER:
        logger.error("The provider calls itself %r, not FACEROSTER_OIDC_ISSUER", metadata.get("issuer"))
        _registered.cache_clear()
        raise _refused()
    said = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    metadata["id_token_signing_alg_values_supported"] = [name for name in said if name in _SIGNATURES]
    return client


def _refused() -> FaceRosterError:
    return NotAllowed("oidc.refused", _("Signing in with the provider did not work. Please try again."))


def begin(request: HttpRequest, back: str) -> HttpResponse:
    """Send the browser to the provider, which sends it on to ``back``.

    Raises:
        Unavailable: ``oidc.unreachable``.
        NotAllowed: ``oidc.refused``.
    """
    try:
        answer: HttpResponse = _client().authorize_redirect(request, back)
    except (requests.RequestException, ValueError, RuntimeError) as error:
        raise _unreachable(error) from error
    return answer


def finish(request: HttpRequest) -> Known:
    """Whom the provider sent back.

    Raises:
        Unavailable: ``oidc.unreachable``.
        NotAllowed: ``oidc.refused``, ``oidc.email_unverified``, ``oidc.unknown_user``, ``oidc.blocked``.
    """
    claims = _claims(request)
    user = _user_of(claims)
    if not user.is_active:
        raise NotAllowed("oidc.blocked", _("Your user here is blocked. Please ask an administrator."))
    user.backend = _BACKEND
    asked = settings.FACEROSTER_OIDC_AMR
    return Known(user, bool(asked) and asked in (claims.get("amr") or []))


def _claims(request: HttpRequest) -> Mapping[str, Any]:
    """What the provider says, after its signature, issuer, audience, time and nonce were checked."""
    try:
        client = _client()
        wanted = {
            "iss": {"essential": True, "value": settings.FACEROSTER_OIDC_ISSUER},
            "aud": {"essential": True, "value": settings.FACEROSTER_OIDC_CLIENT_ID},
        }
        token = client.authorize_access_token(request, claims_options=wanted, leeway=_LEEWAY)
        claims: dict[str, Any] = dict(token.get("userinfo") or {})
        if not claims.get("sub"):
            raise ValueError("no ID token")
        if "email" not in claims and client.server_metadata.get("userinfo_endpoint"):
            more = client.userinfo(token=token)
            if more.get("sub") != claims["sub"]:
                raise ValueError("userinfo of somebody else")
            claims = {**more, **claims}
    except requests.RequestException as error:
        raise _unreachable(error) from error
    except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError, RuntimeError) as error:
        # The error's kind and no more: its text may hold what the provider sent.
        logger.warning("A sign-in through the provider was refused: %s", type(error).__name__)
        raise _refused() from error
    return claims


def _unreachable(error: Exception) -> FaceRosterError:
    logger.warning("The OpenID provider does not answer: %s", type(error).__name__)
    _registered.cache_clear()
    return Unavailable("oidc.unreachable", _("The provider does not answer. Please try again in a moment."))


def _user_of(claims: Mapping[str, Any]) -> User:
    issuer, subject = settings.FACEROSTER_OIDC_ISSUER, str(claims["sub"])
    linked = ExternalAccount.objects.select_related("user").filter(issuer=issuer, subject=subject).first()
    if linked is not None:
        return linked.user
    email = str(claims.get("email") or "").strip()
    if not email or claims.get("email_verified") is not True:
        raise NotAllowed(
            "oidc.email_unverified",
            _("The provider does not vouch for your e-mail address. Verify it there."),
        )
    with transaction.atomic():
        user = _matching(email) or _created(email, claims)
        try:
            with transaction.atomic():
                ExternalAccount.objects.create(user=user, issuer=issuer, subject=subject)
        except IntegrityError:
            raise _unknown() from None  # that user belongs to another account of the provider
    return user


def _matching(email: str) -> User | None:
    found = list(User.objects.filter(email__iexact=email)[:2])
    if len(found) > 1:
        raise _unknown()
    return found[0] if found else None


def _unknown() -> FaceRosterError:
    return NotAllowed(
        "oidc.unknown_user", _("There is no user here with your e-mail address. Please ask an administrator.")
    )


def _created(email: str, claims: Mapping[str, Any]) -> User:
    """A new user without a password, when the settings say so; never an administrator."""
    if not settings.FACEROSTER_OIDC_CREATE or User.objects.filter(username__iexact=email).exists():
        raise _unknown()
    if len(email) > 150:
        raise _unknown()
    groups = claims.get(settings.FACEROSTER_OIDC_ROLE_CLAIM) or []
    groups = groups if isinstance(groups, list) else [groups]
    # In the order of the settings: the first that fits counts.
    fitting = [role for group, role in settings.FACEROSTER_OIDC_ROLES.items() if group in groups]
    user = User(
        username=email,
        email=email,
        role=Role(fitting[0]) if fitting else Role.PERSON,
        first_name=str(claims.get("given_name") or "")[:150],
        last_name=str(claims.get("family_name") or "")[:150],
    )
    user.set_unusable_password()
    user.save()
    return user
