"""Today: who is in, late, absent, on leave. The page, and the part of it that it asks for again and again."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from faceroster.notices.devices import kiosks_missed
from faceroster.people.models import Department, Site
from faceroster.people.selectors import departments_visible_to, sites_visible_to
from faceroster.reports.access import one, viewer_only
from faceroster.reports.today.selectors import COLUMNS, TodayFilter, today_for
from faceroster.reports.today.states import State


def _narrow(request: HttpRequest) -> TodayFilter:
    asked = request.GET
    state, page = asked.get("state", ""), asked.get("page", "")
    if state and state not in State.values:
        raise Http404("No such state")
    return TodayFilter(
        department=one(departments_visible_to(request.user), asked.get("department", "")),
        site=one(sites_visible_to(request.user), asked.get("site", "")),
        search=asked.get("q", "").strip()[:100],
        state=state,
        page=int(page) if page.isascii() and page.isdecimal() and len(page) < 7 else 1,
    )


def _query(narrow: TodayFilter, *, leave_out: str) -> str:
    """What the page is narrowed to, without one thing, to go on with in a link: empty or ending in ``&``."""
    query = QueryDict(mutable=True)
    of: dict[str, Department | Site | None] = {"department": narrow.department, "site": narrow.site}
    query.update({name: str(row.pk) for name, row in of.items() if row is not None})
    query.update({name: text for name, text in (("q", narrow.search), ("state", narrow.state)) if text})
    query.pop(leave_out, None)
    return query.urlencode() + "&" if query else ""


def _context(request: HttpRequest) -> dict[str, Any]:
    now, narrow = timezone.now(), _narrow(request)
    departments = list(departments_visible_to(request.user))
    sites = list(sites_visible_to(request.user))
    today = today_for(request.user, narrow=narrow, departments=departments, sites=sites, now=now)
    return {
        "now": now,
        "narrow": narrow,
        "today": today,
        "missed_kiosks": kiosks_missed(request.user),
        "departments": departments,
        "sites": sites,
        "columns": COLUMNS,
        "without_state": _query(narrow, leave_out="state"),
        "without_department": _query(narrow, leave_out="department"),
        "all_filters": _query(narrow, leave_out="page"),
    }


@viewer_only
def today(request: HttpRequest) -> HttpResponse:
    """Where everyone stands now."""
    return render(request, "reports/today/today.html", _context(request))


@viewer_only
def today_live(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes, which it asks for every few seconds."""
    response = render(request, "reports/today/_today.html", _context(request))
    response["Cache-Control"] = "no-store"
    return response
