"""Offline entries as people look at them: who sees which, and who decides."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from faceroster.offline.models import OfflineEntry
from faceroster.people.selectors import departments_managed_by, people_visible_to, sites_visible_to
from faceroster.trust.models import User


def entries_visible_to(user: object) -> QuerySet[OfflineEntry]:
    """All for who sees everyone; for managers those of their people, and of nobody at their sites."""
    rows = OfflineEntry.objects.select_related(
        "kiosk", "site", "person__department", "punch", "resolved_by"
    ).defer("sealed")
    if not isinstance(user, User) or not user.is_active:
        return rows.none()
    if user.sees_everyone:
        return rows
    return rows.filter(
        Q(person__in=people_visible_to(user).order_by().values("pk"))
        | Q(person__isnull=True, site__in=sites_visible_to(user).order_by().values("pk"))
    )


def entries_decided_by(user: object) -> QuerySet[OfflineEntry]:
    """Those that ``user`` may settle: of people in departments they decide for, but not their own; and of
    nobody, at the sites of these departments."""
    departments = departments_managed_by(user).order_by()
    theirs = Q(person__department__in=departments.values("pk"))
    nobodys = Q(person__isnull=True, site__in=departments.values("site"))
    rows = entries_visible_to(user).filter(theirs | nobodys)
    return rows.filter(Q(person__isnull=True) | Q(person__user__isnull=True) | ~Q(person__user=user))


def open_entries(rows: QuerySet[OfflineEntry]) -> QuerySet[OfflineEntry]:
    """Those that somebody should look at, and nobody has yet."""
    return rows.filter(attention=True, resolved_at__isnull=True)
