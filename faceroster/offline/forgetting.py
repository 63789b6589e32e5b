"""Entries of somebody who is deleted: that there was one stays, and nothing that says whose it was."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from faceroster.offline.models import OfflineEntry, Status
from faceroster.people.models import Person

GONE = "offline.person_gone"
#: In place of a reason that somebody gave, which may name the person. A settled entry needs one.
_REDACTED = "…"


def entries_forget(person: Person) -> int:
    """Take ``person`` out of their entries; returns how many there were.

    What waited for a decision is decided by this: nobody is left to record it for. A person with a punch is
    never deleted.
    """
    mine = OfflineEntry.objects.filter(person=person)
    mine.filter(status=Status.HELD).update(status=Status.REFUSED, code=GONE)
    mine.exclude(reason="").update(reason=_REDACTED)
    return mine.update(person=None, sealed=None, attention=False)


@receiver(pre_delete, sender=Person)
def person_goes(instance: Person, **_: Any) -> None:
    """In the transaction of the deletion."""
    entries_forget(instance)
