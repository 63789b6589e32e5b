"""Giving entries their place in the chain, one writer at a time."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from faceroster.audit import canonical, keys
from faceroster.audit.models import Entry, Head, Link, Waiting

_AT_ONCE = 500


class Broken(RuntimeError):
    """The chain cannot be extended, since its head is gone. ``manage.py audit verify`` says what is wrong."""


def extend_once(entry_id: UUID) -> None:
    """Extend the chain unless somebody else has taken this entry along already."""
    if Waiting.objects.filter(pk=entry_id).exists():
        extend()


@transaction.atomic
def extend() -> int:
    """Give every entry that waits its place. Returns how many. Entries of one moment come in any order."""
    head = _head_locked()
    waiting = list(Entry.objects.filter(waiting__isnull=False).order_by("at", "pk").values_list("pk", "seal"))
    if not waiting:
        return 0
    key_id, key = keys.key_current()
    links = []
    for entry_id, seal in waiting:
        head.number += 1
        last = canonical.hash_of(key, number=head.number, previous=head.hash, entry_id=entry_id, seal=seal)
        links.append(
            Link(number=head.number, entry_id=entry_id, previous=head.hash, key_id=key_id, hash=last)
        )
        head.hash = last
    Link.objects.bulk_create(links, batch_size=_AT_ONCE)
    for start in range(0, len(waiting), _AT_ONCE):
        Waiting.objects.filter(pk__in=[pk for pk, _ in waiting[start : start + _AT_ONCE]]).delete()
    head.key_id, head.seal = key_id, canonical.head_seal(key, number=head.number, last=head.hash)
    head.save()
    return len(links)


def _head_locked() -> Head:
    locked = Head.objects.select_for_update()
    head = locked.filter(pk=1).first()
    if head is None:
        if Link.objects.exists():
            raise Broken("the head of the audit log is gone")
        Head.objects.get_or_create(pk=1)
        head = locked.get(pk=1)
    return head
