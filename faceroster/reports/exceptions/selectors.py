"""The page of exceptions: its tabs with counts, and one page of one tab's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator

from faceroster.attendance.guards import closed_punches
from faceroster.attendance.models import Correction, Punch, Workday
from faceroster.kiosks.models import Decision
from faceroster.kiosks.scores import verdict
from faceroster.people.models import Person, Site
from faceroster.people.selectors import departments_managed_by, people_visible_to
from faceroster.reports.exceptions.faces import OUTCOMES, Faces, Visit, faces_for
from faceroster.reports.exceptions.findings import (
    OF_DAYS,
    OF_FACES,
    Narrow,
    Tab,
    corrections_waiting,
    day_counts,
    days_with,
    people_of,
)
from faceroster.reports.exceptions.services import Solved

#: Rows on a page.
PAGE = 50
_NAMED = 3


@dataclass(frozen=True)
class TabCount:
    tab: Tab
    count: int


@dataclass
class Row:
    """A line of the page. ``thing``: a workday, a correction, a punch or a visit's first decision.

    ``near``: who had no punch about the time of a face. ``between``: whom it was too much like to tell apart.
    ``problem``: why it could not be settled just now.
    """

    key: UUID
    thing: Any
    visit: Visit | None = None
    near: list[Person] = field(default_factory=list)
    between: list[str] = field(default_factory=list)
    score: str = ""
    problem: Solved | None = None


@dataclass(frozen=True)
class Exceptions:
    """``pending``: days with a finding that are being computed anew and come back only if it stays.

    ``others``: unknown faces at other times, which are not counted. ``cut``: not all faces were looked at.
    """

    tabs: list[TabCount]
    tab: Tab
    rows: list[Row]
    page: Page[Any]
    pending: int
    others: int
    cut: bool


def exceptions_for(
    user: object,
    *,
    tab: Tab | None,
    narrow: Narrow,
    sites: Sequence[Site],
    everyone: bool,
    number: str,
    now: datetime,
    problems: Sequence[Solved] = (),
) -> Exceptions:
    """``tab``: the first with anything in it, if none is named. ``sites``: whose faces ``user`` may see.

    ``everyone``: unknown faces at any time. ``problems``: of rows that could not be settled.
    """
    people = people_of(user, narrow)
    counts: dict[str, int] = day_counts(people, narrow)
    faces = faces_for(people, sites=_sites(sites, narrow), narrow=narrow, now=now)
    waiting = corrections_waiting(people, narrow)
    late = closed_punches(people, first=narrow.first, last=narrow.last)
    shown = {face_tab: faces.of(face_tab, everyone=everyone) for face_tab in OF_FACES}
    counts |= {face_tab.value: len(visits) for face_tab, visits in shown.items()}
    counts |= {Tab.CORRECTION.value: waiting.count(), Tab.CLOSED_PUNCH.value: len(late)}
    tab = tab or next((one for one in Tab if counts[one.value]), Tab.MISSED_OUT)
    if tab in OF_DAYS:
        listed: Any = days_with(tab, people, narrow)
    else:
        listed = {**shown, Tab.CORRECTION: waiting, Tab.CLOSED_PUNCH: late}[tab]
    pages = Paginator(listed, PAGE)
    pages.__dict__["count"] = counts[tab.value]  # known already; a cached property
    page = pages.get_page(number)
    things: list[Any] = list(page.object_list)
    rows = _face_rows(user, things) if tab in OF_FACES else _plain_rows(things)
    refused = {problem.key: problem for problem in problems}
    for row in rows:
        row.problem = refused.get(row.key)
    return Exceptions(
        tabs=[TabCount(one, counts[one.value]) for one in Tab],
        tab=tab,
        rows=rows,
        page=page,
        pending=counts["days_pending"],
        others=_others(faces, everyone),
        cut=faces.cut,
    )


def _others(faces: Faces, everyone: bool) -> int:
    unknown = faces.visits[Tab.UNKNOWN_FACE]
    return 0 if everyone else sum(1 for visit in unknown if not visit.near)


def _sites(sites: Sequence[Site], narrow: Narrow) -> list[Site]:
    if narrow.department is not None:
        return [site for site in sites if site == narrow.department.site]
    return [site for site in sites if narrow.site in (None, site)]


def _plain_rows(things: Sequence[Any]) -> list[Row]:
    return [Row(thing.pk, thing) for thing in things]


def _face_rows(user: object, visits: Sequence[Visit]) -> list[Row]:
    heads = Decision.objects.select_related("kiosk", "site").in_bulk([visit.head for visit in visits])
    close = [person_id for head in heads.values() for person_id in _candidates(head)]
    wanted = {person_id for visit in visits for person_id in visit.near[:_NAMED]} | set(close)
    people = people_visible_to(user).in_bulk(wanted) if wanted else {}
    rows = []
    for visit in visits:
        head = heads[visit.head]
        near = [people[key] for key in visit.near[:_NAMED] if key in people]
        between = [people[key].name for key in _candidates(head) if key in people]
        rows.append(Row(visit.head, head, visit, near, between, verdict(head) or ""))
    return rows


def _candidates(head: Decision) -> list[UUID]:
    """Whom a face that was not told apart was most like."""
    if head.outcome != OUTCOMES[Tab.AMBIGUOUS]:
        return []
    return [UUID(entry["person"]) for entry in head.candidates[:2]]


def rows_to_solve(user: object, tab: Tab, keys: Sequence[UUID]) -> list[Any]:
    """Those of ``keys`` about which ``user`` decides; what lies outside of that is left out."""
    departments = departments_managed_by(user)
    theirs = {"person__department__in": departments.order_by().values("pk"), "pk__in": keys}
    person = "person__department__site"
    if tab in OF_DAYS:
        rows = Workday.objects.filter(**theirs).defer("trace").select_related(person, "site")
        return list(rows.order_by("day", "person__name"))
    if tab in OF_FACES:
        heads = Decision.objects.filter(
            pk__in=keys, outcome=OUTCOMES[tab], site__in=departments.order_by().values("site")
        )
        return list(heads.select_related("kiosk", "site").order_by("created_at"))
    if tab is Tab.CORRECTION:
        return list(Correction.objects.filter(**theirs).select_related(person).order_by("created_at"))
    return list(Punch.objects.filter(**theirs).select_related(person).order_by("at"))
