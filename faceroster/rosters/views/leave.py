"""Leave: what waits for an answer, who is away when, and entering it for somebody."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from faceroster.core.errors import FaceRosterError
from faceroster.people.models import Department, Person
from faceroster.people.selectors import departments_managed_by, departments_visible_to, people_visible_to
from faceroster.rosters.access import (
    attempt,
    day_asked,
    decider_action,
    decider_form,
    key_asked,
    tell_errors,
    viewer_page,
)
from faceroster.rosters.balances import days_taken, leave_balances
from faceroster.rosters.forms import LeaveForm
from faceroster.rosters.models import LeaveRequest, LeaveStatus
from faceroster.rosters.plans import plans_of
from faceroster.rosters.services import leave_decide, leave_enter, leave_withdraw

_MOST = 200  # rows on a page


@dataclass(frozen=True, slots=True)
class Entry:
    leave: LeaveRequest
    days: Decimal
    left: Decimal | None  # of its kind in its year, with this one taken off; None without a limit
    may: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """A person's month: for each day its leave, whether it is worked, and what shows so."""

    person: Person
    days: list[tuple[date, LeaveRequest | None, bool]]


def _rows(departments: QuerySet[Department]) -> QuerySet[LeaveRequest]:
    rows = LeaveRequest.objects.filter(person__department__in=departments)
    return rows.select_related("person__department__site", "kind", "decided_by")


def _entries(rows: list[LeaveRequest], user: Any, *, counted: bool) -> list[Entry]:
    """``counted``: with the days that each takes and what is then left, which takes some queries."""
    managed = set(departments_managed_by(user).values_list("pk", flat=True))
    days = days_taken(rows) if counted else {}
    left: dict[tuple[UUID, UUID, int], Decimal | None] = {}
    for year in {row.first.year for row in rows} if counted else ():
        of_year = [row for row in rows if row.first.year == year]
        people = list({row.person_id: row.person for row in of_year}.values())
        kinds = list({row.kind_id: row.kind for row in of_year}.values())
        for (person, kind), balance in leave_balances(people, kinds, year).items():
            left[person, kind, year] = balance.left
    return [
        Entry(
            leave=row,
            days=sum(days.get(row.pk, {}).values(), Decimal(0)),
            left=left.get((row.person_id, row.kind_id, row.first.year)),
            may=row.person.department_id in managed and row.person.user_id != user.pk,
        )
        for row in rows
    ]


@viewer_page
def leave(request: HttpRequest) -> HttpResponse:
    """Requests that wait first, then a month of who is away, then what was decided."""
    departments = departments_visible_to(request.user).order_by("name", "site__name")
    key = request.GET.get("department", "")
    department = get_object_or_404(departments, pk=key_asked(key)) if key not in ("", "all") else None
    shown = departments.filter(pk=department.pk) if department else departments
    rows = _rows(shown)
    waiting = rows.filter(status=LeaveStatus.REQUESTED).order_by("first", "created_at")[:_MOST]
    decided = rows.exclude(status=LeaveStatus.REQUESTED).order_by("-decided_at", "-created_at")[:30]
    asked = request.GET.get("month", "")
    month = day_asked(f"{asked}-01" if asked else "") or timezone.now().date().replace(day=1)
    context = {
        "tab": "leave",
        "departments": departments,
        "department": department,
        "waiting": _entries(list(waiting), request.user, counted=True),
        "decided": _entries(list(decided), request.user, counted=False),
        "month": month,
        "month_days": _month(month),
        "previous": (month - timedelta(days=1)).replace(day=1),
        "next": _month(month)[-1] + timedelta(days=1),
        "strips": _strips(rows, month),
        "may_enter": departments_managed_by(request.user).exists(),
    }
    return render(request, "rosters/leave.html", context)


def _month(first: date) -> list[date]:
    return [first.replace(day=n + 1) for n in range(monthrange(first.year, first.month)[1])]


def _strips(rows: QuerySet[LeaveRequest], month: date) -> list[Strip]:
    days = _month(month)
    away = rows.filter(
        status__in=(LeaveStatus.APPROVED, LeaveStatus.REQUESTED), first__lte=days[-1], last__gte=days[0]
    ).order_by("person__name", "first")
    by_person: dict[UUID, list[LeaveRequest]] = {}
    for row in away[:_MOST]:
        by_person.setdefault(row.person_id, []).append(row)
    people = [own[0].person for own in by_person.values()]
    plans = plans_of(people, first=days[0], last=days[-1])
    strips = []
    for person in people:
        own = by_person[person.pk]
        found = [next((row for row in own if row.first <= day <= row.last), None) for day in days]
        worked = [plans[person.pk, day].worked for day in days]
        strips.append(Strip(person, list(zip(days, found, worked, strict=True))))
    return strips


@decider_action
def decide(request: HttpRequest) -> HttpResponse:
    """Approve or refuse: one request by the button in its row, or all that are ticked."""
    verdict, _sep, one = request.POST.get("verdict", "").partition(":")
    if verdict not in ("approve", "refuse"):
        raise Http404
    keys = [key_asked(key) for key in ([one] if one else request.POST.getlist("leave"))]
    rows = list(_rows(departments_managed_by(request.user)).filter(pk__in=keys).order_by("first"))
    if len(rows) != len(set(keys)):
        raise Http404
    done, answer = 0, request.POST.get("answer", "")
    for row in rows:
        try:
            leave_decide(leave=row, user=_user(request), approved=verdict == "approve", answer=answer)
        except FaceRosterError as error:
            messages.error(request, f"{row.person.name}: {error.message}")
        else:
            done += 1
    _say(request, done, verdict == "approve", bool(rows))
    department = request.POST.get("department", "")
    return redirect(reverse("rosters:leave") + (f"?department={key_asked(department)}" if department else ""))


def _say(request: HttpRequest, done: int, approved: bool, any_chosen: bool) -> None:
    if not any_chosen:
        messages.warning(request, _("Tick the requests first."))
    elif done and approved:
        text = ngettext("%(count)s request approved.", "%(count)s requests approved.", done)
        messages.success(request, text % {"count": done})
    elif done:
        text = ngettext("%(count)s request refused.", "%(count)s requests refused.", done)
        messages.success(request, text % {"count": done})


@decider_form
def enter(request: HttpRequest) -> HttpResponseBase:
    """Enter leave for somebody, approved as it is entered."""
    people = people_visible_to(request.user).filter(department__in=departments_managed_by(request.user))
    initial = {"person": request.GET.get("person"), "first": day_asked(request.GET.get("first", ""))}
    form = LeaveForm(request.POST or None, people=people.filter(active=True), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            leave_enter(user=_user(request), **form.asked)
        except FaceRosterError as error:
            tell_errors(form, error)
        else:
            messages.success(request, _("The leave is entered."))
            return redirect("rosters:leave")
    return render(request, "rosters/leave_form.html", {"tab": "leave", "form": form})


@decider_action
def withdraw(request: HttpRequest, leave_id: UUID) -> HttpResponse:
    """Take leave of somebody back."""
    row = get_object_or_404(_rows(departments_managed_by(request.user)), pk=leave_id)
    if row.person.user_id == _user(request).pk:
        raise Http404
    attempt(request, _("The leave is taken back."), leave_withdraw, leave=row, user=_user(request))
    return redirect("rosters:leave")


def _user(request: HttpRequest) -> Any:
    return request.user
