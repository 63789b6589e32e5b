"""The roster of a department, and what somebody works on one day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from faceroster.core.errors import FaceRosterError
from faceroster.people.models import Department, Person
from faceroster.people.selectors import departments_managed_by, departments_visible_to
from faceroster.rosters.access import day_asked, decider_form, key_asked, tell_errors, viewer_page
from faceroster.rosters.clock import today_at
from faceroster.rosters.forms import DayForm
from faceroster.rosters.grid import grid_of, people_on, week_start
from faceroster.rosters.models import RosterException, Shift
from faceroster.rosters.plans import plans_of
from faceroster.rosters.services import roster_exception_set

_PEOPLE_A_PAGE = 100
_WEEKS = (1, 2, 4)


def department_asked(rows: QuerySet[Department], key: str) -> Department | None:
    """The department that an address names, or the first. Raises Http404 for one that is not among them."""
    rows = rows.order_by("name", "site__name")
    return get_object_or_404(rows, pk=key_asked(key)) if key else rows.first()


@viewer_page
def grid(request: HttpRequest) -> HttpResponse:
    """Who works when, a department and some weeks at a time."""
    departments = departments_visible_to(request.user).order_by("name", "site__name")
    department = department_asked(departments, request.GET.get("department", ""))
    if department is None:
        return render(request, "rosters/grid.html", {"tab": "grid"})
    asked = request.GET.get("weeks", "")
    weeks = int(asked) if asked in {str(n) for n in _WEEKS} else 1
    first = week_start(department, day_asked(request.GET.get("from", "")) or today_at(department.site))
    last = first + timedelta(days=7 * weeks - 1)
    people = people_on(department, first, last)
    page = Paginator(people, _PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "grid",
        "departments": departments,
        "grid": grid_of(department, people, shown=list(page.object_list), first=first, days=7 * weeks),
        "page": page,
        "weeks": weeks,
        "weeks_choices": _WEEKS,
        "previous": first - timedelta(days=7 * weeks),
        "next": last + timedelta(days=1),
        "may_set": departments_managed_by(request.user).filter(pk=department.pk).exists(),
    }
    return render(request, "rosters/grid.html", context)


@decider_form
def cell(request: HttpRequest, person_id: UUID, day: str) -> HttpResponseBase:
    """What one person works on one day: a fragment for the page's dialog, or a page of its own."""
    departments = departments_managed_by(request.user)
    people = Person.objects.filter(department__in=departments).select_related("department__site")
    person = get_object_or_404(people, pk=person_id)
    on = day_asked(day)
    assert on is not None  # the address always names one
    shifts = Shift.objects.filter(site=person.department.site, active=True)
    rows = list(RosterException.objects.filter(person=person, day=on))
    worked = [row.shift_id for row in rows if row.shift_id]
    form = DayForm(
        request.POST or None, shifts=shifts | Shift.objects.filter(pk__in=worked), initial=_today_is(rows)
    )
    if request.method == "POST" and form.is_valid():
        try:
            roster_exception_set(
                person=person, day=on, shifts=form.wanted, note=form.cleaned_data["note"], user=_user(request)
            )
        except FaceRosterError as error:
            tell_errors(form, error)
        else:
            return _back(request, person, on)
    plan = plans_of([person], first=on, last=on)[person.pk, on]
    context = {
        "tab": "grid",
        "form": form,
        "person": person,
        "day": on,
        "plan": plan,
        "weeks": request.GET.get("weeks", ""),
    }
    fragment = "HX-Request" in request.headers
    return render(request, "rosters/_cell.html" if fragment else "rosters/cell.html", context)


def _user(request: HttpRequest) -> Any:
    return request.user


def _today_is(rows: list[RosterException]) -> dict[str, Any]:
    if not rows:
        return {"how": DayForm.PATTERN}
    shifts = [row.shift_id for row in rows if row.shift_id]
    return {"how": DayForm.SHIFTS if shifts else DayForm.OFF, "shifts": shifts, "note": rows[0].note}


def _back(request: HttpRequest, person: Person, day: date) -> HttpResponse:
    weeks = request.GET.get("weeks", "")
    query = f"?department={person.department_id}&from={day:%Y-%m-%d}"
    query += f"&weeks={weeks}" if weeks in {str(n) for n in _WEEKS} else ""
    address = reverse("rosters:grid") + query
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
