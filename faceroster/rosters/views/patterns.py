"""Patterns, and who follows them from when to when."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.core.errors import FaceRosterError
from faceroster.people.models import Person, Site
from faceroster.people.selectors import departments_managed_by, departments_visible_to, sites_visible_to
from faceroster.rosters.access import (
    attempt,
    day_asked,
    decider_action,
    decider_form,
    editor_form,
    tell_errors,
    viewer_page,
)
from faceroster.rosters.assigning import pattern_days
from faceroster.rosters.clock import today_at
from faceroster.rosters.forms import AssignmentForm, DayField, PatternForm
from faceroster.rosters.models import Assignment, Pattern, Shift
from faceroster.rosters.services import (
    assignment_create,
    assignment_end,
    assignment_remove,
    pattern_create,
    pattern_replace,
    pattern_set,
)
from faceroster.trust.rights import is_administrator

_LONGEST = 84


def _of_departments(departments: QuerySet[Any]) -> Q:
    return Q(department__in=departments) | Q(person__department__in=departments)


@viewer_page
def patterns(request: HttpRequest) -> HttpResponse:
    """Patterns with a picture of each, and who follows them now or later."""
    rows = Pattern.objects.filter(site__in=sites_visible_to(request.user)).select_related("site")
    found: list[dict[str, Any]] = []
    for pattern in rows.prefetch_related("shifts__shift"):
        days: list[list[Shift]] = [[] for _day in range(pattern.length)]
        for placed in pattern.shifts.all():
            if placed.day < pattern.length:
                days[placed.day].append(placed.shift)
        found.append({"pattern": pattern, "weeks": [days[n : n + 7] for n in range(0, pattern.length, 7)]})
    following = (
        Assignment.objects.filter(_of_departments(departments_visible_to(request.user)))
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gte=timezone.now().date()))
        .select_related("pattern__site", "person__department", "department__site")
        .order_by("department__name", "person__name", "starts_on")
    )
    managed = set(departments_managed_by(request.user).values_list("pk", flat=True))
    assignments = [
        {
            "row": row,
            "may_end": (row.department_id or (row.person and row.person.department_id)) in managed,
            "begun": row.starts_on <= today_at(row.pattern.site),
        }
        for row in following
    ]
    context = {
        "tab": "patterns",
        "patterns": found,
        "assignments": assignments,
        "other_sites": Site.objects.exclude(pk__in={entry["pattern"].site_id for entry in found}),
        "may_edit": is_administrator(request.user),
        "may_assign": bool(managed),
    }
    return render(request, "rosters/patterns.html", context)


def _days_asked(request: HttpRequest, fallback: int) -> int:
    """As many days as the form was shown with, or as many as are wanted now."""
    text = request.POST.get("days") or request.GET.get("days") or ""
    return int(text) if text.isdecimal() and 1 <= int(text) <= _LONGEST else fallback


class _ReplaceForm(PatternForm):
    starts_on = DayField(
        label=gettext_lazy("In force from"),
        required=False,
        help_text=gettext_lazy(
            "Needed once people have worked by this pattern. Then the old one ends for them."
        ),
    )

    field_order = ["name", "length", "starts_on"]


@editor_form
def pattern_new(request: HttpRequest, site_id: UUID) -> HttpResponseBase:
    site = get_object_or_404(Site, pk=site_id)
    shifts = list(site.shifts.filter(active=True))
    days = _days_asked(request, 7)
    form = PatternForm(request.POST or None, shifts=shifts, days=days, initial={"length": days})
    if request.method == "POST" and form.is_valid() and not _resized(form):
        data = form.cleaned_data
        try:
            pattern_create(site=site, name=data["name"], length=data["length"], days=form.chosen)
        except FaceRosterError as error:
            tell_errors(form, error)
        else:
            messages.success(request, _("The pattern is made."))
            return redirect("rosters:patterns")
    form = _with_days(form, PatternForm, shifts)
    return render(request, "rosters/pattern_form.html", {"tab": "patterns", "form": form, "site": site})


@editor_form
def pattern(request: HttpRequest, pattern_id: UUID) -> HttpResponseBase:
    """Change a pattern, from a day on if people have worked by it."""
    row = get_object_or_404(Pattern.objects.select_related("site"), pk=pattern_id)
    placed = pattern_days(row)
    used = {key for keys in placed.values() for key in keys}
    shifts = list(Shift.objects.filter(Q(site=row.site, active=True) | Q(pk__in=used)))
    initial: dict[str, Any] = {"name": row.name, "length": row.length}
    for day, keys in placed.items():
        initial |= {f"day_{day}_{place}": str(key) for place, key in enumerate(sorted(keys))}
    days = _days_asked(request, row.length)
    places = max(map(len, placed.values()), default=2)
    form: PatternForm = _ReplaceForm(
        request.POST or None, shifts=shifts, days=days, places=places, initial=initial
    )
    if request.method == "POST" and form.is_valid() and not _resized(form):
        data = form.cleaned_data
        given = {"name": data["name"], "length": data["length"], "days": form.chosen}
        try:
            if data["starts_on"]:
                pattern_replace(pattern=row, starts_on=data["starts_on"], **given)
            else:
                pattern_set(pattern=row, **given)
        except FaceRosterError as error:
            tell_errors(form, error)
        else:
            messages.success(request, _("The pattern is changed."))
            return redirect("rosters:patterns")
    form = _with_days(form, _ReplaceForm, shifts)
    context = {"tab": "patterns", "form": form, "site": row.site, "pattern": row}
    return render(request, "rosters/pattern_form.html", context)


def _resized(form: PatternForm) -> bool:
    """Whether more days are wanted than the form had fields for: it is shown again with them."""
    return bool(form.cleaned_data["length"] > form.days)


def _with_days(form: PatternForm, made: type[PatternForm], shifts: list[Shift]) -> PatternForm:
    if not form.is_bound or not form.is_valid() or not _resized(form):
        return form
    initial = {**form.initial, **form.cleaned_data}
    days, places = form.cleaned_data["length"], len(form.places)
    return made(shifts=shifts, days=days, places=places, initial=initial)


@decider_form
def assign(request: HttpRequest) -> HttpResponseBase:
    """Have a department or one of its people follow a pattern."""
    departments = departments_managed_by(request.user).order_by("name", "site__name")
    form = AssignmentForm(
        request.POST or None,
        departments=departments,
        people=Person.objects.filter(department__in=departments, active=True),
        patterns=Pattern.objects.filter(site__in=departments.values("site")).select_related("site"),
        initial={"starts_on": day_asked(request.GET.get("from", "")), "person": request.GET.get("person")},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            assignment_create(
                pattern=data["pattern"],
                starts_on=data["starts_on"],
                ends_on=data["ends_on"],
                user=request.user,  # type: ignore[arg-type]
                **form.target,
            )
        except FaceRosterError as error:
            tell_errors(form, error)
        else:
            messages.success(request, _("The pattern is assigned."))
            return redirect("rosters:patterns")
    return render(request, "rosters/assign.html", {"tab": "patterns", "form": form})


class _EndForm(forms.Form):
    ends_on = DayField()


@decider_action
def assignment_close(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """End an assignment on a day, or take one back that has not begun."""
    rows = Assignment.objects.filter(_of_departments(departments_managed_by(request.user)))
    row = get_object_or_404(rows.select_related("pattern__site"), pk=assignment_id)
    form = _EndForm(request.POST)
    if "remove" in request.POST:
        attempt(
            request, _("The assignment is taken back."), assignment_remove, assignment=row, user=request.user
        )
    elif form.is_valid():
        ends_on = form.cleaned_data["ends_on"]
        attempt(
            request,
            _("The assignment ends."),
            assignment_end,
            assignment=row,
            ends_on=ends_on,
            user=request.user,
        )
    else:
        messages.error(request, _("Say on which day it ends."))
    return redirect("rosters:patterns")
