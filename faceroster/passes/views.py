"""Pages of PINs and badges: of a person for staff, and of oneself.

A PIN that was drawn and a badge that was issued are answers to the very request that made them, and stored
nowhere: there is no page that could show them again.
"""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from faceroster.core.errors import FaceRosterError
from faceroster.passes import services
from faceroster.passes.forms import OwnPinForm, PinForm
from faceroster.passes.models import Badge, Pin
from faceroster.passes.qr import qr_svg
from faceroster.people.models import Person
from faceroster.trust.models import User
from faceroster.trust.rights import needs

_RIGHT = "people.change_person"
_SHOWN = 20


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _person(person_id: UUID) -> Person:
    return get_object_or_404(Person.objects.select_related("department__site"), pk=person_id)


def _page(request: HttpRequest, person: Person, form: PinForm, **more: Any) -> HttpResponse:
    badges = Badge.objects.filter(person=person).select_related("issued_by", "revoked_by")[:_SHOWN]
    context = {
        "person": person,
        "zone": person.department.site.timezone,
        "form": form,
        "pin": Pin.objects.select_related("set_by").filter(person=person).first(),
        "badges": badges,
        "valid": any(badge.revoked_at is None for badge in badges),
        **more,
    }
    return render(request, "passes/person.html", context)


def _noted(request: HttpRequest, person: Person, what: str) -> None:
    """In the history of the person's page in the admin: who did what, and never what it was."""
    LogEntry.objects.log_actions(_user(request).pk, [person], CHANGE, what, single_object=True)


@require_safe
@never_cache
@needs(_RIGHT)
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """What ways in somebody has beside their face."""
    return _page(request, _person(person_id), PinForm())


@require_POST
@never_cache
@needs(_RIGHT)
def pin_set(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """Set the PIN that was typed, draw one and show it this once, or take it away."""
    whose, form = _person(person_id), PinForm(request.POST)
    if "clear" in request.POST:
        if services.pin_clear(person=whose):
            _noted(request, whose, "PIN taken away.")
            messages.success(request, _("%(name)s has no PIN any more.") % {"name": whose.name})
        return redirect("passes:person", whose.pk)
    if "draw" in request.POST:
        try:
            drawn = services.pin_draw(person=whose, user=_user(request))
        except FaceRosterError as error:
            messages.error(request, error.message)
            return redirect("passes:person", whose.pk)
        _noted(request, whose, "PIN set.")
        return _page(request, whose, PinForm(), drawn=drawn)
    if form.is_valid() and form.saved(services.pin_set, person=whose, user=_user(request)):
        _noted(request, whose, "PIN set.")
        messages.success(request, _("The PIN of %(name)s is set.") % {"name": whose.name})
        return redirect("passes:person", whose.pk)
    return _page(request, whose, form)


@require_POST
@never_cache
@needs(_RIGHT)
def badge_issue(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """A new badge, to be printed from this very answer."""
    whose = _person(person_id)
    try:
        badge, content = services.badge_issue(person=whose, user=_user(request))
    except FaceRosterError as error:
        messages.error(request, error.message)
        return redirect("passes:person", whose.pk)
    _noted(request, whose, "Badge issued.")
    # Drawn here, of nothing but our own random signs.
    code = mark_safe(qr_svg(content))  # noqa: S308
    context = {"person": whose, "badge": badge, "code": code, "zone": whose.department.site.timezone}
    return render(request, "passes/badge.html", context)


@require_POST
@needs(_RIGHT)
def badge_revoke(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    whose = _person(person_id)
    if services.badge_revoke(person=whose, user=_user(request)):
        _noted(request, whose, "Badge revoked.")
        messages.success(request, _("The badge of %(name)s is not valid any more.") % {"name": whose.name})
    return redirect("passes:person", whose.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def mine(request: HttpRequest) -> HttpResponseBase:
    """One's own PIN. The password is asked for again: a PIN outlives a screen that was left open."""
    whose = Person.objects.select_related("department__site").filter(user=_user(request)).first()
    if whose is None:
        return render(request, "me/nobody.html")
    form = OwnPinForm(request.POST or None, user=_user(request))
    sent = request.method == "POST" and form.is_valid()
    if sent and form.saved(services.pin_set, person=whose, user=_user(request)):
        messages.success(request, _("Your PIN is set. It holds at every kiosk from now on."))
        return redirect("passes:mine")
    pin = Pin.objects.filter(person=whose).first()
    badge = Badge.objects.filter(person=whose, revoked_at__isnull=True).first()
    context = {"person": whose, "zone": whose.department.site.timezone, "tab": "pin", "form": form}
    return render(request, "passes/mine.html", {**context, "pin": pin, "badge": badge})
