"""Shifts and a site's policy: lists for all who look, forms for administrators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from faceroster.core.errors import FaceRosterError
from faceroster.people.selectors import sites_visible_to
from faceroster.rosters.access import editor_form, tell_errors, viewer_page
from faceroster.rosters.clock import today_at
from faceroster.rosters.drafts import draft_read, draft_sign
from faceroster.rosters.forms import NewShiftForm, PolicyForm, ShiftForm, VersionForm, initial_of
from faceroster.rosters.models import Policy, Shift, ShiftVersion
from faceroster.rosters.services import policy_add, shift_create, shift_update, shift_version_add
from faceroster.rosters.shifts import POLICY_RULES, RULES, shift_version_on
from faceroster.trust.rights import is_administrator


def _in_force(shift: Shift) -> ShiftVersion | None:
    """Of the versions fetched along: the one of today, else the first that comes."""
    versions: list[ShiftVersion] = list(shift.versions.all())
    today = today_at(shift.site)
    past = [version for version in versions if version.effective_from <= today]
    return past[-1] if past else next(iter(versions), None)


@viewer_page
def shifts(request: HttpRequest) -> HttpResponse:
    """All shifts with their rules of today."""
    versions = Prefetch("versions", ShiftVersion.objects.order_by("effective_from", "number"))
    rows = Shift.objects.filter(site__in=sites_visible_to(request.user)).select_related("site")
    found = []
    for shift in rows.prefetch_related(versions).order_by("-active", "site__name", "name"):
        today = today_at(shift.site)
        coming = [version for version in shift.versions.all() if version.effective_from > today]
        found.append({"shift": shift, "version": _in_force(shift), "coming": coming[:1]})
    context = {"tab": "shifts", "shifts": found, "may_edit": is_administrator(request.user)}
    return render(request, "rosters/shifts.html", context)


@editor_form
def shift_new(request: HttpRequest) -> HttpResponseBase:
    form = NewShiftForm(request.POST or None, initial={"effective_from": timezone.now().date()})
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("site", "name", "colour", "effective_from")}
        try:
            shift_create(user=_user(request), **given, **form.rules)
        except FaceRosterError as error:
            tell_errors(form, error)
        else:
            messages.success(request, _("The shift is made."))
            return redirect("rosters:shifts")
    return render(request, "rosters/shift_form.html", {"tab": "shifts", "form": form})


@editor_form
def shift(request: HttpRequest, shift_id: UUID) -> HttpResponseBase:
    """A shift: its name and colour, a new version of its rules, and the versions so far."""
    row = get_object_or_404(Shift.objects.select_related("site"), pk=shift_id)
    today = today_at(row.site)
    before = shift_version_on(row, today) or row.versions.order_by("effective_from", "number").first()
    about = "about" in request.POST
    named = ShiftForm(request.POST if about else None, instance=row)
    form = VersionForm(
        request.POST if request.POST and not about else None,
        initial=_kept(request, row) or initial_of(before, RULES, today),
    )
    if request.method == "POST":
        onward = _rename(request, row, named) if about else _new_version(request, row, form)
        if onward is not None:
            return onward
    context = {
        "tab": "shifts",
        "form": form,
        "named": named,
        "shift": Shift.objects.select_related("site").get(pk=row.pk),
        "versions": row.versions.select_related("made_by").order_by("-effective_from", "-number"),
        "in_force": before,
    }
    return render(request, "rosters/shift.html", context)


def _kept(request: HttpRequest, row: Shift) -> dict[str, Any]:
    """What had been filled in before somebody came back from looking at what it would change."""
    if not (token := request.GET.get("values", "")):
        return {}
    try:
        values = draft_read(token, shift=row, user=_user(request))
    except FaceRosterError as error:
        messages.error(request, error.message)
        return {}
    return {name: values.get(name, "") for name in ("effective_from", *RULES)}


def _rename(request: HttpRequest, row: Shift, form: ShiftForm) -> HttpResponseBase | None:
    if not form.is_valid():
        return None
    try:
        shift_update(shift=row, **form.cleaned_data)
    except FaceRosterError as error:
        tell_errors(form, error)
        return None
    messages.success(request, _("The shift is changed."))
    return redirect("rosters:shift", row.pk)


def _new_version(request: HttpRequest, row: Shift, form: VersionForm) -> HttpResponseBase | None:
    """Where to go next: for a day in the past to the page that shows first what would change."""
    if not form.is_valid():
        return None
    day, user = form.cleaned_data["effective_from"], _user(request)
    try:
        shift_version_add(shift=row, effective_from=day, user=user, **form.rules)
    except FaceRosterError as error:
        if error.code == "shift.past":
            values = draft_sign(shift=row, form=form, user=user)
            address = reverse("reports:shift_preview", args=[row.pk])
            return redirect(f"{address}?{urlencode({'values': values})}")
        tell_errors(form, error)
        return None
    messages.success(request, _("The shift is changed."))
    return redirect("rosters:shift", row.pk)


@viewer_page
def policies(request: HttpRequest) -> HttpResponse:
    """What holds at each site."""
    sites = sites_visible_to(request.user).prefetch_related(
        Prefetch("policies", Policy.objects.order_by("-effective_from", "-number"))
    )
    found = []
    for site in sites:
        today = today_at(site)
        rows: list[Policy] = list(site.policies.all())
        found.append(
            {
                "site": site,
                "policy": next((row for row in rows if row.effective_from <= today), None),
                "coming": [row for row in rows if row.effective_from > today][-1:],
            }
        )
    context = {"tab": "policies", "sites": found, "may_edit": is_administrator(request.user)}
    return render(request, "rosters/policies.html", context)


@editor_form
def policy(request: HttpRequest, site_id: UUID) -> HttpResponseBase:
    """A new policy of a site from a day on."""
    site = get_object_or_404(sites_visible_to(request.user), pk=site_id)
    rows = list(site.policies.order_by("-effective_from", "-number"))
    today = today_at(site)
    before = next((row for row in rows if row.effective_from <= today), None)
    form = PolicyForm(request.POST or None, initial=initial_of(before, POLICY_RULES, today))
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["effective_from"]
        try:
            policy_add(site=site, effective_from=day, user=_user(request), **form.rules)
        except FaceRosterError as error:
            tell_errors(form, error)
        else:
            messages.success(request, _("The policy is changed."))
            return redirect("rosters:policies")
    context = {"tab": "policies", "form": form, "site": site, "policies": rows}
    return render(request, "rosters/policy.html", context)


def _user(request: HttpRequest) -> Any:
    return request.user
