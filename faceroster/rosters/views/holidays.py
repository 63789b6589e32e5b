"""The holidays of a site."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from faceroster.core.errors import FaceRosterError
from faceroster.people.models import Site
from faceroster.people.selectors import sites_visible_to
from faceroster.rosters.access import attempt, editor_action, key_asked, tell_errors, viewer_page
from faceroster.rosters.clock import today_at
from faceroster.rosters.forms import CalendarForm, HolidayForm
from faceroster.rosters.models import HolidayCalendar
from faceroster.rosters.resting import Found, countries, subdivisions
from faceroster.rosters.services import holiday_calendar_set, holiday_set, holidays_import, holidays_preview
from faceroster.trust.rights import is_administrator

_YEARS = range(1990, 2101)


def _year_asked(text: str, fallback: int) -> int:
    if not text:
        return fallback
    if not text.isdecimal() or len(text) > 4 or int(text) not in _YEARS:
        raise Http404
    return int(text)


@viewer_page
def holidays(request: HttpRequest) -> HttpResponse:
    """A site's year, and what an import of it would do when ``preview`` is asked for."""
    sites = sites_visible_to(request.user)
    key = request.GET.get("site", "")
    site = get_object_or_404(sites, pk=key_asked(key)) if key else sites.first()
    if site is None:
        return render(request, "rosters/holidays.html", {"tab": "holidays"})
    return _page(request, site)


def _page(
    request: HttpRequest, site: Site, *, form: HolidayForm | None = None, status: int = 200
) -> HttpResponse:
    today = today_at(site)
    year = _year_asked(request.GET.get("year", ""), today.year)
    calendar = HolidayCalendar.objects.filter(site=site).first()
    may_edit = is_administrator(request.user)
    place = {"country": calendar.country, "subdivision": calendar.subdivision} if calendar else {}
    if request.GET.get("country") in countries():  # another country was chosen: its regions are wanted
        place = {"country": request.GET["country"], "subdivision": ""}
    context = {
        "tab": "holidays",
        "sites": sites_visible_to(request.user),
        "site": site,
        "year": year,
        "today": today,
        "holidays": site.holidays.filter(day__year=year),
        "calendar": calendar,
        "place": _place_name(calendar),
        "may_edit": may_edit,
        "place_form": CalendarForm(initial=place) if may_edit else None,
        "form": form or HolidayForm(),
        "preview": _preview(request, site, year) if may_edit and "preview" in request.GET else None,
        "first": request.GET.get("first", ""),
    }
    return render(request, "rosters/holidays.html", context, status=status)


def _place_name(calendar: HolidayCalendar | None) -> str:
    if calendar is None:
        return ""
    country = countries().get(calendar.country, calendar.country)
    region = calendar.subdivision and subdivisions(calendar.country).get(calendar.subdivision, "")
    return f"{country}, {region}" if region else country


def _preview(request: HttpRequest, site: Site, year: int) -> list[Found] | None:
    first = today_at(site) if request.GET.get("first") == "today" else None
    try:
        return holidays_preview(site=site, year=year, language=get_language() or "", first=first)
    except FaceRosterError as error:
        messages.error(request, error.message)
        return None


def _back(site: Site, year: int) -> HttpResponse:
    return redirect(f"{reverse('rosters:holidays')}?site={site.pk}&year={year}")


@editor_action
def calendar_choose(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Whose official holidays a site keeps; then shows what an import would do."""
    site = get_object_or_404(sites_visible_to(request.user), pk=site_id)
    country, subdivision = request.POST.get("country", ""), request.POST.get("subdivision", "")
    done = _("The calendar is chosen. Look at what it says, and import it.")
    given = {"site": site, "country": country, "subdivision": subdivision}
    year = _year_asked(request.POST.get("year", ""), today_at(site).year)
    response = _back(site, year)
    if attempt(request, done, holiday_calendar_set, **given):
        response["Location"] += "&preview=1"
    return response


@editor_action
def holidays_take(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Import a year."""
    site = get_object_or_404(sites_visible_to(request.user), pk=site_id)
    year = _year_asked(request.POST.get("year", ""), today_at(site).year)
    first = today_at(site) if request.POST.get("first") == "today" else None
    done = _("The holidays of %(year)s are imported.") % {"year": year}
    attempt(request, done, holidays_import, site=site, year=year, language=get_language() or "", first=first)
    return _back(site, year)


@editor_action
def holiday_add(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Enter one by hand."""
    site = get_object_or_404(sites_visible_to(request.user), pk=site_id)
    form = HolidayForm(request.POST)
    if not form.is_valid():
        return _page(request, site, form=form, status=400)
    try:
        holiday_set(site=site, day=form.cleaned_data["day"], name=form.cleaned_data["name"])
    except FaceRosterError as error:
        tell_errors(form, error)
        return _page(request, site, form=form, status=error.status)
    messages.success(request, _("The holiday is entered."))
    return _back(site, form.cleaned_data["day"].year)


@editor_action
def holiday_drop(request: HttpRequest, site_id: UUID, holiday_id: UUID) -> HttpResponse:
    """Work on one after all, or rest again on one that was dropped."""
    site = get_object_or_404(sites_visible_to(request.user), pk=site_id)
    row = get_object_or_404(site.holidays.all(), pk=holiday_id)
    drop = not row.dropped
    done = _("It is a day of work.") if drop else _("It is a holiday again.")
    attempt(request, done, holiday_set, site=site, day=row.day, dropped=drop)
    return _back(site, row.day.year)
