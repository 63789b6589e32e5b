"""Exceptions: what is not as it should be, and settling it, one or many at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.attendance.days import working_day
from faceroster.core.errors import FaceRosterError, InvalidInput
from faceroster.people.models import Department, Person, Site
from faceroster.people.selectors import departments_managed_by, departments_visible_to, sites_visible_to
from faceroster.reports.access import decider_only, one, viewer_only
from faceroster.reports.exceptions.findings import Narrow, Tab
from faceroster.reports.exceptions.selectors import exceptions_for, rows_to_solve
from faceroster.reports.exceptions.services import ACTIONS, Action, Answer, Solved, exceptions_solve
from faceroster.reports.today.moments import day_of
from faceroster.trust.models import User

#: More days than this are not looked through at once.
_MOST_DAYS = 366
_OFFERED = 20
_NUMBER_AT_END = re.compile(r"\(([^()]+)\)\s*$")


@dataclass(frozen=True)
class Told:
    """What became of an answer: rows that are settled and rows that are not, or why it was no answer."""

    settled: int = 0
    problems: tuple[Solved, ...] = ()
    error: FaceRosterError | None = None


def _narrow(request: HttpRequest, sites: list[Site]) -> Narrow:
    """By default this month, up to today at the site that is furthest on."""
    asked, now = request.GET, timezone.now()
    today = max((working_day(now, site) for site in sites), default=now.date())
    last = day_of(asked["last"]) if asked.get("last") else today
    first = day_of(asked["first"]) if asked.get("first") else min(today, last).replace(day=1)
    if first > last:
        first, last = last, first
    if (last - first).days >= _MOST_DAYS:
        first = date.fromordinal(last.toordinal() - _MOST_DAYS + 1)
    return Narrow(
        first,
        last,
        department=one(departments_visible_to(request.user), asked.get("department", "")),
        site=one(sites_visible_to(request.user), asked.get("site", "")),
    )


def _tab(request: HttpRequest) -> Tab | None:
    asked = request.GET.get("tab", "")
    if asked and asked not in Tab.values:
        raise Http404("No such tab")
    return Tab(asked) if asked else None


def _query(narrow: Narrow, *, everyone: bool) -> str:
    """What every link of the page goes on with, ending in ``&``."""
    query = QueryDict(mutable=True)
    query.update({"first": narrow.first.isoformat(), "last": narrow.last.isoformat()})
    of: dict[str, Department | Site | None] = {"department": narrow.department, "site": narrow.site}
    query.update({name: str(row.pk) for name, row in of.items() if row is not None})
    if everyone:
        query["faces"] = "all"
    return query.urlencode() + "&"


def _show(request: HttpRequest, told: Told | None = None, tab: Tab | None = None) -> HttpResponse:
    sites, now = list(sites_visible_to(request.user)), timezone.now()
    narrow, everyone = _narrow(request, sites), request.GET.get("faces") == "all"
    sheet = exceptions_for(
        request.user,
        tab=tab or _tab(request),
        narrow=narrow,
        sites=sites,
        everyone=everyone,
        number=request.GET.get("page", "1"),
        now=now,
        problems=told.problems if told else (),
    )
    departments = list(departments_visible_to(request.user))
    context = {
        "sheet": sheet,
        "narrow": narrow,
        "everyone": everyone,
        "query": _query(narrow, everyone=everyone),
        "departments": departments,
        "sites": sites,
        "told": told,
        "actions": ACTIONS[sheet.tab],
        "decides": cast(User, request.user).role != "staff" or cast(User, request.user).is_superuser,
        "given": request.POST,
    }
    fragment = request.headers.get("HX-Request") == "true"
    template = "reports/exceptions/_exceptions.html" if fragment else "reports/exceptions/exceptions.html"
    status = told.error.status if told and told.error and not fragment else 200
    response = render(request, template, context, status=status)
    response["Vary"] = "HX-Request"
    return response


@viewer_only
def exceptions(request: HttpRequest) -> HttpResponse:
    """What waits to be settled, by kind, for a range of days."""
    return _show(request)


@decider_only
def exceptions_solve_rows(request: HttpRequest) -> HttpResponse:
    """Settle the chosen rows of a tab. The answer is the page as it is then, with what became of each."""
    tab = _tab(request)
    if tab is None:
        raise Http404("No such tab")
    try:
        keys = [UUID(key) for key in dict.fromkeys(request.POST.getlist("row"))]
    except ValueError:
        raise Http404("No such row") from None
    rows = rows_to_solve(request.user, tab, keys)
    if len(rows) != len(keys):
        raise Http404("No such row")
    try:
        solved = _solve(request, tab, rows)
    except FaceRosterError as error:
        return _show(request, Told(error=error), tab)
    problems = tuple(one for one in solved if one.code)
    return _show(request, Told(len(solved) - len(problems), problems), tab)


def _solve(request: HttpRequest, tab: Tab, rows: list[Any]) -> list[Solved]:
    asked = request.POST
    if not rows:
        raise InvalidInput("exception.none_chosen", _("Please choose at least one row."))
    if asked.get("action") not in Action.values:
        raise InvalidInput("exception.action_unknown", _("Please choose what is to be done."))
    answer = Answer(
        action=Action(asked["action"]),
        reason=asked.get("reason", "").strip(),
        clock=asked.get("clock", ""),
        person=_person(request, asked.get("person", "")),
        direction=asked.get("direction", ""),
    )
    return exceptions_solve(tab=tab, rows=rows, answer=answer, user=cast(User, request.user))


def _person(request: HttpRequest, text: str) -> Person | None:
    """Whom ``text`` names by their number, alone or at the end in brackets, among those one decides about."""
    found = _NUMBER_AT_END.search(text)
    people = Person.objects.filter(department__in=departments_managed_by(request.user))
    number = found[1] if found else text.strip()
    return people.select_related("department__site").filter(employee_number=number).first()


@viewer_only
def exceptions_people(request: HttpRequest) -> HttpResponse:
    """Some people whose name or number contains what was typed, to choose from."""
    people = Person.objects.filter(department__in=departments_managed_by(request.user), active=True)
    for word in request.GET.get("person", "")[:100].split():
        people = people.filter(Q(name__icontains=word) | Q(employee_number__icontains=word))
    response = render(
        request, "reports/exceptions/_people.html", {"people": people.select_related("department")[:_OFFERED]}
    )
    response["Cache-Control"] = "no-store"
    return response
