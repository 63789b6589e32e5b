"""Faces at kiosks that nobody was told by: put together to visits, with who was missing about that time.

A kiosk writes several decisions for one visit of a stranger. Nothing here says who it was: a hint goes by the
time alone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from faceroster.attendance.days import day_start
from faceroster.attendance.models import DayStatus, Finding, Resolution, Workday
from faceroster.kiosks.models import Decision, Outcome
from faceroster.people.models import Person, Site
from faceroster.reports.exceptions.findings import Narrow, Tab

_DAY = timedelta(days=1)
#: Decisions of one kiosk that follow each other faster than this are one visit.
VISIT_GAP = timedelta(seconds=60)
#: How far from a start or an end without its punch a face is still "at a known time".
NEAR = timedelta(hours=1)
#: More decisions are not looked through at once; the page says so, and asks for fewer days.
MOST = 5000

OUTCOMES = {Tab.UNKNOWN_FACE: Outcome.UNKNOWN, Tab.AMBIGUOUS: Outcome.AMBIGUOUS}
_FINDINGS = (Finding.UNKNOWN_FACE, Finding.AMBIGUOUS)


@dataclass
class Visit:
    """Decisions of one outcome at one kiosk, one after the other. ``head``: the first of them.

    ``near``: people without a punch about that time, the nearest first.
    """

    head: UUID
    kiosk_id: UUID | None
    site_id: UUID
    outcome: str
    first: datetime
    last: datetime
    ids: list[UUID] = field(default_factory=list)
    near: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Faces:
    """Visits by tab, the newest first. ``cut``: there are more decisions than were looked through."""

    visits: dict[Tab, list[Visit]]
    cut: bool

    def of(self, tab: Tab, *, everyone: bool) -> list[Visit]:
        """Of unknown faces only those at known times, unless ``everyone``."""
        found = self.visits[tab]
        return found if everyone or tab is Tab.AMBIGUOUS else [visit for visit in found if visit.near]


def unsettled(decisions: QuerySet[Decision]) -> QuerySet[Decision]:
    return decisions.filter(
        ~Exists(Resolution.objects.filter(decision=OuterRef("pk"), finding__in=_FINDINGS))
    )


def faces_for(people: QuerySet[Person], *, sites: Sequence[Site], narrow: Narrow, now: datetime) -> Faces:
    """Faces at ``sites`` that nobody has settled, with hints among ``people``. Two queries."""
    windows = {
        site.pk: (day_start(narrow.first, site), day_start(narrow.last + _DAY, site)) for site in sites
    }
    if not windows:
        return Faces({tab: [] for tab in OUTCOMES}, cut=False)
    rows = unsettled(
        Decision.objects.filter(
            site__in=sites,
            outcome__in=OUTCOMES.values(),
            created_at__gte=min(start for start, _end in windows.values()),
            created_at__lt=max(end for _start, end in windows.values()),
        )
    ).order_by("-created_at")
    found = list(
        rows.values_list("pk", "kiosk_id", "site_id", "outcome", "created_at", "last_frame_at")[: MOST + 1]
    )
    inside = [row for row in found[:MOST] if windows[row[2]][0] <= row[4] < windows[row[2]][1]]
    visits = _visits(inside)
    _hint(visits, people, narrow, now)
    visits.sort(key=lambda visit: visit.first, reverse=True)
    by_tab = {
        tab: [visit for visit in visits if visit.outcome == outcome] for tab, outcome in OUTCOMES.items()
    }
    return Faces(by_tab, cut=len(found) > MOST)


_Row = tuple[UUID, UUID | None, UUID, str, datetime, datetime]


def _visits(rows: Iterable[_Row]) -> list[Visit]:
    visits: list[Visit] = []
    for pk, kiosk_id, site_id, outcome, first, last in sorted(
        rows, key=lambda row: (str(row[1]), str(row[2]), row[3], row[4])
    ):
        visit = visits[-1] if visits else None
        same = visit is not None and (visit.kiosk_id, visit.site_id, visit.outcome) == (
            kiosk_id,
            site_id,
            outcome,
        )
        if visit is None or not same or first - visit.last > VISIT_GAP:
            visit = Visit(pk, kiosk_id, site_id, outcome, first, last)
            visits.append(visit)
        visit.ids.append(pk)
        visit.last = max(visit.last, last)
    return visits


def visit_of(head: Decision) -> list[Decision]:
    """The unsettled decisions of the visit that ``head`` is the first of, in order of time."""
    following = unsettled(
        Decision.objects.filter(
            kiosk=head.kiosk_id, site=head.site_id, outcome=head.outcome, created_at__gte=head.created_at
        )
    ).order_by("created_at", "pk")
    found: list[Decision] = []
    for decision in following[:MOST]:
        if found and decision.created_at - found[-1].last_frame_at > VISIT_GAP:
            break
        found.append(decision)
    return found


def _hint(visits: Sequence[Visit], people: QuerySet[Person], narrow: Narrow, now: datetime) -> None:
    if not visits:
        return
    missing = _missing(people, narrow, now)
    for visit in visits:
        there = missing.get(visit.site_id, [])
        low = bisect_left(there, (visit.first - NEAR,), key=lambda one: one[:1])
        high = bisect_right(there, (visit.first + NEAR,), key=lambda one: one[:1])
        close = sorted(there[low:high], key=lambda one: abs(one[0] - visit.first))
        visit.near = list(dict.fromkeys(person_id for _at, person_id in close))


def _missing(
    people: QuerySet[Person], narrow: Narrow, now: datetime
) -> dict[UUID, list[tuple[datetime, UUID]]]:
    """By site, in order: when somebody was to come or to go, and no punch says that they did."""
    not_come = Q(absent=True) | Q(missed_in=True)
    not_come |= Q(status=DayStatus.RUNNING, first_in__isnull=True, late_from__lte=now)
    rows = Workday.objects.filter(
        not_come | Q(missed_out=True),
        person__in=people.order_by().values("pk"),
        day__range=(narrow.first - _DAY, narrow.last),
    ).order_by()
    found: dict[UUID, list[tuple[datetime, UUID]]] = defaultdict(list)
    for site_id, person_id, start, end, came, no_out in rows.values_list(
        "site_id", "person_id", "expected_start", "expected_end", "first_in", "missed_out"
    ):
        if start is not None and came is None:
            found[site_id].append((start, person_id))
        if end is not None and no_out:
            found[site_id].append((end, person_id))
    return {site_id: sorted(moments) for site_id, moments in found.items()}
