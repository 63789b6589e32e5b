"""Webhooks against a real server: what arrives there, and what happens when it does not."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from faceroster.core.errors import InvalidInput
from faceroster.notices import addresses, services, webhooks
from faceroster.notices.models import Delivery, DeliveryStatus, Event, Notice, Webhook
from faceroster.notices.services import deliveries_send, delivery_again, delivery_send, notice_tell
from faceroster.notices.webhooks import webhook_create, webhook_rotate
from faceroster.people.models import Department
from tests.django.notices.conftest import NOW, Receiver

pytestmark = pytest.mark.django_db


def tell(key: str = "late:1", **kwargs: Any) -> Notice:
    kwargs.setdefault("event", Event.LATE)
    kwargs.setdefault("payload", {"day": "2026-03-11"})
    notice = notice_tell(key=key, **kwargs)
    assert notice is not None
    return notice


def fits(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it, by the words of the documentation alone."""
    signed = headers["X-FaceRoster-Timestamp"].encode() + b"." + body
    return (
        headers["X-FaceRoster-Signature"]
        == "v1=" + hmac.digest(secret.encode(), signed, hashlib.sha256).hex()
    )


def test_a_message_arrives_once_and_its_signature_fits(
    receiver: Receiver, local_allowed: None, freeze: Callable[[datetime], None]
) -> None:
    freeze(NOW)
    _, secret = webhook_create(name="payroll", url=receiver.url, events=[Event.LATE])
    delivery = tell().deliveries.get()
    assert deliveries_send() == 1
    assert deliveries_send() == 0
    [(path, headers, body)] = receiver.taken
    assert path == "/hook?of=tests"
    assert headers["X-FaceRoster-Event"] == "late"
    assert headers["X-FaceRoster-Delivery"] == str(delivery.pk)
    assert headers["X-FaceRoster-Timestamp"] == str(int(NOW.timestamp()))
    assert headers["Content-Type"] == "application/json"
    assert fits(secret, headers, body)
    assert not fits(secret + "x", headers, body)
    assert json.loads(body)["data"] == {"day": "2026-03-11"}
    delivery.refresh_from_db()
    assert (delivery.status, delivery.response_code, delivery.attempts) == ("sent", 204, 1)
    assert delivery.duration_ms is not None


def test_the_secret_lies_sealed_and_a_new_one_counts_at_once(webhook: Webhook, receiver: Receiver) -> None:
    old = webhooks.secret_of(webhook)
    assert old.encode() not in bytes(Webhook.objects.get().secret)
    new = webhook_rotate(webhook=webhook)
    assert new != old
    tell()
    deliveries_send()
    [(_, headers, body)] = receiver.taken
    assert fits(new, headers, body)
    assert not fits(old, headers, body)


def test_what_fails_is_tried_again_after_growing_delays_and_then_given_up(
    webhook: Webhook, receiver: Receiver, freeze: Callable[[datetime], None]
) -> None:
    receiver.answers, receiver.body = [500], b"x" * 5000
    freeze(NOW)
    delivery, now, waits = tell().deliveries.get(), NOW, []
    while delivery.status != DeliveryStatus.GIVEN_UP:
        freeze(now)
        assert deliveries_send() == 1
        assert deliveries_send() == 0, "it must wait for its time"
        delivery.refresh_from_db()
        if delivery.status == DeliveryStatus.FAILED:
            waits.append(delivery.next_at - now)
            now = delivery.next_at
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360)]
    assert delivery.attempts == len(receiver.taken) == 6
    assert delivery.response_code == 500
    assert delivery.response_text == "x" * 200
    assert len({headers["X-FaceRoster-Delivery"] for _, headers, _ in receiver.taken}) == 1
    freeze(now + timedelta(days=2))
    assert deliveries_send() == 0


def test_one_that_failed_arrives_later(
    webhook: Webhook, receiver: Receiver, freeze: Callable[[datetime], None]
) -> None:
    receiver.answers = [503, 200]
    freeze(NOW)
    delivery = tell().deliveries.get()
    deliveries_send()
    freeze(NOW + timedelta(minutes=1))
    deliveries_send()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.last_error) == ("sent", 2, "")


@pytest.mark.parametrize("answer", ["silent", "drip"])
def test_who_does_not_answer_is_hung_up_on(
    webhook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(webhooks, "TIMEOUT", 0.3)
    receiver.answers = [answer]
    delivery = tell().deliveries.get()
    deliveries_send()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.last_error) == ("failed", "It did not answer in time.")


