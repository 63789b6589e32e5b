"""Taking entries in: stored first, each once, with what is strange about them. Judging comes after."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster import jobs
from faceroster.core.errors import NotAllowed, Unavailable
from faceroster.kiosks.models import Kiosk
from faceroster.offline import clocks, wire
from faceroster.offline.limits import most_age, most_entries
from faceroster.offline.models import SERIOUS, Flag, OfflineEntry, OfflineQueue, Status
from faceroster.offline.payloads import payload_seal
from faceroster.people.models import Site

JUDGE = "offline.judge"


@transaction.atomic
def entries_store(*, kiosk: Kiosk, batch: wire.Batch) -> list[str]:
    """Store what ``batch`` brings and have it judged. Returns the keys that the device may forget: all.

    Raises:
        NotAllowed: ``kiosk.not_paired``: the kiosk has no site.
        Unavailable: ``offline.too_many``: so much waits to be judged that the device must keep it for now.
    """
    if kiosk.site is None:
        raise NotAllowed("kiosk.not_paired", _("This kiosk has no site."))
    if OfflineEntry.objects.filter(kiosk=kiosk, status=Status.WAITING).count() > 2 * most_entries():
        raise Unavailable("offline.too_many", _("Too much waits to be looked at. Please try again later."))
    received = timezone.now()
    OfflineQueue.objects.get_or_create(kiosk=kiosk, chain=batch.chain)
    # One after the other: the second of two tabs sees what the first one brought.
    queue = OfflineQueue.objects.select_for_update().get(kiosk=kiosk, chain=batch.chain)
    for sent in batch.entries:
        there = OfflineEntry.objects.select_for_update().filter(kiosk=kiosk, key=sent.key).first()
        if there is not None:
            _sent_again(there, sent)
        else:
            _store(queue, kiosk.site, sent, batch.sent, received)
    queue.save(update_fields=["last_counter", "last_digest"])
    jobs.enqueue(JUDGE, str(queue.pk))
    return [str(sent.key) for sent in batch.entries]


def _sent_again(there: OfflineEntry, sent: wire.Sent) -> None:
    """An answer that was lost on its way is no crime, but another content under the same key is."""
    flags = {*there.flags, Flag.DUPLICATE.value}
    if sent.digest != there.digest or (sent.digest and not sent.genuine):
        flags.add(Flag.TAMPERED.value)
        if Flag.TAMPERED.value not in there.flags:
            there.attention, there.told_at = True, None
            there.resolved_at, there.resolved_by, there.reason = None, None, ""
    there.sends += 1
    there.flags = _ordered(flags)
    changed = ["sends", "flags", "attention", "told_at", "resolved_at", "resolved_by", "reason"]
    there.save(update_fields=changed)


def _store(queue: OfflineQueue, site: Site, sent: wire.Sent, sent_at: datetime, received: datetime) -> None:
    when = clocks.read(device=sent.device_at, anchor=sent.known, sent=sent_at, received=received)
    flags, missing = _strange(queue, sent)
    if when.skewed:
        flags.add(Flag.CLOCK_SKEW)
    if received - when.at > most_age():
        flags.add(Flag.TOO_OLD)
    entry_id, tampered = uuid4(), Flag.TAMPERED in flags
    OfflineEntry.objects.create(
        id=entry_id,
        queue=queue,
        kiosk=queue.kiosk,
        site=site,
        key=sent.key,
        counter=sent.counter,
        digest=sent.digest,
        kind=sent.kind,
        at=when.at,
        device_at=sent.device_at,
        known_at=sent.known.server if sent.known else None,
        elapsed_ms=sent.elapsed,
        skew_seconds=when.behind.total_seconds(),
        missing=missing,
        sealed=None if tampered else payload_seal(entry_id, sent.payload),
        status=Status.REFUSED if tampered else Status.WAITING,
        judged_at=received if tampered else None,
        code="offline.tampered" if tampered else "",
        flags=_ordered({flag.value for flag in flags}),
        attention=bool(SERIOUS & flags),
    )
    if sent.counter > queue.last_counter:
        # What follows on one that was changed is judged by itself: it need not be changed too.
        queue.last_counter, queue.last_digest = sent.counter, sent.digest if sent.genuine else ""


def _strange(queue: OfflineQueue, sent: wire.Sent) -> tuple[set[Flag], int]:
    """What the chain says of an entry that is new, and how many are missing before it."""
    flags: set[Flag] = set()
    missing = max(0, sent.counter - queue.last_counter - 1)
    follows = sent.counter == queue.last_counter + 1
    before = queue.last_digest if queue.last_counter else wire.NOTHING
    if missing:
        flags.add(Flag.GAP)
    if not queue.last_counter and _had_another(queue):
        flags.add(Flag.RESTARTED)
    broken = follows and before != "" and sent.previous != before
    if not sent.genuine or sent.counter <= queue.last_counter or broken:
        flags.add(Flag.TAMPERED)
    return flags, missing


def _had_another(queue: OfflineQueue) -> bool:
    return OfflineQueue.objects.filter(kiosk=queue.kiosk).exclude(pk=queue.pk).exists()


def _ordered(flags: set[str]) -> list[str]:
    return [flag.value for flag in Flag if flag.value in flags]
