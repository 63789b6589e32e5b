"""Who may read which entries, and finding them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from faceroster.audit.models import Entry
from faceroster.trust.models import Role, User
from faceroster.trust.rights import is_administrator


def entries_visible_to(user: object) -> QuerySet[Entry]:
    """All for administrators; for staff what concerns people; for others none.

    Staff see everybody's photos and days, and so who looked at them and changed them; they look after no
    users, tokens and settings. Managers and people see nothing of it.
    """
    entries = Entry.objects.select_related("link")
    if is_administrator(user):
        return entries
    if isinstance(user, User) and user.is_active and user.role == Role.STAFF:
        return entries.filter(person_id__isnull=False)
    return entries.none()


def entries_found(entries: QuerySet[Entry], text: str) -> QuerySet[Entry]:
    """Those in which each word stands: in a name, an address or a key."""
    for word in text.split()[:8]:
        entries = entries.filter(
            Q(actor_name__icontains=word)
            | Q(subject_name__icontains=word)
            | Q(address=word)
            | Q(subject_id=word)
            | Q(action=word)
        )
    return entries
