"""One's own data, and the pages of those who hand it out and erase it."""

from __future__ import annotations

import json
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from faceroster.core.errors import FaceRosterError
from faceroster.me.access import person_only
from faceroster.people.models import Person
from faceroster.privacy.access import subject_access
from faceroster.privacy.asking import erasure_approve, erasure_ask, erasure_refuse
from faceroster.privacy.erasing import erased
from faceroster.privacy.models import Erasure, ErasureStatus
from faceroster.privacy.receipts import receipt_text
from faceroster.privacy.retention.rules import all_days
from faceroster.trust.models import User
from faceroster.trust.rights import needs

_ASK, _APPROVE = "privacy.add_erasure", "privacy.approve_erasure"
_HAND_OUT = "privacy.subject_access"
_SHOWN = 100


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _person(person_id: UUID) -> Person:
    return get_object_or_404(Person.objects.select_related("department__site", "user"), pk=person_id)


def _download(data: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(data, content_type="application/zip", headers=headers)


@require_POST
@person_only
def mine(request: HttpRequest, person: Person) -> HttpResponse:
    """One's own data, as the file that staff hand out."""
    data = subject_access(person=person, by=_user(request))
    return _download(data, f"faceroster-{timezone.now():%Y-%m-%d}.zip")


@require_safe
@needs(_ASK)
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    return _person_page(request, _person(person_id))


def _person_page(
    request: HttpRequest, person: Person, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "person": person,
        "erased": erased(person),
        "waiting": Erasure.objects.filter(person=person, status=ErasureStatus.WAITING).first(),
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "everything": "everything" in request.POST,
        "days": all_days(),
    }
    return render(request, "privacy/person.html", context, status=status)


@require_POST
@needs(_HAND_OUT)
def person_data(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """All that is stored about somebody, to hand to them."""
    person = _person(person_id)
    return _download(subject_access(person=person, by=_user(request)), f"{person.pk}.zip")


@require_POST
@needs(_ASK)
def erasure_new(request: HttpRequest, person_id: UUID) -> HttpResponse:
    person = _person(person_id)
    try:
        erasure_ask(
            person=person,
            user=_user(request),
            reason=request.POST.get("reason", ""),
            everything="everything" in request.POST,
        )
    except FaceRosterError as error:
        return _person_page(request, person, problem=error.message, status=error.status)
    messages.success(request, _("Asked for. Nothing is erased before somebody else approves."))
    return redirect("privacy:erasures")


@require_safe
@needs(_ASK)
def erasures(request: HttpRequest) -> HttpResponse:
    rows = Erasure.objects.select_related("person", "requested_by", "decided_by")
    context = {
        "waiting": rows.filter(status=ErasureStatus.WAITING),
        "done": rows.exclude(status=ErasureStatus.WAITING)[:_SHOWN],
        "may_approve": _user(request).has_perm(_APPROVE),
    }
    return render(request, "privacy/erasures.html", context)


@require_POST
@needs(_ASK)
def erasure_decide(request: HttpRequest, erasure_id: UUID) -> HttpResponse:
    """Approve, refuse, or take the own request back."""
    erasure, user = get_object_or_404(Erasure, pk=erasure_id), _user(request)
    approve = request.POST.get("verdict") == "approve"
    if not user.has_perm(_APPROVE) and (approve or erasure.requested_by_id != user.pk):
        raise PermissionDenied
    try:
        if approve:
            erasure = erasure_approve(erasure=erasure, user=user)
            messages.success(
                request, _("Erased. The person is now called %(label)s.") % {"label": erasure.label}
            )
        else:
            erasure_refuse(erasure=erasure, user=user)
            messages.success(request, _("Nothing is erased."))
    except FaceRosterError as error:
        messages.error(request, error.message)
    return redirect("privacy:erasures")


@require_safe
@needs(_ASK)
def receipt(request: HttpRequest, erasure_id: UUID) -> HttpResponse:
    """Signed: as text to read, or as JSON to check."""
    erasure = get_object_or_404(Erasure, pk=erasure_id, status=ErasureStatus.DONE)
    if request.GET.get("as") == "json":
        text, kind, end = (
            json.dumps(erasure.receipt, indent=2, ensure_ascii=False),
            "application/json",
            "json",
        )
    else:
        text, kind, end = receipt_text(erasure.receipt), "text/plain; charset=utf-8", "txt"
    headers = {"Content-Disposition": f'attachment; filename="erasure-{erasure.pk}.{end}"'}
    return HttpResponse(text, content_type=kind, headers=headers)