def test_nobody_at_the_other_end_is_a_failure(webhook: Webhook) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        Webhook.objects.update(url=f"http://127.0.0.1:{free.getsockname()[1]}/")
    delivery = tell().deliveries.get()
    deliveries_send()
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.FAILED
    assert "could not be reached" in delivery.last_error


def test_redirects_are_not_followed(webhook: Webhook, receiver: Receiver) -> None:
    receiver.answers, receiver.location = [302], receiver.url
    delivery = tell().deliveries.get()
    deliveries_send()
    delivery.refresh_from_db()
    assert (len(receiver.taken), delivery.status, delivery.response_code) == (1, "failed", 302)


def test_a_silent_receiver_holds_up_nobody_else_in_a_round(
    webhook: Webhook, receiver: Receiver, local_allowed: None
) -> None:
    receiver.answers = [500, 200]
    webhook_create(name="second", url=receiver.url + "&second", events=[Event.LATE])
    for number in range(3):
        tell(f"late:{number}", department=None)
    deliveries_send()
    first = Delivery.objects.filter(webhook=webhook)
    assert sum(row.attempts for row in first) == 1
    assert {row.status for row in Delivery.objects.exclude(webhook=webhook)} == {"sent"}


def test_two_who_try_the_same_delivery_send_it_once(
    webhook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery, inner = tell().deliveries.get(), []
    send = webhooks.attempt

    def meanwhile(row: Delivery) -> webhooks.Answer:
        inner.append(delivery_send(delivery_id=row.pk))  # another worker, while this one is at it
        return send(row)

    monkeypatch.setattr(webhooks, "attempt", meanwhile)
    assert delivery_send(delivery_id=delivery.pk) is True
    assert inner == [None]
    assert len(receiver.taken) == 1


def test_one_whose_sender_died_is_taken_up_after_the_lease(
    webhook: Webhook, receiver: Receiver, freeze: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(NOW)
    delivery = tell().deliveries.get()
    with monkeypatch.context() as patch:
        patch.setattr(services, "_attempt", lambda row: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            deliveries_send()
    assert deliveries_send() == 0
    freeze(NOW + services.LEASE)
    assert deliveries_send() == 1
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.SENT


def test_a_webhook_hears_of_its_events_and_departments_only(
    webhook: Webhook, department: Department, make_department: Any, local_allowed: None
) -> None:
    other = make_department()
    webhook.departments.add(department)
    assert tell("a", department=department).deliveries.count() == 1
    assert tell("b", department=other).deliveries.count() == 0
    assert tell("c", department=department, event=Event.MISSED_OUT).deliveries.count() == 0
    Webhook.objects.update(active=False)
    assert tell("d", department=department).deliveries.count() == 0


def test_the_same_key_is_told_once(webhook: Webhook) -> None:
    tell("late:1")
    assert notice_tell(event=Event.LATE, key="late:1", payload={}) is None
    assert (Notice.objects.count(), Delivery.objects.count()) == (1, 1)


def test_sending_again_keeps_the_id(webhook: Webhook, receiver: Receiver) -> None:
    delivery = tell().deliveries.get()
    deliveries_send()
    delivery_again(delivery=delivery)
    deliveries_send()
    ids = [headers["X-FaceRoster-Delivery"] for _, headers, _ in receiver.taken]
    assert ids == [str(delivery.pk)] * 2


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://127.0.0.1/", "webhook.private_address"),
        ("https://10.1.2.3/", "webhook.private_address"),
        ("https://169.254.169.254/latest/", "webhook.private_address"),
        ("https://100.64.0.1/", "webhook.private_address"),
        ("https://[::1]/", "webhook.private_address"),
        ("https://[::ffff:10.0.0.1]/", "webhook.private_address"),
        ("https://[64:ff9b::a00:1]/", "webhook.private_address"),
        ("https://[2002:a00:1::]/", "webhook.private_address"),
        ("https://[fd00::1]/", "webhook.private_address"),
        ("https://224.0.0.1/", "webhook.private_address"),
        ("https://0.0.0.0/", "webhook.private_address"),
        ("https://2130706433/", "webhook.private_address"),
        ("http://localhost/", "webhook.private_address"),
        ("http://93.184.216.34/", "webhook.not_https"),
        ("https://user:word@93.184.216.34/", "webhook.bad_url"),
        ("https://93.184.216.34/a b", "webhook.bad_url"),
        ("https://93.184.216.34/\r\nHost: x", "webhook.bad_url"),
        ("https://93.184.216.34:99999/", "webhook.bad_url"),
        ("ftp://93.184.216.34/", "webhook.bad_url"),
        ("https:///", "webhook.bad_url"),
        ("", "webhook.bad_url"),
    ],
)
def test_addresses_that_are_refused(url: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        webhooks.webhook_check(url=url, events=[Event.LATE])
    assert caught.value.code == code


def test_a_public_address_is_taken() -> None:
    webhooks.webhook_check(url="https://93.184.216.34:8443/hook", events=[Event.LATE])


def test_a_name_that_points_elsewhere_later_is_refused_when_it_is_sent(
    webhook: Webhook, receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that was looked at is the one that is connected to; one bad among several is enough."""
    delivery = tell().deliveries.get()
    settings.FACEROSTER = {**settings.FACEROSTER, "WEBHOOK_NETWORKS": []}
    both = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: both)
    deliveries_send()
    delivery.refresh_from_db()
    assert receiver.taken == []
    assert "not public" in delivery.last_error


def test_a_webhook_needs_an_event() -> None:
    for events, code in (
        ([], "webhook.no_event"),
        (["nonsense"], "webhook.unknown_event"),
        (["ping"], "webhook.unknown_event"),
    ):
        with pytest.raises(InvalidInput) as caught:
            webhooks.webhook_check(url="https://93.184.216.34/", events=events)
        assert caught.value.code == code


def test_administrators_make_test_and_rotate_a_webhook(
    admin_client: Client, receiver: Receiver, local_allowed: None, department: Department
) -> None:
    response = admin_client.post(
        "/admin/notices/webhook/add/",
        {
            "name": "payroll", "url": receiver.url, "events": ["late", "weekly"], "active": "on",
            "departments": [str(department.pk)],
        },
    )  # fmt: skip
    webhook = Webhook.objects.get()
    secret = webhooks.secret_of(webhook)
    assert secret in response.text
    assert "no-store" in response["Cache-Control"]
    assert (webhook.events, list(webhook.departments.all())) == (["late", "weekly"], [department])
    page = f"/admin/notices/webhook/{webhook.pk}/change/"
    assert secret not in admin_client.get(page).text
    admin_client.post(f"/admin/notices/webhook/{webhook.pk}/ping/", {"_form_submitted": "1"})
    [(_, headers, body)] = receiver.taken
    assert headers["X-FaceRoster-Event"] == "ping"
    assert fits(secret, headers, body)
    asked = admin_client.get(f"/admin/notices/webhook/{webhook.pk}/rotate/")
    assert webhooks.secret_of(Webhook.objects.get()) == secret, "asking changes nothing"
    assert asked.status_code == 200
    shown = admin_client.post(f"/admin/notices/webhook/{webhook.pk}/rotate/").text
    new = webhooks.secret_of(Webhook.objects.get())
    assert new != secret
    assert new in shown
    assert admin_client.get("/admin/notices/webhook/").status_code == 200


def test_the_log_shows_and_sends_again(admin_client: Client, webhook: Webhook, receiver: Receiver) -> None:
    delivery = tell().deliveries.get()
    deliveries_send()
    assert receiver.url in admin_client.get("/admin/notices/delivery/").text.replace("&amp;", "&")
    assert admin_client.get(f"/admin/notices/delivery/{delivery.pk}/change/").status_code == 200
    admin_client.post(
        "/admin/notices/delivery/", {"action": "send_again", "_selected_action": [str(delivery.pk)]}
    )
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("waiting", 0)
    Delivery.objects.update(status="sent")
    admin_client.post(f"/admin/notices/delivery/{delivery.pk}/again/", {"_form_submitted": "1"})
    delivery.refresh_from_db()
    assert delivery.status == "waiting"


@pytest.mark.parametrize("role", ["staff_client", "manager_client"])
def test_nobody_else_sees_webhooks_or_the_log(
    request: pytest.FixtureRequest, role: str, webhook: Webhook
) -> None:
    client: Client = request.getfixturevalue(role)
    delivery = tell().deliveries.get()
    for url in (
        "/admin/notices/webhook/",
        "/admin/notices/webhook/add/",
        f"/admin/notices/webhook/{webhook.pk}/change/",
        f"/admin/notices/webhook/{webhook.pk}/ping/",
        f"/admin/notices/webhook/{webhook.pk}/rotate/",
        "/admin/notices/delivery/",
        f"/admin/notices/delivery/{delivery.pk}/change/",
        f"/admin/notices/delivery/{delivery.pk}/again/",
    ):
        for answer in (client.get(url), client.post(url)):
            assert answer.status_code in (302, 403), url
            assert answer.status_code == 403 or "/admin/login/" in answer["Location"]
