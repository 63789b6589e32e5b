"""Settings of signing in: whose word about addresses counts, how often a password may be wrong."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network

import environ
from django.core.exceptions import ImproperlyConfigured

_env = environ.Env()


def _count(name: str, *, default: int) -> int:
    text = _env.str(name, default="").strip() or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise ImproperlyConfigured(f"{name} must be a whole number of 1 or more, not {text!r}.")
    return int(text)


def trusted_proxies(words: list[str]) -> list[IPv4Network | IPv6Network | str]:
    """The networks that ``words`` name, and the word ``unix`` for a proxy on a Unix socket.

    Raises:
        ImproperlyConfigured: one is no network, or is so wide that it trusts everybody.
    """
    found: list[IPv4Network | IPv6Network | str] = []
    for word in filter(None, (word.strip() for word in words)):
        if word == "unix":
            found.append(word)
            continue
        try:
            network = ip_network(word)
        except ValueError:
            raise ImproperlyConfigured(
                f"FACEROSTER_TRUSTED_PROXIES: {word!r} is no network such as 10.0.5.0/24."
            ) from None
        if network.prefixlen == 0:
            raise ImproperlyConfigured(f"FACEROSTER_TRUSTED_PROXIES: {word} would trust everybody.")
        found.append(network)
    return found


FACEROSTER_TRUSTED_PROXIES = trusted_proxies(_env.list("FACEROSTER_TRUSTED_PROXIES", default=[]))

#: Who must have a second step: "staff" (with administrators), "everyone", or nobody ("optional").
FACEROSTER_SECOND_STEP = _env.str("FACEROSTER_SECOND_STEP", default="").strip().lower() or "optional"
if FACEROSTER_SECOND_STEP not in ("optional", "staff", "everyone"):
    raise ImproperlyConfigured("FACEROSTER_SECOND_STEP must be one of optional, staff, everyone.")
#: Days that whoever must have one may still go on without.
FACEROSTER_SECOND_STEP_GRACE_DAYS = _count("FACEROSTER_SECOND_STEP_GRACE_DAYS", default=7)

# django-axes. Its counts are in the database, which all web processes share on either way of running.
AXES_HANDLER = "faceroster.trust.guessing.Guesses"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_FAILURE_LIMIT = _count("FACEROSTER_SIGN_IN_TRIES", default=5)
AXES_COOLOFF_TIME = timedelta(minutes=_count("FACEROSTER_SIGN_IN_WAIT_MINUTES", default=15))
AXES_CLIENT_IP_CALLABLE = "faceroster.trust.guessing.counted_address"
AXES_USERNAME_CALLABLE = "faceroster.trust.guessing.counted_name"
AXES_LOCKOUT_CALLABLE = "faceroster.trust.sign_in.too_many"
AXES_RESET_ON_SUCCESS = True
# Otherwise whoever goes on guessing keeps the account shut for its owner at the same address.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # who signed in is in the audit log
AXES_ENABLE_ADMIN = False  # faceroster.trust.locks shows them
AXES_VERBOSE = False
# What was posted is of no use to anybody later: all of it is masked.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "next"]
