"""Whose address it is: forged headers, chains of proxies, IPv6, and what is counted under it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory
from django.urls import reverse

from faceroster.audit.callers import address_of
from faceroster.settings.signing_in import trusted_proxies
from faceroster.trust.addresses import caller_address, counted_address, network_of

INSIDE = "10.0.0.0/8"
VISITOR = "203.0.113.9"


def _caller(settings: Any, peer: str, said: str | None, *proxies: str) -> str:
    settings.FACEROSTER_TRUSTED_PROXIES = trusted_proxies(list(proxies))
    headers = {} if said is None else {"HTTP_X_FORWARDED_FOR": said}
    return caller_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


@pytest.mark.parametrize("said", ["198.51.100.1", "127.0.0.1", "10.0.0.1, 10.0.0.2", "", "nonsense"])
def test_without_trusted_proxies_no_header_counts(settings: Any, said: str) -> None:
    assert _caller(settings, VISITOR, said) == VISITOR


@pytest.mark.parametrize("said", ["198.51.100.1", "10.0.0.1", "198.51.100.1, 10.0.0.1"])
def test_whoever_does_not_come_through_the_proxy_is_not_believed(settings: Any, said: str) -> None:
    assert _caller(settings, VISITOR, said, INSIDE) == VISITOR


@pytest.mark.parametrize(
    ("said", "whose"),
    [
        (VISITOR, VISITOR),
        (f"198.51.100.1, {VISITOR}", VISITOR),  # what the visitor wrote stands before what the proxy wrote
        (f"10.9.9.9, {VISITOR}", VISITOR),  # though it names a proxy of ours
        (f"198.51.100.1, {VISITOR}, 10.0.0.7", VISITOR),
        (f"{VISITOR}, 10.0.0.8,10.0.0.7", VISITOR),
        (f"{VISITOR}:51234, 10.0.0.7", VISITOR),
        ("10.0.0.9, 10.0.0.7", "10.0.0.9"),  # somebody inside
        (f"{VISITOR}, nonsense", "10.0.0.1"),
        (f"{VISITOR}, ", "10.0.0.1"),
        (None, "10.0.0.1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", VISITOR),
    ],
)
def test_a_chain_is_followed_as_far_as_it_is_trusted(settings: Any, said: str | None, whose: str) -> None:
    assert _caller(settings, "10.0.0.1", said, INSIDE) == whose


def test_only_the_proxies_named_are_followed(settings: Any) -> None:
    assert _caller(settings, "10.0.0.1", f"{VISITOR}, 10.0.1.1", "10.0.0.0/24") == "10.0.1.1"


def test_a_proxy_on_a_unix_socket_is_trusted_when_it_is_named(settings: Any) -> None:
    assert _caller(settings, "", VISITOR) == ""
    assert _caller(settings, "", VISITOR, INSIDE) == ""
    assert _caller(settings, "", VISITOR, "unix") == VISITOR
    assert _caller(settings, "203.0.113.1", "198.51.100.1", "unix") == "203.0.113.1"


def test_an_ipv4_proxy_is_known_on_a_socket_of_both_kinds(settings: Any) -> None:
    assert _caller(settings, "::ffff:10.0.0.1", VISITOR, INSIDE) == VISITOR


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("203.0.113.9", "203.0.113.9"),
        ("", ""),
    ],
)
def test_ipv6_is_counted_by_its_network(address: str, counted: str) -> None:
    assert network_of(address) == counted
    assert counted_address(RequestFactory().get("/", REMOTE_ADDR=address)) == counted


@pytest.mark.parametrize("words", [["10.0.0.1/8"], ["proxy.example.org"], ["0.0.0.0/0"], ["::/0"]])
def test_what_is_no_network_or_everybody_stops_the_start(words: list[str]) -> None:
    with pytest.raises(ImproperlyConfigured, match="FACEROSTER_TRUSTED_PROXIES"):
        trusted_proxies(words)


def test_the_audit_log_has_the_callers_own_address(settings: Any) -> None:
    settings.FACEROSTER_TRUSTED_PROXIES = trusted_proxies([INSIDE])
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="2001:db8::5")
    assert address_of(request) == "2001:db8::5"


def _asked(headers: dict[str, str], *, peer: str) -> int:
    return Client().get("/kiosk/", REMOTE_ADDR=peer, headers=headers).status_code


@pytest.mark.django_db
def test_a_forged_header_buys_no_further_kiosks() -> None:
    codes = [_asked({"X-Forwarded-For": f"198.51.100.{n}"}, peer=VISITOR) for n in range(12)]
    assert codes == [200] * 10 + [429] * 2


@pytest.mark.django_db
def test_behind_the_proxy_each_visitor_has_a_limit_of_their_own(settings: Any) -> None:
    settings.FACEROSTER_TRUSTED_PROXIES = trusted_proxies([INSIDE])

    def asked(said: str) -> int:
        return _asked({"X-Forwarded-For": said}, peer="10.0.0.1")

    assert [asked(f"198.51.100.{n}, {VISITOR}") for n in range(11)] == [200] * 10 + [429]
    assert asked("203.0.113.10") == 200


@pytest.mark.django_db
def test_addresses_of_one_ipv6_network_share_a_limit() -> None:
    codes = [_asked({}, peer=f"2001:db8:1:2::{n:x}") for n in range(12)]
    assert codes == [200] * 10 + [429] * 2
    assert _asked({}, peer="2001:db8:1:3::1") == 200


@pytest.mark.django_db
def test_anonymous_callers_of_the_api_are_counted_by_their_own_address(settings: Any) -> None:
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "api": "2/min"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}

    def asked(said: str) -> int:
        headers = {"X-Forwarded-For": said}
        return Client().get(reverse("api:schema"), REMOTE_ADDR=VISITOR, headers=headers).status_code

    assert [asked(f"198.51.100.{n}") for n in range(3)] == [200, 200, 429]
