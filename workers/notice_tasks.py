"""Thin tasks of mails and webhooks: when to look, and what is due. Each may safely run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from faceroster.notices import devices, entries, records, services, telling, weekly


@shared_task(name="notices.send")
def notices_send() -> int:
    """What is due now: after an event, and from time to time for what failed or was lost."""
    return services.deliveries_send()


@shared_task(name="notices.watch")
def notices_watch() -> int:
    """Who is late, which check-outs are missing, which kiosks are not heard of, and what they took alone."""
    now = timezone.now()
    people = telling.late_tell(now=now) + telling.missed_tell(now=now)
    return people + devices.silence_tell(now=now) + entries.entries_tell(now=now)


@shared_task(name="notices.records")
def notices_records() -> int:
    """Whether the audit log was altered. It reads every entry, so it does that once a day."""
    return records.records_verify_tell()


@shared_task(name="notices.weekly")
def notices_weekly() -> int:
    """The summary of last week, where Monday has come; and what is old goes."""
    now = timezone.now()
    return weekly.weekly_tell(now=now) + services.notices_prune(now=now)
