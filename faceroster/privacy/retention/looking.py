"""What goes with the next sweep, and what within a month. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min
from django.utils.translation import gettext as _

from faceroster.privacy.models import Cause, Farewell, Kind
from faceroster.privacy.retention import people
from faceroster.privacy.retention.rules import CONSENTS, RULES, Over, all_days, over

SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Going:
    """What goes of one kind: ``now`` with the next sweep, ``soon`` in the 30 days after it.

    ``oldest``: of what goes now. ``days``: 0 keeps it, where ``endless``.
    """

    kind: str
    days: int
    now: int
    soon: int
    oldest: datetime | None = None

    @property
    def label(self) -> str:
        if self.kind == CONSENTS:
            return _("Faces of people whose consent has ended")
        return str(Kind(self.kind).label)

    @property
    def words(self) -> str:
        if self.kind == CONSENTS:
            return _("Photos, templates and pictures. The people stay, with PIN or badge.")
        return str(RULES[self.kind].words)

    @property
    def kept(self) -> bool:
        """Until the person is erased, or somebody decides."""
        return self.kind in RULES and RULES[self.kind].endless and not self.days


def preview(now: datetime) -> list[Going]:
    """Every kind as it stands."""
    days = all_days()
    rows = [going(kind, now, days[kind]) for kind in RULES]
    rows.insert(2, going(CONSENTS, now, settings.FACEROSTER["CONSENT_ERASURE_DAYS"]))
    return rows


def going(kind: str, now: datetime, days: int) -> Going:
    """As if ``kind`` were kept for ``days``."""
    later = now + timedelta(days=SOON_DAYS)
    if kind == Kind.LEFT_PEOPLE:
        # Announced first: whoever is over by then, and stood on the page for the days of the notice.
        due = people.people_over(later - timedelta(days=people.NOTICE_DAYS), days)
        listed = set(due.values_list("pk", flat=True))
        ready = listed & {person.pk for person in people.farewells_due(now)}
        return Going(kind, days, len(ready), len(listed) - len(ready))
    if kind == Kind.ATTENDANCE:
        ready_now = len(people.nameless_over(now, days))
        return Going(kind, days, ready_now, len(people.nameless_over(later, days)) - ready_now)
    rows = over(kind, now, days)
    first = _count(rows)
    return Going(kind, days, first, _count(over(kind, later, days)) - first, _oldest(rows))


def _count(rows: Over) -> int:
    return sum(found.order_by().count() for found, _field in rows)


def _oldest(rows: Over) -> datetime | None:
    found = [query.order_by().aggregate(oldest=Min(field))["oldest"] for query, field in rows]
    return min((one for one in found if one is not None), default=None)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A whole person on the page: ``due_at`` is empty before it is announced."""

    name: str
    number: str
    due_at: datetime | None
    held: bool


def leaving(now: datetime, most: int = 100) -> list[Leaving]:
    """Who stands on the list, and who comes onto it with the next sweep."""
    listed = list(Farewell.objects.filter(cause=Cause.RETENTION).select_related("person")[:most])
    days = all_days()[Kind.LEFT_PEOPLE]
    coming = list(people.people_over(now, days).filter(farewell__isnull=True)[:most])
    held = people.held_up([*(one.person for one in listed), *coming])
    rows = [
        Leaving(one.person.name, one.person.employee_number, one.due_at, one.person_id in held)
        for one in listed
    ]
    return rows + [Leaving(one.name, one.employee_number, None, one.pk in held) for one in coming]
