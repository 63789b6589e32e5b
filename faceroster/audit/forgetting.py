"""Blanking the texts about somebody who is erased. The chain goes on fitting: see ``models.Entry``."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from faceroster.audit import triggers
from faceroster.audit.actions import Action
from faceroster.audit.details import LONGEST_LIST
from faceroster.audit.models import Entry
from faceroster.audit.services import record
from faceroster.audit.subjects import Subject

_AT_ONCE = 500


@transaction.atomic
def person_forget(*, person_id: UUID, user_id: int | None = None, named: Sequence[str] = ()) -> int:
    """Take names, details and addresses out of every entry about a person, and by their user.

    ``named``: texts that only say who it is (a whole name, an address). Entries about others that hold one
    are blanked too, and which ones is recorded, so that ``verify`` tells that from tampering.

    What was done and when stays, and that they were erased is recorded. Returns how many were blanked.
    """
    subject = Subject(kind="people.person", id=str(person_id))
    record(
        Action.PERSON_ERASED, subject=subject, details={"user": str(user_id)} if user_id is not None else {}
    )
    about = Q(person_id=person_id)
    if user_id is not None:
        about |= Q(actor_id=str(user_id), actor_kind="user")
        about |= Q(subject_kind="trust.user", subject_id=str(user_id))
    others = _naming(named).exclude(about).exclude(salt="").order_by()
    entries = [str(pk) for pk in others.values_list("pk", flat=True)]
    for start in range(0, len(entries), LONGEST_LIST):
        record(
            Action.PERSON_ERASED, subject=subject, details={"entries": entries[start : start + LONGEST_LIST]}
        )
    with triggers.lifted():
        rows = Entry.objects.filter(about | Q(pk__in=others.values("pk"))).exclude(salt="")
        keys = list(rows.order_by().values_list("pk", flat=True))
        return sum(_blank(keys[start : start + _AT_ONCE]) for start in range(0, len(keys), _AT_ONCE))


def _naming(texts: Sequence[str]) -> QuerySet[Entry]:
    named = Q(pk__in=())
    for text in texts:
        # As JSON has it: what is not ASCII may be written either way.
        for written in {text, text.encode("ascii", "backslashreplace").decode()}:
            named |= (
                Q(subject_name__contains=text) | Q(actor_name__contains=text) | Q(_told__contains=written)
            )
    return Entry.objects.alias(_told=Cast(F("details"), TextField())).filter(named)


def _blank(keys: Sequence[UUID]) -> int:
    rows: QuerySet[Entry] = QuerySet(Entry).filter(pk__in=keys)  # past the refusal of its own query set
    return rows.update(salt="", actor_name="", subject_name="", details={}, address="")
