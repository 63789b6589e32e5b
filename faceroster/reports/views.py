"""The day sheet of a department, counted emotions, and where the first pages of attendance have gone.

Every address is for administrators, staff and managers. What lies outside a manager's departments does
not exist for them: it answers 404, as an address that was made up does.
"""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from faceroster.attendance.days import working_day
from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.people.models import Department
from faceroster.people.selectors import departments_visible_to, people_visible_to, sites_visible_to
from faceroster.reports.access import one, viewer_only
from faceroster.reports.emotions import emotion_sheet_for
from faceroster.reports.exports import csv_response, day_sheet_rows
from faceroster.reports.selectors import DaySheet, Month, day_sheet_for
from faceroster.reports.timesheets.months import month_read
from faceroster.reports.today.moments import day_of


@viewer_only
def board(request: HttpRequest) -> HttpResponse:
    """An address that people have kept: who is in is on Today."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse("reports:today") + (f"?{query}" if query else ""))


@viewer_only
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """An address that people have kept: a person's month is their timesheet."""
    somebody = get_object_or_404(people_visible_to(request.user), pk=person_id)
    today = working_day(timezone.now(), somebody.department.site)
    month = month_read(request.GET.get("month", "")) or Month.of(today)
    return redirect("reports:timesheet", somebody.pk, str(month))


def _day_sheet(request: HttpRequest, departments: list[Department]) -> DaySheet | None:
    """The sheet asked for; by default today, in the first department. None when there is none to show."""
    department = one(departments_visible_to(request.user), request.GET.get("department", ""))
    department = department or next(iter(departments), None)
    if department is None:
        return None
    now = timezone.now()
    asked = request.GET.get("date", "")
    day = day_of(asked) if asked else working_day(now, department.site)
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
    record(Action.EXPORT_MADE, subject=sheet.department, details={"format": "csv", "day": sheet.day})
    return csv_response(f"{sheet.department.name} {sheet.day.isoformat()}", day_sheet_rows(sheet))


@viewer_only
def emotions(request: HttpRequest) -> HttpResponse:
    """What was counted at one site, over groups of people. Nothing here is about one person."""
    sites = list(sites_visible_to(request.user))
    site = one(sites_visible_to(request.user), request.GET.get("site", "")) or next(iter(sites), None)
    sheet = emotion_sheet_for(request.user, site=site) if site else None
    return render(request, "reports/emotions.html", {"sites": sites, "sheet": sheet})
