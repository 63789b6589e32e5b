"""Signing in through an OpenID provider: off until FACEROSTER_OIDC_ISSUER names one (docs/signing-in.md)."""

from __future__ import annotations

from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from faceroster.settings.secrets import required_secret

_env = environ.Env()
_ROLES = ("staff", "manager", "person")


def issuer_checked(issuer: str) -> str:
    """``issuer`` when it is https, or http on this very machine. Raises ImproperlyConfigured."""
    parts = urlsplit(issuer)
    if parts.scheme == "https" and parts.hostname:
        return issuer
    if parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"):
        return issuer
    raise ImproperlyConfigured(f"FACEROSTER_OIDC_ISSUER must begin with https://, not {issuer!r}.")


def roles_of(text: str) -> dict[str, str]:
    """``group=role,group=role`` as a dictionary. None makes administrators. Raises ImproperlyConfigured."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        group, _sign, role = part.rpartition("=")
        if not group or role not in _ROLES:
            raise ImproperlyConfigured(
                f"FACEROSTER_OIDC_ROLES: {part!r} is not like group=role, with a role of {', '.join(_ROLES)}."
            )
        found[group.strip()] = role
    return found


FACEROSTER_OIDC_ISSUER = _env.str("FACEROSTER_OIDC_ISSUER", default="").strip()
FACEROSTER_OIDC_CLIENT_ID = _env.str("FACEROSTER_OIDC_CLIENT_ID", default="").strip()
FACEROSTER_OIDC_CLIENT_SECRET = ""
if FACEROSTER_OIDC_ISSUER:
    issuer_checked(FACEROSTER_OIDC_ISSUER)
    FACEROSTER_OIDC_CLIENT_SECRET = required_secret("FACEROSTER_OIDC_CLIENT_SECRET", min_length=16)
    if not FACEROSTER_OIDC_CLIENT_ID:
        raise ImproperlyConfigured("FACEROSTER_OIDC_CLIENT_ID must be set where FACEROSTER_OIDC_ISSUER is.")
#: What stands on the button.
FACEROSTER_OIDC_NAME = _env.str("FACEROSTER_OIDC_NAME", default="OpenID").strip()
FACEROSTER_OIDC_SCOPES = _env.str("FACEROSTER_OIDC_SCOPES", default="openid email profile").strip()
#: Whether somebody who has no user here gets one.
FACEROSTER_OIDC_CREATE = _env.bool("FACEROSTER_OIDC_CREATE", default=False)
#: The claim that says in which groups somebody is, and the roles that new users get by them.
FACEROSTER_OIDC_ROLE_CLAIM = _env.str("FACEROSTER_OIDC_ROLE_CLAIM", default="groups").strip()
FACEROSTER_OIDC_ROLES = roles_of(_env.str("FACEROSTER_OIDC_ROLES", default=""))
#: A word in the claim "amr" by which the provider says that it asked for a second step, such as mfa.
FACEROSTER_OIDC_AMR = _env.str("FACEROSTER_OIDC_AMR", default="").strip()
