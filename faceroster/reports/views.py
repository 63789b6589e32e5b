"""Pages on who is in, who came when, and how long they stayed.

Every address is for administrators, staff and managers. What lies outside a manager's departments does
not exist for them: it answers 404, as an address that was made up does.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from faceroster.attendance.days import working_day
from faceroster.people.models import Department
from faceroster.people.selectors import departments_visible_to, people_visible_to, sites_visible_to
from faceroster.reports.access import one, viewer_only
from faceroster.reports.emotions import emotion_sheet_for
from faceroster.reports.exports import csv_response, day_sheet_rows, month_rows
from faceroster.reports.selectors import (
    BoardFilter,
    DaySheet,
    Month,
    MonthSheet,
    board_for,
    day_sheet_for,
    month_sheet_for,
)

#: Dates outside of these years are slips of the pen.
_YEARS = range(1990, 2200)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404("No such day") from None
    if day.year not in _YEARS:
        raise Http404("No such day")
    return day


def _month(text: str) -> Month | None:
    if not text:
        return None
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text, re.ASCII) or int(text[:4]) not in _YEARS:
        raise Http404("No such month")
    return Month(int(text[:4]), int(text[5:]))


def _board_context(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    narrow = BoardFilter(
        department=one(departments_visible_to(request.user), request.GET.get("department", "")),
        site=one(sites_visible_to(request.user), request.GET.get("site", "")),
        search=request.GET.get("q", "").strip()[:100],
    )
    return {"narrow": narrow, "board": board_for(request.user, narrow=narrow, now=now)}


@viewer_only
def board(request: HttpRequest) -> HttpResponse:
    """Who is in now."""
    context = _board_context(request)
    context["departments"] = departments_visible_to(request.user)
    context["sites"] = sites_visible_to(request.user)
    return render(request, "reports/board.html", context)


@viewer_only
def board_live(request: HttpRequest) -> HttpResponse:
    """The part of the board that changes, which the page asks for every few seconds."""
    response = render(request, "reports/_board.html", _board_context(request))
    response["Cache-Control"] = "no-store"
    return response


def _day_sheet(request: HttpRequest, departments: list[Department]) -> DaySheet | None:
    """The sheet asked for; by default today, in the first department. None when there is none to show."""
    department = one(departments_visible_to(request.user), request.GET.get("department", ""))
    department = department or next(iter(departments), None)
    if department is None:
        return None
    now = timezone.now()
    day = _day(request.GET.get("date", "")) or working_day(now, department.site)
    return day_sheet_for(request.user, department=department, day=day, now=now)


@viewer_only
def day_sheet(request: HttpRequest) -> HttpResponse:
    """One department on one day."""
    departments = list(departments_visible_to(request.user))
    context = {"departments": departments, "sheet": _day_sheet(request, departments)}
    return render(request, "reports/day.html", context)


@viewer_only
def day_sheet_csv(request: HttpRequest) -> HttpResponseBase:
    sheet = _day_sheet(request, list(departments_visible_to(request.user)[:1]))
    if sheet is None:
        raise Http404
    return csv_response(f"{sheet.department.name} {sheet.day.isoformat()}", day_sheet_rows(sheet))


def _month_sheet(request: HttpRequest, person_id: UUID) -> MonthSheet:
    person = get_object_or_404(people_visible_to(request.user), pk=person_id)
    now = timezone.now()
    month = _month(request.GET.get("month", "")) or Month.of(working_day(now, person.department.site))
    return month_sheet_for(person, month=month, now=now)


@viewer_only
def month_sheet(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One person's month, with the reason of every punch."""
    return render(request, "reports/person.html", {"sheet": _month_sheet(request, person_id)})


@viewer_only
def month_sheet_csv(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    sheet = _month_sheet(request, person_id)
    return csv_response(f"{sheet.person.employee_number} {sheet.month}", month_rows(sheet))


@viewer_only
def emotions(request: HttpRequest) -> HttpResponse:
    """What was counted at one site, over groups of people. Nothing here is about one person."""
    sites = list(sites_visible_to(request.user))
    site = one(sites_visible_to(request.user), request.GET.get("site", "")) or next(iter(sites), None)
    sheet = emotion_sheet_for(request.user, site=site) if site else None
    return render(request, "reports/emotions.html", {"sites": sites, "sheet": sheet})
