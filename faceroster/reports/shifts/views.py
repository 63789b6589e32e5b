"""Rules of a shift since a day in the past: first what they would change, then what is to be done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from faceroster.core.errors import FaceRosterError, InvalidInput
from faceroster.reports.shifts.figures import people_of, totals_of
from faceroster.reports.shifts.selectors import LIMIT, Scope, closed_days, diffs_of, scope_of, waits
from faceroster.rosters.clock import today_at
from faceroster.rosters.drafts import draft_check, draft_read
from faceroster.rosters.forms import VersionForm
from faceroster.rosters.models import Shift, ShiftVersion
from faceroster.rosters.services import shift_version_add, shift_version_build
from faceroster.trust.guards import guarded
from faceroster.trust.rights import is_administrator

#: With more, days are shown of one person at a time.
_DAYS_AT_ONCE = 600


def _preview(request: HttpRequest, shift_id: UUID) -> HttpResponseBase:
    """What the values of ``values`` would change, for everybody or for one ``person``."""
    row, token = _shift(shift_id), request.GET.get("values", "")
    try:
        form = _form(request, row, token)
        draft_check(token, shift=row, user=_user(request))
        version = shift_version_build(
            shift=row,
            effective_from=form.cleaned_data["effective_from"],
            user=_user(request),
            **form.rules,
        )
        scope = scope_of(version)
    except FaceRosterError as error:
        return _back(request, row, token, error)
    context = _context(request, version, scope) | {"token": token, "back": urlencode({"values": token})}
    return render(request, "reports/shifts/preview.html", context)


def _apply(request: HttpRequest, shift_id: UUID) -> HttpResponseBase:
    """Store the version since its day in the past (``how`` is ``old``), or from today on (``today``)."""
    row, token = _shift(shift_id), request.POST.get("values", "")
    old = request.POST.get("how") == "old"
    try:
        form = _form(request, row, token)
        draft_check(token, shift=row, user=_user(request))
        day = form.cleaned_data["effective_from"] if old else today_at(row.site)
        if not old and request.POST.get("how") != "today":
            raise InvalidInput("shift.how", _("Say whether old days are to change."))
        if old:
            _refuse_unseen(row, form)
        shift_version_add(shift=row, effective_from=day, user=_user(request), retroactive=old, **form.rules)
    except FaceRosterError as error:
        return _back(request, row, token, error)
    done = _("The shift is changed.")
    if old:
        done = _("The shift is changed. Its old days are being computed anew.")
    messages.success(request, done)
    return redirect("rosters:shift", row.pk)


preview = require_safe(guarded(_preview, is_administrator))
apply = require_POST(guarded(_apply, is_administrator))


def _refuse_unseen(row: Shift, form: VersionForm) -> None:
    """Nobody stores what the page would not show."""
    version = ShiftVersion(shift=row, effective_from=form.cleaned_data["effective_from"])
    if scope_of(version).too_many:
        raise InvalidInput("shift.too_many", _("That is too many days to change at once."))


def _context(request: HttpRequest, version: ShiftVersion, scope: Scope) -> dict[str, Any]:
    context = {
        "tab": "shifts",
        "shift": version.shift,
        "version": version,
        "scope": scope,
        "limit": LIMIT,
        "today": today_at(version.shift.site),
    }
    if scope.too_many:
        return context
    diffs = diffs_of(version, scope)
    people = {str(diff.person.pk) for diff in diffs}
    chosen = request.GET.get("person", "")
    if chosen in people:
        shown = [diff for diff in diffs if str(diff.person.pk) == chosen]
    else:
        shown, chosen = diffs, ""
    with_days = bool(chosen) or len(diffs) <= _DAYS_AT_ONCE
    return context | {
        "chosen": chosen,
        "days": len(diffs),
        "people_count": len(people),
        "totals": totals_of(diffs),
        "people": people_of(shown, with_days=with_days),
        "with_days": with_days,
        "closed": closed_days(scope),
        "waits": waits(scope),
    }


def _shift(shift_id: UUID) -> Shift:
    return get_object_or_404(Shift.objects.select_related("site"), pk=shift_id)


def _form(request: HttpRequest, row: Shift, token: str) -> VersionForm:
    """The form as it was filled in, checked again."""
    form = VersionForm(draft_read(token, shift=row, user=_user(request)))
    if not form.is_valid():
        raise InvalidInput("draft.invalid", _("These values can no longer be used."))
    return form


def _back(request: HttpRequest, row: Shift, token: str, error: FaceRosterError) -> HttpResponseRedirect:
    """To the form, with what was filled in as far as it can be read."""
    messages.error(request, error.message)
    kept = "" if error.code == "draft.invalid" else "?" + urlencode({"values": token})
    return redirect(reverse("rosters:shift", args=[row.pk]) + kept)


def _user(request: HttpRequest) -> Any:
    return request.user
