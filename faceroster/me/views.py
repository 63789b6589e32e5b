"""Self service: what people see of themselves, and what they ask for.

Everything starts from the person who is signed in. What belongs to somebody else answers 404, as an address
that was made up does.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from faceroster.attendance.days import working_day
from faceroster.attendance.guards import closed_error, closed_period
from faceroster.attendance.models import Correction, CorrectionKind, Period, Punch
from faceroster.consents.selectors import state_of, text_current
from faceroster.consents.services import consent_withdraw
from faceroster.core.errors import FaceRosterError
from faceroster.me.access import person_of, person_only
from faceroster.me.days import Stamp, days_of, month_end, month_of, stamps_of, sums_of
from faceroster.me.forms import CorrectionForm, LeaveForm
from faceroster.me.overview import balances_of, corrections_of, leave_of, overview_of, stored_about
from faceroster.notices.choices import address_of, choices_of, choices_set
from faceroster.people.models import Person
from faceroster.rosters.feeds import calendar_of
from faceroster.rosters.models import CalendarFeed, LeaveRequest
from faceroster.rosters.services import calendar_feed_create, calendar_feed_revoke, leave_withdraw
from faceroster.trust.models import User

_YEARS = range(1990, 2200)
_SHOWN = 100


def _today(person: Person) -> date:
    return working_day(timezone.now(), person.department.site)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _context(person: Person, tab: str, **more: Any) -> dict[str, Any]:
    return {"person": person, "tab": tab, "zone": person.department.site.timezone, **more}


@require_safe
@person_only
def home(request: HttpRequest, person: Person) -> HttpResponse:
    """Now, this week, this month, and what is ahead."""
    seen = overview_of(person, moment=timezone.now())
    return render(request, "me/home.html", _context(person, "home", seen=seen))


@require_safe
@person_only
def days(request: HttpRequest, person: Person) -> HttpResponse:
    """One month, day by day, with every punch."""
    today = _today(person)
    first = month_of(request.GET.get("month", ""), today)
    if first is None:
        raise Http404
    last = month_end(first)
    shown = days_of(person, first=first, last=min(last, max(today, first)))
    context = _context(
        person,
        "days",
        first=first,
        days=[] if first > today else shown,
        sums=sums_of(day.row for day in shown if day.row is not None),
        balance=shown[0].balance if shown else 0,
        previous=first - timedelta(days=1),
        next=last + timedelta(days=1) if last < today else None,
        today=today,
        closed=_closed_in(person, first),
    )
    return render(request, "me/days.html", context)


def _closed_in(person: Person, first: date) -> Period | None:
    return closed_period(person, {first})


@require_safe
@person_only
def corrections(request: HttpRequest, person: Person) -> HttpResponse:
    """What was asked for, waiting and decided."""
    rows = list(corrections_of(person)[:_SHOWN])
    context = _context(
        person,
        "corrections",
        waiting=[row for row in rows if not hasattr(row, "verdict")],
        decided=[row for row in rows if hasattr(row, "verdict")],
    )
    return render(request, "me/corrections.html", context)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def _asked_day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if day.year not in _YEARS:
        raise Http404
    return day


def _stamp(request: HttpRequest, person: Person) -> tuple[Stamp, date] | None:
    """The punch, or the correction that added one, that the address names: of this person, or 404."""
    if punch_id := request.GET.get("punch"):
        punch = get_object_or_404(Punch.objects.select_related("site"), pk=_uuid(punch_id), person=person)
        about = Correction.objects.filter(person=person, punch=punch)
        punches = [punch]
    elif added_id := request.GET.get("added"):
        counting = Correction.objects.filter(kind=CorrectionKind.ADD, verdict__approved=True)
        added = get_object_or_404(counting, pk=_uuid(added_id), person=person)
        about = Correction.objects.filter(person=person, pk=added.pk) | Correction.objects.filter(added=added)
        punches = []
    else:
        return None
    [(stamp, day)] = stamps_of(punches, list(about.select_related("verdict")))
    return stamp, day


@require_http_methods(["GET", "HEAD", "POST"])
@person_only
def correction_new(request: HttpRequest, person: Person) -> HttpResponse:
    """Ask for a correction: of a punch that the address names, or for one that is missing."""
    found, day = _stamp(request, person), _asked_day(request.GET.get("day", ""))
    stamp = found[0] if found else None
    day = day or (found[1] if found else None)
    closed = closed_period(person, {day}) if day else None
    initial = {
        "date": stamp.at.date() if stamp else day or _today(person),
        "time": stamp.at.time() if stamp else None,
        "direction": stamp.direction if stamp else request.GET.get("direction", ""),
    }
    data = request.POST if request.method == "POST" else None
    form = CorrectionForm(data, person=person, day=day, stamp=stamp, initial=initial)
    if request.method == "POST" and form.request(_user(request)) is not None:
        messages.success(request, _("Your correction is on its way. You see here when it is decided."))
        return redirect("me:corrections")
    form.described()
    context = _context(
        person,
        "corrections",
        form=form,
        stamp=stamp,
        day=day,
        closed=closed_error(closed).message if closed else "",
    )
    return render(request, "me/correction_new.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@person_only
def leave(request: HttpRequest, person: Person) -> HttpResponse:
    """What is left of each kind, what was asked for, and asking for more."""
    form = LeaveForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.request(_user(request)):
        messages.success(request, _("Your leave waits for an answer now."))
        return redirect("me:leave")
    form.described()
    year = _today(person).year
    context = _context(
        person,
        "leave",
        form=form,
        year=year,
        balances=balances_of(person, year),
        requests=leave_of(person)[:_SHOWN],
        today=_today(person),
    )
    return render(request, "me/leave.html", context, status=400 if form.errors else 200)


@require_POST
@person_only
def leave_take_back(request: HttpRequest, person: Person, leave_id: UUID) -> HttpResponse:
    row = get_object_or_404(LeaveRequest, pk=leave_id, person=person)
    try:
        leave_withdraw(leave=row, user=_user(request))
    except FaceRosterError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Your leave is withdrawn."))
    return redirect("me:leave")


@require_http_methods(["GET", "HEAD", "POST"])
@person_only
def calendar(request: HttpRequest, person: Person) -> HttpResponse:
    """The address of the person's own calendar of shifts: made here, and told once."""
    address = ""
    if "revoke" in request.POST:
        calendar_feed_revoke(person=person)
        messages.success(request, _("The address does not work any more."))
    elif request.method == "POST":
        secret = calendar_feed_create(person=person)
        address = request.build_absolute_uri(reverse("rosters:feed", args=[secret]))
    feed = CalendarFeed.objects.filter(person=person).first()
    response = render(request, "me/calendar.html", _context(person, "home", feed=feed, address=address))
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@person_only
def calendar_file(request: HttpRequest, person: Person) -> HttpResponse:
    """Shifts, holidays and leave as they are now."""
    response = HttpResponse(calendar_of(person), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="shifts.ics"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@person_only
def data(request: HttpRequest, person: Person) -> HttpResponse:
    """What is stored about the person, in numbers."""
    consent = state_of(person)
    shown = (consent.consent or consent.last) if consent.last is not None else None
    context = _context(
        person,
        "data",
        stored=stored_about(person),
        state=consent,
        text=shown.text if shown is not None and shown.text is not None else text_current(get_language()),
    )
    return render(request, "me/data.html", context)


@require_POST
@person_only
def consent_take_back(request: HttpRequest, person: Person) -> HttpResponse:
    """Their face is recognised no more, from now on; nobody is asked, and no reason either."""
    try:
        consent_withdraw(person=person, user=_user(request))
    except FaceRosterError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Your consent is withdrawn. No kiosk recognises your face any more."))
    return redirect("me:data")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """Which mails somebody gets. For managers and administrators too, whether they are a person or not."""
    user = _user(request)
    if request.method == "POST":
        choices_set(user=user, on=request.POST.getlist("on"))
        messages.success(request, _("Your choice is stored."))
        return redirect("me:notices")
    context = {
        "person": person_of(user),
        "tab": "notices",
        "choices": choices_of(user),
        "address": address_of(user),
    }
    return render(request, "me/notices.html", context)
