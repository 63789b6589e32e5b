"""One person's day, and what those who decide can do about it there: correct, excuse, approve, refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.attendance.corrections import correction_decide, correction_make
from faceroster.attendance.models import Correction, CorrectionKind, Punch
from faceroster.attendance.resolutions import finding_resolve
from faceroster.core.errors import FaceRosterError, InvalidInput
from faceroster.people.models import Person
from faceroster.people.selectors import departments_managed_by, people_visible_to
from faceroster.reports.access import decider_only, viewer_only
from faceroster.reports.today.day import EXCUSABLE, PersonDay, person_day_for
from faceroster.reports.today.moments import day_of, instant_of
from faceroster.trust.models import User


@dataclass(frozen=True)
class Problem:
    """Why a form was refused. ``form`` names it, so that the reason stands where it was sent from."""

    form: str
    code: str
    message: str
    given: dict[str, Any]


def _is_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _answer(
    request: HttpRequest, person: Person, day: date, problem: Problem | None = None, status: int = 200
) -> HttpResponse:
    """The day as a page, or as the part of one: that with status 200, or it would not be swapped in."""
    sheet = person_day_for(request.user, person=person, day=day, now=timezone.now())
    if problem is not None and problem.form not in _forms(sheet):
        problem = replace(problem, form="page")  # its form is gone: it is said on top
    fragment = _is_fragment(request)
    template = "reports/today/_day.html" if fragment else "reports/today/day.html"
    context = {"sheet": sheet, "problem": problem}
    response = render(request, template, context, status=200 if fragment else status)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "HX-Request"
    return response


def _forms(sheet: PersonDay) -> set[str]:
    """The names of the forms on the page."""
    if not sheet.decides:
        return set()
    forms = {str(correction.pk) for correction in sheet.waiting}
    if not sheet.closed:
        done = [line for line in sheet.lines if line.state not in ("waiting", "refused")]
        forms |= {"add", *(f"{way}-{line.key}" for line in done for way in ("change", "void"))}
        forms |= {"excuse"} if sheet.excusable else set()
    return forms


@viewer_only
def today_day(request: HttpRequest, person_id: UUID, day: str) -> HttpResponse:
    """A person's day, with how each punch was decided and why its figures are what they are."""
    person = get_object_or_404(people_visible_to(request.user), pk=person_id)
    return _answer(request, person, day_of(day))


def _managed(request: HttpRequest, person_id: UUID) -> Person:
    people = Person.objects.filter(department__in=departments_managed_by(request.user))
    return get_object_or_404(people.select_related("department__site"), pk=person_id)


def _act(request: HttpRequest, person: Person, day: date, action: Callable[[], Any]) -> HttpResponse:
    """Do it, and show the day as it is then; or why not, at the form that it came from."""
    try:
        action()
    except FaceRosterError as error:
        given: dict[str, Any] = {name: request.POST.get(name, "") for name in ("at", "direction", "reason")}
        given["finding"] = request.POST.getlist("finding")
        problem = Problem(request.POST.get("form", ""), error.code, error.message, given)
        return _answer(request, person, day, problem, error.status)
    if _is_fragment(request):
        return _answer(request, person, day)
    return redirect("reports:today_day", person.pk, day)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()


def _target(person: Person, key: str) -> dict[str, Punch | Correction]:
    """What ``key`` names: ``punch-<id>`` or ``added-<id>``, of this person."""
    kind, _dash, text = key.partition("-")
    try:
        wanted = UUID(text)
    except ValueError:
        raise Http404 from None
    if kind == "punch":
        return {"punch": get_object_or_404(Punch, pk=wanted, person=person)}
    additions = Correction.objects.filter(kind=CorrectionKind.ADD, person=person)
    return {"added": get_object_or_404(additions, pk=wanted)}


def _asked(request: HttpRequest, person: Person) -> dict[str, Any]:
    """The correction that a form describes, as ``correction_make`` takes it."""
    asked = request.POST
    kind, site = asked.get("kind", ""), person.department.site
    if kind == CorrectionKind.ADD:
        at = instant_of(asked.get("at", ""), site.timezone)
        return {"kind": kind, "at": at, "direction": asked.get("direction", ""), "site": site}
    target = _target(person, asked.get("target", ""))
    if kind == CorrectionKind.VOID:
        return {"kind": kind, **target}
    return {"kind": CorrectionKind.CHANGE, **target, **_changed(request)}


def _changed(request: HttpRequest) -> dict[str, Any]:
    """Only what is other than the form showed: a time to the minute must not take a punch's seconds away."""
    asked = request.POST
    changed: dict[str, Any] = {}
    if asked.get("at") != asked.get("shown_at"):
        changed["at"] = instant_of(asked.get("at", ""), asked.get("zone", ""))
    if asked.get("direction") != asked.get("shown_direction"):
        changed["direction"] = asked.get("direction", "")
    return changed


@decider_only
def today_correct(request: HttpRequest, person_id: UUID, day: str) -> HttpResponse:
    """Add a missing punch, or say that one does not count or was otherwise."""
    person, on = _managed(request, person_id), day_of(day)

    def correct() -> None:
        correction_make(
            person=person, day=on, user=_user(request), reason=_reason(request), **_asked(request, person)
        )

    return _act(request, person, on, correct)


@decider_only
def today_excuse(request: HttpRequest, person_id: UUID, day: str) -> HttpResponse:
    """Settle lateness, leaving early or absence of that day, with a reason."""
    person, on = _managed(request, person_id), day_of(day)
    findings = [finding for finding in EXCUSABLE if finding.value in request.POST.getlist("finding")]

    @transaction.atomic  # all that was chosen, or nothing
    def excuse() -> None:
        if not findings:
            raise InvalidInput("finding.none_chosen", _("Please choose what is excused."))
        for finding in findings:
            finding_resolve(
                finding=finding, day=on, reason=_reason(request), user=_user(request), person=person
            )

    return _act(request, person, on, excuse)


@decider_only
def today_verdict(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """Approve or refuse a correction that somebody asked for."""
    corrections = Correction.objects.filter(person__department__in=departments_managed_by(request.user))
    correction = get_object_or_404(corrections.select_related("person__department__site"), pk=correction_id)
    approved = request.POST.get("verdict") == "approve"

    def decide() -> None:
        correction_decide(
            correction=correction, user=_user(request), approved=approved, note=_reason(request)
        )

    return _act(request, correction.person, correction.day, decide)
