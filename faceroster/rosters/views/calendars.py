"""A person's shifts ahead, and the calendar files of them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from faceroster.people.models import Person
from faceroster.people.selectors import departments_managed_by, people_visible_to
from faceroster.rosters.access import decider_action, viewer_page
from faceroster.rosters.clock import today_at
from faceroster.rosters.feeds import calendar_of, person_of_feed
from faceroster.rosters.models import CalendarFeed
from faceroster.rosters.plans import plans_of
from faceroster.rosters.services import calendar_feed_create, calendar_feed_revoke

_DAYS = 28


def _file(person: Person) -> HttpResponse:
    response = HttpResponse(calendar_of(person), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="shifts.ics"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar at an address that nobody can guess; who knows it need not sign in."""
    person = person_of_feed(secret)
    if person is None:
        raise Http404
    return _file(person)


@viewer_page
def download(request: HttpRequest, person_id: UUID) -> HttpResponse:
    return _file(get_object_or_404(people_visible_to(request.user), pk=person_id))


@viewer_page
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Somebody's next weeks, and the address of their calendar."""
    return _page(request, get_object_or_404(people_visible_to(request.user), pk=person_id))


def _page(request: HttpRequest, row: Person) -> HttpResponse:
    first = today_at(row.department.site)
    last = first + timedelta(days=_DAYS - 1)
    days = [(day, plan) for (_who, day), plan in plans_of([row], first=first, last=last).items()]
    context = {
        "tab": "grid",
        "person": row,
        "days": days,
        "feed": CalendarFeed.objects.filter(person=row).first(),
        "may_set": departments_managed_by(request.user).filter(pk=row.department_id).exists(),
    }
    return render(request, "rosters/person.html", context)


@decider_action
def feed_set(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A new address, told once, or none any more."""
    people = people_visible_to(request.user).filter(department__in=departments_managed_by(request.user))
    row = get_object_or_404(people, pk=person_id)
    if "revoke" in request.POST:
        calendar_feed_revoke(person=row)
        messages.success(request, _("The address does not work any more."))
    else:
        secret = calendar_feed_create(person=row)
        address = request.build_absolute_uri(reverse("rosters:feed", args=[secret]))
        text = _("The address of the calendar, which is shown only now: %(address)s")
        messages.success(request, text % {"address": address})
        # Shown here and now: carried over a redirect, it would lie in a cookie or a session.
        response = _page(request, row)
        response["Cache-Control"] = "private, no-store"
        return response
    return redirect("rosters:person", row.pk)
