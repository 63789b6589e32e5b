"""The nightly sweep: deletes what is over, some at a time, and counts each row that is really gone.

Killed halfway it loses nothing: every lot is a transaction with its own count, what is left is found again by
the next sweep, and the numbers of an abandoned one reach the audit log then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.privacy.models import Kind
from faceroster.privacy.retention import people
from faceroster.privacy.retention.models import RetentionRun
from faceroster.privacy.retention.rules import CONSENTS, RULES, all_days, over

_AT_ONCE = 500
#: A sweep that has counted nothing for so long is not running any more.
_ABANDONED = timedelta(hours=1)
_RUNS_KEPT = timedelta(days=400)


def sweep(*, now: datetime) -> dict[str, int]:
    """Delete what is over, announce whole people, and erase those whose notice has run out.

    Returns what is gone, by kind.
    """
    for left in RetentionRun.objects.filter(ended_at__isnull=True, touched_at__lt=now - _ABANDONED):
        _end(left)
    RetentionRun.objects.filter(started_at__lt=now - _RUNS_KEPT).delete()
    run = RetentionRun.objects.create()
    days = all_days()
    for kind in (CONSENTS, *RULES):
        for rows, _field in over(kind, now, days.get(kind, 0)):
            _delete(run, kind, rows)
    people.farewells_keep(now, days[Kind.LEFT_PEOPLE])
    for person in people.farewells_due(now):
        _count(run, Kind.LEFT_PEOPLE, int(people.person_erase(person, everything=False)))
    for person in people.nameless_over(now, days[Kind.ATTENDANCE]):
        _count(run, Kind.ATTENDANCE, int(people.person_erase(person, everything=True)))
    _end(run)
    return dict(run.counts)


def _delete(run: RetentionRun, kind: str, rows: QuerySet[Any]) -> None:
    """Row by row where signals must hear of it: files go, and processes that search learn of it."""
    model = rows.model
    while keys := list(rows.order_by().values_list("pk", flat=True)[:_AT_ONCE]):
        with transaction.atomic():
            gone = model.objects.filter(pk__in=keys).delete()[1]
            _count(run, kind, gone.get(model._meta.label, 0))


def _count(run: RetentionRun, kind: str, number: int) -> None:
    if number:
        kind = str(kind)
        run.counts[kind] = run.counts.get(kind, 0) + number
        run.save(update_fields=["counts", "touched_at"])


def _end(run: RetentionRun) -> None:
    """One entry for all of it; a sweep that found nothing to do leaves none."""
    with transaction.atomic():
        run.ended_at = timezone.now()
        run.save(update_fields=["ended_at", "touched_at"])
        if run.counts:
            told = [f"{kind}: {count}" for kind, count in sorted(run.counts.items())]
            record(Action.RETENTION_RAN, details={"deleted": told})
