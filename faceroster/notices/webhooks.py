"""Webhooks: making them, signing what they send, and one attempt to send it."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from faceroster.core.errors import FaceRosterError, InvalidInput
from faceroster.notices import addresses
from faceroster.notices.models import Delivery, Event, Webhook
from faceroster.people.models import Department
from faceroster.trust import sealing
from faceroster.trust.purposes import purpose_key

#: Seconds for the whole of an attempt, however slowly the other side answers.
TIMEOUT = 5.0
#: Characters of an answer that are kept.
KEPT = 200

#: What a webhook can be told; the test is sent by hand.
EVENTS = [event for event in Event if event != Event.PING]


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt went. ``error`` is empty when it was taken."""

    error: str
    code: int | None = None
    text: str = ""


def _purpose(webhook: Webhook) -> str:
    return f"webhook-secret|{webhook.pk}"


def _seal_secret(webhook: Webhook) -> str:
    secret = f"frw_{secrets.token_urlsafe(32)}"
    key = purpose_key("webhook-secrets")
    webhook.secret = sealing.seal(key, secret.encode(), context=_purpose(webhook))
    return secret


def secret_of(webhook: Webhook) -> str:
    key = purpose_key("webhook-secrets")
    return sealing.unseal(key, bytes(webhook.secret), context=_purpose(webhook)).decode()


def webhook_check(*, url: str, events: Iterable[str]) -> None:
    """Refuse what :func:`webhook_create` would refuse.

    Raises:
        InvalidInput: ``webhook.bad_url``, ``webhook.not_https``, ``webhook.unknown_host``,
            ``webhook.private_address``, ``webhook.no_event`` or ``webhook.unknown_event``.
    """
    addresses.resolve(addresses.endpoint(url))
    chosen = set(events)
    if not chosen:
        raise InvalidInput("webhook.no_event", _("Choose at least one event."))
    if chosen - set(EVENTS):
        raise InvalidInput("webhook.unknown_event", _("There is no such event."))


def webhook_create(
    *, name: str, url: str, events: Iterable[str], departments: Iterable[Department] = (), active: bool = True
) -> tuple[Webhook, str]:
    """Make a webhook. Returns its row and its secret, which cannot be read again. Errors: webhook_check."""
    chosen = sorted(set(events))
    webhook_check(url=url, events=chosen)
    webhook = Webhook(name=name, url=url, events=chosen, active=active)
    secret = _seal_secret(webhook)
    webhook.save(force_insert=True)
    webhook.departments.set(departments)
    return webhook, secret


def webhook_rotate(*, webhook: Webhook) -> str:
    """Give ``webhook`` another secret, which counts from the next attempt on. Returns it, once."""
    secret = _seal_secret(webhook)
    webhook.save(update_fields=["secret"])
    return secret


def body_of(delivery: Delivery) -> bytes:
    """What is sent, the same bytes at every attempt."""
    notice = delivery.notice
    content: dict[str, Any] = {
        "id": str(delivery.pk),
        "event": notice.event,
        "notice": str(notice.pk),
        "created_at": notice.created_at.isoformat(),
        "data": notice.payload,
    }
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """``v1=`` and the HMAC-SHA256 over timestamp, a full stop and the body, in hexadecimal."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"v1={digest}"


def headers_of(delivery: Delivery, body: bytes, host: str) -> dict[str, str]:
    webhook = delivery.webhook
    if webhook is None:
        raise ValueError("not a webhook's delivery")
    timestamp = str(int(timezone.now().timestamp()))
    return {
        "Host": host,
        "Content-Type": "application/json",
        "User-Agent": "FaceRoster-Webhook/1",
        "X-FaceRoster-Event": delivery.notice.event,
        "X-FaceRoster-Delivery": str(delivery.pk),
        "X-FaceRoster-Timestamp": timestamp,
        "X-FaceRoster-Signature": signature(secret_of(webhook), timestamp, body),
    }


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _connection(target: addresses.Endpoint, timeout: float) -> HTTPConnection:
    """To the address that was looked at, in the name of the host that was meant. No proxy, no redirects."""
    address = addresses.resolve(target)
    if not target.secure:
        return HTTPConnection(address, target.port, timeout=timeout)
    return HTTPSConnection(
        address,
        target.port,
        timeout=timeout,
        ssl_context=_tls(),
        server_hostname=target.host,
        assert_hostname=target.host,
    )


def _hang_up(connection: HTTPConnection) -> None:
    with suppress(OSError):
        if isinstance(connection.sock, socket.socket):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _post(connection: HTTPConnection, path: str, headers: dict[str, str], body: bytes) -> Answer:
    connection.request("POST", path, body=body, headers=headers, preload_content=False)
    response = connection.getresponse()
    text = response.read(4 * KEPT).decode(errors="replace").replace("\0", "")[:KEPT]
    if 200 <= response.status < 300:
        return Answer("", response.status, text)
    if 300 <= response.status < 400:
        return Answer(_("It answered with another address, which is not followed."), response.status, text)
    return Answer(_("It answered with status %(code)d.") % {"code": response.status}, response.status, text)


def attempt(delivery: Delivery, *, timeout: float | None = None) -> Answer:
    """Send ``delivery`` once. Never raises for what the other side does.

    A read that follows another is bounded by itself only, so a clock hangs up when the whole takes too long.
    """
    webhook, seconds = delivery.webhook, timeout or TIMEOUT
    if webhook is None:
        raise ValueError("not a webhook's delivery")
    began, connection, clock = time.monotonic(), None, None
    try:
        target, body = addresses.endpoint(webhook.url), body_of(delivery)
        connection = _connection(target, seconds)
        connection.connect()
        clock = threading.Timer(max(0.0, began + seconds - time.monotonic()), _hang_up, [connection])
        clock.start()
        return _post(connection, target.path, headers_of(delivery, body, target.host_header), body)
    except FaceRosterError as error:
        return Answer(error.message[:KEPT])
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        if isinstance(error, TimeoutError) or time.monotonic() - began >= seconds:
            return Answer(_("It did not answer in time."))
        return Answer(_("It could not be reached: %(why)s") % {"why": type(error).__name__})
    finally:
        if clock is not None:
            clock.cancel()
        if connection is not None:
            connection.close()
