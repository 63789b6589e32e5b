"""Blanking the texts about somebody who is erased. The chain goes on fitting: see ``models.Entry``."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from faceroster.audit import triggers
from faceroster.audit.actions import Action
from faceroster.audit.models import Entry
from faceroster.audit.services import record
from faceroster.audit.subjects import Subject


@transaction.atomic
def person_forget(*, person_id: UUID, user_id: int | None = None) -> int:
    """Take names, details and addresses out of every entry about a person, and by their user.

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
    with triggers.lifted():
        rows = Entry.objects.filter(about).exclude(salt="")
        return super(type(rows), rows).update(salt="", actor_name="", subject_name="", details={}, address="")
