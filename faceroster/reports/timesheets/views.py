"""Timesheets: a department's month as a matrix, one person's as a list, and what managers do with them.

What lies outside a user's departments does not exist for them (404). Managers and administrators decide,
staff look.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from faceroster.attendance import periods
from faceroster.attendance.days import working_day
from faceroster.attendance.models import Period, PeriodEvent, TimesheetEvent
from faceroster.core.errors import FaceRosterError
from faceroster.people.models import Department, Person
from faceroster.people.selectors import departments_managed_by, departments_visible_to
from faceroster.reports.access import decider_only, one, viewer_only
from faceroster.reports.selectors import Month
from faceroster.reports.timesheets import services
from faceroster.reports.timesheets.cells import legend, matrix_of
from faceroster.reports.timesheets.lines import figures_of, lines_of
from faceroster.reports.timesheets.months import month_after, month_before, month_read
from faceroster.reports.timesheets.selectors import (
    department_sheet,
    departments_of_sheet,
    period_found,
    person_sheet,
)
from faceroster.reports.timesheets.sheets import PersonSheet
from faceroster.trust.rights import is_administrator


def _steps(month: Month, today: date) -> dict[str, Any]:
    return {"month": month, "previous": month_before(month), "next": month_after(month, today)}


def _events(period: Period | None) -> list[PeriodEvent]:
    return list(period.events.select_related("made_by").order_by("-created_at")) if period else []


@viewer_only
def department(request: HttpRequest) -> HttpResponse:
    """A department's month; by default the first department and the present month."""
    departments = list(departments_visible_to(request.user))
    chosen = one(departments_visible_to(request.user), request.GET.get("department", ""))
    chosen = chosen or next(iter(departments), None)
    if chosen is None:
        return render(request, "reports/timesheets/none.html")
    now = timezone.now()  # before anything is read: what changes from here on has not been seen
    today = working_day(now, chosen.site)
    month = month_read(request.GET.get("month", "")) or Month.of(today)
    period = period_found(chosen, month)
    sheet = department_sheet(chosen, month, period=period)
    may_decide = departments_managed_by(request.user).filter(pk=chosen.pk).exists()
    selecting = may_decide and not sheet.head.closed
    mine = Person.objects.filter(user=request.user.pk).values_list("pk", flat=True)
    reader = mine.first() if selecting else None
    context = {
        "departments": departments,
        "department": chosen,
        "period": period,
        "sheet": sheet,
        "matrix": matrix_of(sheet, today=today, selecting=selecting, reader=reader),
        "legend": legend(),
        "events": _events(period),
        "shown_at": now.isoformat(),
        "may_decide": may_decide,
        "may_despite": is_administrator(request.user),
        **_steps(month, today),
    }
    return render(request, "reports/timesheets/department.html", context)


def _day_links(sheet: PersonSheet) -> dict[date, str]:
    """Where a person's day is shown in full; nothing where that page is not installed."""
    try:
        return {
            day.day: reverse("reports:today_day", args=[sheet.who.id, day.day.isoformat()])
            for day in sheet.days
        }
    except NoReverseMatch:
        return {}


@viewer_only
def person(request: HttpRequest, person_id: UUID, month: str) -> HttpResponse:
    """One person's month in one department: the one they belong to, or ``?department=`` of another."""
    asked = month_read(month)
    if asked is None:
        raise Http404
    somebody, departments = departments_of_sheet(request.user, person_id, asked)
    if somebody is None:
        raise Http404
    if key := request.GET.get("department", ""):
        chosen = next((row for row in departments if str(row.pk) == key), None)
        if chosen is None:
            raise Http404
    else:
        chosen = departments[0]
    now = timezone.now()
    period = period_found(chosen, asked)
    sheet = person_sheet(somebody, chosen, asked, period=period)
    said = TimesheetEvent.objects.filter(period=period, person=somebody) if period else None
    context = {
        "person": somebody,
        "department": chosen,
        "others": [row for row in departments if row != chosen],
        "period": period,
        "sheet": sheet,
        "rows": lines_of(sheet, _day_links(sheet)),
        "figures": figures_of(sheet.totals),
        "said": list(said.select_related("made_by").order_by("-created_at")) if said is not None else [],
        "events": _events(period),
        "shown_at": now.isoformat(),
        "may_decide": somebody.user_id != request.user.pk
        and departments_managed_by(request.user).filter(pk=chosen.pk).exists(),
        **_steps(asked, working_day(now, chosen.site)),
    }
    return render(request, "reports/timesheets/person.html", context)


def _managed(request: HttpRequest) -> tuple[Department, Month]:
    """The department and month that a form is about. Raises Http404 for what the user does not decide on."""
    key, month = request.POST.get("department", ""), month_read(request.POST.get("month", ""))
    chosen = one(departments_managed_by(request.user), key)
    if chosen is None or month is None:
        raise Http404
    return chosen, month


def _back(request: HttpRequest, chosen: Department, month: Month) -> HttpResponse:
    there = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(there, None) and there.startswith("/reports/timesheets/"):
        return redirect(there)
    return redirect(f"{reverse('reports:timesheets')}?department={chosen.pk}&month={month}")


def _ids(keys: list[str]) -> list[UUID]:
    try:
        return [UUID(key) for key in keys]
    except ValueError:
        raise Http404 from None


def _shown_at(request: HttpRequest) -> datetime | None:
    """When the page with the form was made; None where it does not say so."""
    try:
        moment = datetime.fromisoformat(request.POST.get("shown_at", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


@decider_only
def decide(request: HttpRequest) -> HttpResponse:
    """Approve the timesheets of those who are selected, or send them back."""
    chosen, month = _managed(request)
    approved = request.POST.get("verdict") == "approve"
    try:
        count = services.timesheets_decide(
            department=chosen,
            month=month,
            people=_ids(request.POST.getlist("people")),
            user=request.user,  # type: ignore[arg-type]
            approved=approved,
            note=request.POST.get("note", "").strip()[:300],
            shown_at=_shown_at(request),
        )
    except FaceRosterError as error:
        messages.error(request, error.message)
        return _back(request, chosen, month)
    if approved:
        done = ngettext("%(n)d timesheet is approved.", "%(n)d timesheets are approved.", count)
    else:
        done = ngettext("%(n)d timesheet is sent back.", "%(n)d timesheets are sent back.", count)
    messages.success(request, done % {"n": count})
    return _back(request, chosen, month)


@decider_only
def close(request: HttpRequest) -> HttpResponse:
    """Seal the period."""
    chosen, month = _managed(request)
    try:
        periods.period_close(
            period=periods.period_of(department=chosen, day=month.first),
            user=request.user,  # type: ignore[arg-type]
            despite=bool(request.POST.get("despite")),
        )
    except FaceRosterError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The period is closed and sealed."))
    return _back(request, chosen, month)


@decider_only
def reopen(request: HttpRequest) -> HttpResponse:
    """Open a sealed period again, with a reason."""
    chosen, month = _managed(request)
    period = get_object_or_404(Period, department=chosen, first=month.first)
    try:
        periods.period_reopen(
            period=period,
            user=request.user,  # type: ignore[arg-type]
            reason=request.POST.get("reason", "").strip()[:300],
        )
    except FaceRosterError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The period is open again."))
    return _back(request, chosen, month)
