"""Where a request comes from, behind proxies too.

``X-Forwarded-For`` is written by whoever likes to. It is read from its end, where the nearest proxy wrote,
and only as far as the proxies go that FACEROSTER_TRUSTED_PROXIES names: the first address that is none of
them is the caller's, whatever stands before it.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address

#: Whoever has one address of a network at home or on a phone has all of it.
_IPV6_SUBSCRIBER = 64
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+")


def caller_address(request: HttpRequest) -> str:
    """The caller's address in its one spelling, or "" where there is none (a Unix socket)."""
    written = str(request.META.get("REMOTE_ADDR", ""))
    hop = _parsed(written)
    if hop is None and written:
        return ""
    said = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    while said and _is_trusted(hop):
        before = _parsed(said.pop())
        if before is None:
            break
        hop = before
    return "" if hop is None else str(hop)


def network_of(address: str) -> str:
    """As what ``address`` is counted: itself, or of IPv6 the first address of its /64."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, _IPV6_SUBSCRIBER), strict=False).network_address)
    return address


def counted_address(request: HttpRequest) -> str:
    """What limits by address count under."""
    return network_of(caller_address(request))


def _is_trusted(hop: Address | None) -> bool:
    """Whether what ``hop`` says about where a request came from is believed. None: a Unix socket."""
    proxies = settings.FACEROSTER_TRUSTED_PROXIES
    if hop is None:
        return "unix" in proxies
    return any(hop in network for network in proxies if not isinstance(network, str))


def _parsed(text: str) -> Address | None:
    """``text`` as an address; some proxies write a port after it. None for what is none."""
    plain = text.strip()
    if match := _WITH_PORT.fullmatch(plain):
        plain = match["six"] or match["four"]
    try:
        address = ip_address(plain.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
