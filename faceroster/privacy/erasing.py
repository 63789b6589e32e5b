"""Erasing somebody: the database at once and together, then files, caches and the broker.

What comes after the commit is remembered in the erasure's row until it is done: a process that dies on
the way leaves work for ``erasures_finish``, which a worker calls, and nothing is forgotten.
"""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.attendance.guards import person_lock
from faceroster.core.contention import give_way, tried_again
from faceroster.core.errors import Conflict
from faceroster.people.models import Person
from faceroster.privacy import aftermath, receipts, tombstones
from faceroster.privacy.models import Cause, Erasure, ErasureStatus, Tombstone
from faceroster.privacy.stores import Case, stores
from faceroster.trust.models import User

#: How often it makes room for others before it gives up; half a second each.
TRIES = 20


def fresh_label() -> str:
    """What an erased person is called: nothing that comes from them."""
    return f"Erased {secrets.token_hex(4).upper()}"


def erase(
    *,
    person: Person,
    everything: bool = False,
    cause: Cause = Cause.COMMAND,
    by: User | None = None,
    erasure: Erasure | None = None,
    label: str = "",
) -> Erasure:
    """Remove ``person`` from every store; returns the erasure with its signed receipt.

    ``everything``: punches and workdays too. ``erasure``: the request that was approved.

    Raises:
        Conflict: ``erasure.already`` where nothing is left to erase, ``erasure.import_running`` or
            ``erasure.last_administrator``; then nothing has happened.
    """
    done = tried_again(
        lambda: rows_erase(person, everything, cause, by=by, erasure=erasure, label=label), tries=TRIES
    )
    finish(done)
    return done


@transaction.atomic
def rows_erase(
    person: Person,
    everything: bool,
    cause: Cause,
    *,
    by: User | None = None,
    erasure: Erasure | None = None,
    label: str = "",
) -> Erasure:
    """The part of :func:`erase` that a transaction covers; :func:`finish` must follow its commit."""
    give_way()  # it locks the tables of punches, which kiosks and workers write all the time
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")  # or deleted rows stay in free pages of the file
    person = person_lock(person.pk)
    if not everything and erased(person):
        raise Conflict("erasure.already", _("This person is erased already."))
    if erasure is None:
        erasure = Erasure(cause=cause, requested_by=by)
    erasure.label = label or _label_of(person) or fresh_label()
    case = Case(person=person, label=erasure.label, everything=everything, user=person.user)
    stone = _tombstone(case)
    counts: Counter[str] = Counter()
    for store in stores():
        counts.update(store.erase(case))
    erasure.person, erasure.reason, erasure.everything = None, "", everything
    erasure.status, erasure.erased_at = ErasureStatus.ERASED, stone.erased_at
    erasure.pending = {**case.pending, "tombstone": [stone.person_hash]}
    erasure.counts = dict(counts)
    if case.user is not None and by == case.user:
        erasure.requested_by = None
    erasure.save()
    return erasure


def erased(person: Person) -> bool:
    """Whether only a row without a name is left of ``person``."""
    return (
        person.subject_key_id is None
        and Tombstone.objects.filter(person_hash=tombstones.person_hash(person)).exists()
    )


def _label_of(person: Person) -> str:
    """Who was made nameless before keeps that name."""
    stone = Tombstone.objects.filter(person_hash=tombstones.person_hash(person)).first()
    return stone.label if stone is not None else ""


def _tombstone(case: Case) -> Tombstone:
    key = case.person.subject_key_id
    stone, made = Tombstone.objects.get_or_create(
        person_hash=tombstones.person_hash(case.person),
        defaults={
            "key_hash": tombstones.hash_of("key", key) if key is not None else "",
            "everything": case.everything,
            "label": case.label,
            "erased_at": timezone.now(),
        },
    )
    if not made and case.everything and not stone.everything:
        stone.everything = True
        stone.save(update_fields=["everything"])
    return stone


def finish(erasure: Erasure) -> None:
    """Clear files, caches and the broker, write the tombstone down, and sign the receipt. May run twice."""
    pending: dict[str, list[str]] = erasure.pending
    counts: Counter[str] = Counter(erasure.counts)
    counts.update(aftermath.files_delete(pending))
    counts.update(aftermath.caches_forget(pending))
    counts.update(aftermath.broker_forget(pending))
    for stone in Tombstone.objects.filter(person_hash__in=pending.get("tombstone", ())):
        tombstones.append(stone)
    erasure.counts, erasure.pending, erasure.status = dict(counts), {}, ErasureStatus.DONE
    erasure.receipt = receipts.receipt_of(erasure)
    erasure.save(update_fields=["counts", "pending", "status", "receipt"])


def erasures_finish(*, before: datetime | None = None) -> int:
    """Take up those whose process died on the way, by itself any; returns how many."""
    left: list[Any] = list(
        Erasure.objects.filter(status=ErasureStatus.ERASED, erased_at__lte=before or timezone.now())
    )
    for erasure in left:
        finish(erasure)
    return len(left)
