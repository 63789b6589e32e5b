"""What the header of every page needs: where one may go, and which day it is at the sites."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from faceroster.emotions.regions import installation_lock
from faceroster.people.models import Person, Site
from faceroster.trust.guards import looks
from faceroster.trust.models import User
from faceroster.trust.rights import may

register = template.Library()


@dataclass(frozen=True)
class NavLink:
    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class SiteDate:
    date: date
    sites: str


def _looking(here: str) -> list[NavLink]:
    """The pages of attendance, for whoever looks at more than their own."""

    def link(label: str, name: str, *within: str) -> NavLink:
        return NavLink(label, reverse(name), here.startswith((name, *within)))

    links = [
        link(_("Today"), "reports:today", "reports:day"),
        link(_("Exceptions"), "reports:exceptions"),
        link(_("Offline entries"), "offline_entries:list", "offline_entries:"),
        link(_("Timesheets"), "reports:timesheets", "reports:timesheet", "reports:export"),
        link(_("Reports"), "reports:charts"),
        link(_("Rosters"), "rosters:grid", "rosters:"),
    ]
    if installation_lock() is None:
        links.append(link(_("Emotions"), "reports:emotions"))
    return links


@register.simple_tag(takes_context=True)
def nav_links(context: dict[str, Any]) -> list[NavLink]:
    """The header's links, by the role of who is signed in."""
    request, user = context["request"], context.get("user")
    if not isinstance(user, User):
        return []
    here = request.resolver_match.view_name if request.resolver_match else ""
    viewer = looks(user)
    links = _looking(here) if viewer else []
    if not viewer or Person.objects.filter(user=user).exists():
        links.append(NavLink(_("Me"), reverse("me:home"), here.startswith("me:")))
    if user.sees_everyone and user.is_staff:
        if admin.site.is_registered(Person):
            people = reverse("admin:people_person_changelist")
            links.append(NavLink(_("People"), people, here.startswith("enrollment:")))
        if may(user, "lab.use_lab"):
            links.append(NavLink(_("Lab"), reverse("lab:look"), here.startswith("lab:")))
        links.append(NavLink(_("Admin"), reverse("admin:index"), False))
    return links


@register.simple_tag(takes_context=True)
def site_dates(context: dict[str, Any]) -> list[SiteDate]:
    """Today's date at the sites that concern the user: one entry, or two when a date line lies between."""
    user = context.get("user")
    if not isinstance(user, User):
        return []
    sites = Site.objects.all()
    if not user.sees_everyone:
        sites = sites.filter(departments__managers=user).distinct()
    now, by_date = timezone.now(), dict[date, list[str]]()
    for site in sites:
        by_date.setdefault(now.astimezone(site.zone).date(), []).append(site.name)
    if len(by_date) <= 1:
        return [SiteDate(day, "") for day in by_date] or [SiteDate(now.date(), "")]
    return [SiteDate(day, ", ".join(names)) for day, names in sorted(by_date.items())]
