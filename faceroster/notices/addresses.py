"""Where a webhook may point: to public addresses over https, and nowhere into the network we stand in."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from faceroster.core.errors import InvalidInput

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook's address in parts. ``host`` is as in certificates; ``path`` with its query."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def endpoint(url: str) -> Endpoint:
    """Take ``url`` apart.

    Raises:
        InvalidInput: ``webhook.bad_url`` or ``webhook.not_https``. Plain http is for this machine alone.
    """
    bad = InvalidInput("webhook.bad_url", _("This is no address such as https://example.com/hook."))
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode("ascii"), parts.port
    except ValueError:  # a bad port, brackets that do not match, a name that cannot be
        raise bad from None
    # Nothing that could end a line of the request, and no second name before an @.
    if not url.isascii() or any(ord(char) <= 32 for char in url) or "@" in parts.netloc or not host:
        raise bad
    if parts.scheme not in ("http", "https") or parts.fragment:
        raise bad
    secure = parts.scheme == "https"
    if not secure and host not in _LOCAL_NAMES:
        raise InvalidInput("webhook.not_https", _("The address must begin with https://."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(secure, host, port or (443 if secure else 80), path)


def _allowed(address: Address) -> bool:
    networks = settings.FACEROSTER.get("WEBHOOK_NETWORKS", ())
    if any(address in ipaddress.ip_network(network) for network in networks):
        return True
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _allowed(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def resolve(target: Endpoint) -> str:
    """The address to connect to: looked up once, so that a name cannot point elsewhere a moment later.

    Raises:
        InvalidInput: ``webhook.unknown_host``; ``webhook.private_address`` when any address of the name is
            not public and not within FACEROSTER["WEBHOOK_NETWORKS"].
    """
    try:
        rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError:
        raise InvalidInput("webhook.unknown_host", _("There is no such host.")) from None
    found = [str(row[4][0]) for row in rows]
    if not found or not all(_allowed(ipaddress.ip_address(text.partition("%")[0])) for text in found):
        raise InvalidInput(
            "webhook.private_address", _("This address is not public, and webhooks must not go there.")
        )
    return found[0]
