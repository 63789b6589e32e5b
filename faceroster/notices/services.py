"""The outbox: notices are written with what they tell of, and deliveries sent after it is stored."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from faceroster import jobs
from faceroster.notices import mails, webhooks
from faceroster.notices.choices import address_of
from faceroster.notices.models import OPEN, Channel, Delivery, DeliveryStatus, Event, Notice, Webhook
from faceroster.notices.webhooks import Answer
from faceroster.people.models import Department, Person
from faceroster.trust.models import User

logger = logging.getLogger(__name__)

#: How long to wait after the first, second, ... attempt that failed. After the last one it is given up.
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
#: A sender that died with an attempt in hand: after this, another one takes it up.
LEASE = timedelta(minutes=1)
#: How long a round of sending may take before others get the worker, in seconds.
_ROUND = 20.0
_LOCK = "notices:sending"
_KEPT = timedelta(days=180)


def notice_tell(
    *,
    event: str,
    key: str,
    payload: dict[str, Any],
    users: Iterable[User] = (),
    department: Department | None = None,
    person: Person | None = None,
    hooks: bool = True,
) -> Notice | None:
    """Write down what happened, with one delivery per user and, with ``hooks``, per webhook it concerns.

    In the present transaction: it is told if, and only if, what it tells of is stored. None when ``key`` was
    told already; then nothing changes.
    """
    with transaction.atomic():
        # An insert that gives way: also of two who tell the same thing at once, one does.
        fresh = Notice(event=event, key=key, payload=payload, person=person, department=department)
        Notice.objects.bulk_create([fresh], ignore_conflicts=True)
        notice = Notice.objects.filter(pk=fresh.pk).first()
        if notice is None:
            return None
        now = timezone.now()
        receivers = {user.pk: user for user in users}
        rows = [
            Delivery(
                notice=notice, channel=Channel.EMAIL, user=user, target=address_of(user)[:500], next_at=now
            )
            for user in receivers.values()
        ]
        if hooks:
            rows += [_to_webhook(notice, webhook, now) for webhook in _webhooks_for(event, department)]
        Delivery.objects.bulk_create(rows)
        if rows:
            jobs.enqueue("notices.send")
    return notice


def _to_webhook(notice: Notice, webhook: Webhook, now: datetime) -> Delivery:
    return Delivery(notice=notice, channel=Channel.WEBHOOK, webhook=webhook, target=webhook.url, next_at=now)


def _webhooks_for(event: str, department: Department | None) -> list[Webhook]:
    concerned = Q(departments__isnull=True)
    if department is not None:
        concerned |= Q(departments=department)
    found = Webhook.objects.filter(concerned, active=True).distinct()
    return [webhook for webhook in found if event in webhook.events]


def notice_withdraw(*, key: str) -> int:
    """Drop what was overtaken before anybody was told: a question that is answered. Returns how many."""
    return Delivery.objects.filter(notice__key=key, status=DeliveryStatus.WAITING, attempts=0).delete()[0]


def webhook_ping(*, webhook: Webhook) -> Delivery:
    """Send ``webhook`` a signed test, here and now, and return how it went."""
    with transaction.atomic():
        notice = Notice.objects.create(
            event=Event.PING, key=f"ping:{uuid4()}", payload={"webhook": webhook.name}
        )
        delivery = _to_webhook(notice, webhook, timezone.now())
        delivery.save()
    delivery_send(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    return delivery


def delivery_again(*, delivery: Delivery) -> None:
    """Let ``delivery`` be tried anew from the start, whatever became of it. Its id stays the same."""
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(
            status=DeliveryStatus.WAITING, attempts=0, next_at=timezone.now(), last_error=""
        )
        jobs.enqueue("notices.send")


def _claim(delivery_id: UUID, now: datetime) -> Delivery | None:
    """Take a delivery that is due; nobody else gets it until the lease is over."""
    due = Delivery.objects.filter(pk=delivery_id, status__in=OPEN, next_at__lte=now)
    if not due.update(attempts=F("attempts") + 1, next_at=now + LEASE):
        return None
    return Delivery.objects.select_related("notice__person", "user", "webhook").get(pk=delivery_id)


def delivery_send(*, delivery_id: UUID) -> bool | None:
    """Try one delivery, when it is due and nobody else is at it. None: it was not ours to try.

    At least once: one whose sender dies after sending and before storing that is sent again, under the same
    id. No transaction is open while the other side is waited for.
    """
    delivery = _claim(delivery_id, timezone.now())
    if delivery is None:
        return None
    began = time.monotonic()
    answer = _attempt(delivery)
    _store(delivery, answer, round(1000 * (time.monotonic() - began)))
    return not answer.error


def _attempt(delivery: Delivery) -> Answer:
    try:
        return (mails if delivery.channel == Channel.EMAIL else webhooks).attempt(delivery)
    except Exception as error:  # one that cannot be written must not stop those behind it
        logger.exception("Delivery %s", delivery.pk)
        return Answer(f"{type(error).__name__}"[: webhooks.KEPT])


def _store(delivery: Delivery, answer: Answer, duration_ms: int) -> None:
    now = timezone.now()
    changes: dict[str, Any] = {
        "last_error": answer.error[: webhooks.KEPT],
        "response_code": answer.code,
        "response_text": answer.text,
        "duration_ms": duration_ms,
    }
    off = delivery.webhook is not None and not delivery.webhook.active
    if not answer.error:
        changes |= {"status": DeliveryStatus.SENT, "sent_at": now}
    elif delivery.attempts > len(DELAYS) or off or delivery.notice.event == Event.PING:
        changes |= {"status": DeliveryStatus.GIVEN_UP}
    else:
        changes |= {"status": DeliveryStatus.FAILED, "next_at": now + DELAYS[delivery.attempts - 1]}
    # Only what we claimed: one that was set to begin anew meanwhile keeps that.
    Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts).update(**changes)


def deliveries_send(*, seconds: float = _ROUND) -> int:
    """Try what is due, the longest waiting first, one after the other. Returns how many were tried.

    Only one round runs at a time, so that receivers who do not answer hold up one worker and not all; what
    such a receiver still waits for is left to the next round.
    """
    if not cache.add(_LOCK, 1, timeout=seconds + 4 * webhooks.TIMEOUT):
        return 0
    tried, silent, ends = set[UUID](), set[str](), time.monotonic() + seconds
    try:
        while time.monotonic() < ends:
            due = Delivery.objects.filter(status__in=OPEN, next_at__lte=timezone.now())
            delivery = due.exclude(target__in=silent).exclude(pk__in=tried).order_by("next_at").first()
            if delivery is None:
                break
            tried.add(delivery.pk)
            if delivery_send(delivery_id=delivery.pk) is False and delivery.channel == Channel.WEBHOOK:
                silent.add(delivery.target)
    finally:
        cache.delete(_LOCK)
    return len(tried)


def notices_prune(*, now: datetime) -> int:
    """Forget what was told half a year ago. Returns how many notices went."""
    old = Notice.objects.filter(created_at__lt=now - _KEPT).exclude(deliveries__status__in=OPEN)
    return old.delete()[1].get(Notice._meta.label, 0)
