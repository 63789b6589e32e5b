"""The days on which a site rests: official ones from the ``holidays`` library, and others by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

import holidays as library
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from faceroster.core.errors import InvalidInput
from faceroster.people.models import Site
from faceroster.rosters.models import Holiday, HolidayCalendar, HolidaySource
from faceroster.rosters.shifts import checked
from faceroster.rosters.signals import plan_changed

_YEARS = range(1990, 2101)

Fate = Literal["new", "same", "renamed", "by_hand", "dropped", "gone"]


@dataclass(frozen=True, slots=True)
class Found:
    """One day of an import before it happens. ``fate``: what would become of it."""

    day: date
    name: str
    fate: Fate


@cache
def countries() -> dict[str, str]:
    """Countries with a calendar: name by code, in order of their names."""
    names = {
        entry[1]: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", entry[0])
        for entry in library.registry.COUNTRIES.values()
    }
    known = library.list_supported_countries(include_aliases=False)
    return dict(sorted(((code, names.get(code, code)) for code in known), key=lambda item: item[1]))


@cache
def subdivisions(country: str) -> dict[str, str]:
    """States or regions of a country that have a calendar of their own: name by code."""
    calendar = library.country_holidays(country)
    aliases = getattr(calendar, "subdivisions_aliases", {})
    names = {code: name for name, code in sorted(aliases.items(), key=lambda item: len(item[0]))}
    found = {code: names.get(code, code) for code in calendar.subdivisions}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def check_place(country: str, subdivision: str) -> None:
    """Raises InvalidInput ``holiday.country`` or ``holiday.subdivision``, and says what there is."""
    if country not in countries():
        raise InvalidInput(
            "holiday.country",
            _("There is no calendar for the country “%(country)s”. There is one for: %(known)s.")
            % {"country": country, "known": ", ".join(sorted(countries()))},
        )
    known = subdivisions(country)
    if subdivision and subdivision not in known:
        if not known:
            raise InvalidInput(
                "holiday.subdivision",
                _("The calendar of %(country)s is the same everywhere: leave the region empty.")
                % {"country": country},
            )
        raise InvalidInput(
            "holiday.subdivision",
            _("%(country)s has no region “%(region)s”. There are: %(known)s.")
            % {"country": country, "region": subdivision, "known": ", ".join(sorted(known))},
        )


def holiday_calendar_set(*, site: Site, country: str, subdivision: str = "") -> HolidayCalendar:
    """Whose official holidays ``site`` keeps. Nothing is imported by it.

    Raises:
        InvalidInput: ``holiday.country``, ``holiday.subdivision``.
    """
    country, subdivision = country.strip().upper(), subdivision.strip()
    check_place(country, subdivision)
    return HolidayCalendar.objects.update_or_create(
        site=site, defaults={"country": country, "subdivision": subdivision}
    )[0]


def official(country: str, subdivision: str, year: int, language: str = "") -> dict[date, str]:
    """A year's official holidays, named in ``language`` where the library has it, else in the country's own.

    Raises:
        InvalidInput: ``holiday.country``, ``holiday.subdivision``, ``holiday.year``.
    """
    check_place(country, subdivision)
    if year not in _YEARS:
        raise InvalidInput(
            "holiday.year", _("There are no calendars for the year %(year)s.") % {"year": year}
        )
    plain = library.country_holidays(country)
    wanted = (language or get_language() or "en").split("-")[0]
    spoken = (code for code in plain.supported_languages if code.split("_")[0] == wanted)
    chosen = next(spoken, plain.default_language)
    found = library.country_holidays(country, subdiv=subdivision or None, years=year, language=chosen)
    return {day: name[:200] for day, name in sorted(found.items()) if day.year == year}


def holidays_preview(*, site: Site, year: int, language: str = "", first: date | None = None) -> list[Found]:
    """What ``holidays_import`` would do, day by day. Raises as it does."""
    calendar = HolidayCalendar.objects.filter(site=site).first()
    if calendar is None:
        raise InvalidInput("holiday.no_calendar", _("Choose the site's country first."))
    begin = max(first or date.min, date(year, 1, 1))
    rows = {row.day: row for row in site.holidays.filter(day__range=(begin, date(year, 12, 31)))}
    days = official(calendar.country, calendar.subdivision, year, language)
    found = [Found(day, name, _fate(rows.get(day), name)) for day, name in days.items() if day >= begin]
    gone = [
        Found(row.day, row.name, "gone")
        for day, row in rows.items()
        if day not in days and row.source == HolidaySource.LIBRARY and not row.dropped
    ]
    return sorted(found + gone, key=lambda entry: entry.day)


def _fate(row: Holiday | None, name: str) -> Fate:
    if row is None:
        return "new"
    if row.dropped:
        return "dropped"
    if row.source == HolidaySource.HAND:
        return "by_hand"
    return "same" if row.name == name else "renamed"


@transaction.atomic
def holidays_import(*, site: Site, year: int, language: str = "", first: date | None = None) -> list[Found]:
    """Take over a year's official holidays by the site's calendar, from ``first`` on if it is given.

    Days that were entered by hand and those that were dropped stay as they are; official ones that are not
    in the calendar (any more) go. May be done again.

    Raises:
        InvalidInput: ``holiday.no_calendar``, ``holiday.country``, ``holiday.subdivision``, ``holiday.year``.
    """
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    found = holidays_preview(site=site, year=year, language=language, first=first)
    for entry in found:
        same_day = Holiday.objects.filter(site=site, day=entry.day)
        if entry.fate == "new":
            Holiday.objects.create(site=site, day=entry.day, name=entry.name, source=HolidaySource.LIBRARY)
        elif entry.fate == "renamed":
            same_day.update(name=entry.name)
        elif entry.fate == "gone":
            same_day.delete()
        if entry.fate in ("new", "renamed", "gone"):
            _tell(site, entry.day)
    return found


@transaction.atomic
def holiday_set(*, site: Site, day: date, name: str = "", dropped: bool = False) -> Holiday | None:
    """Make ``day`` a holiday called ``name``, or with ``dropped`` a day on which the site works after all.

    One by hand that is dropped goes for good (None); an official one stays as dropped, so that the next
    import does not bring it back.

    Raises:
        InvalidFields: ``holiday.invalid``. InvalidInput: ``holiday.none``: nothing is there to drop.
    """
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    row = Holiday.objects.filter(site=site, day=day).first()
    if dropped:
        if row is None:
            raise InvalidInput("holiday.none", _("There is no holiday on that day."))
        if row.source == HolidaySource.HAND:
            row.delete()
            _tell(site, day)
            return None
    row = row or Holiday(site=site, day=day)
    row.dropped = dropped
    if name.strip() and name.strip() != row.name:
        row.name, row.source = name.strip(), HolidaySource.HAND
    checked(row, "holiday.invalid")
    row.save()
    _tell(site, day)
    return row


def _tell(site: Site, day: date) -> None:
    plan_changed.send(Holiday, person_ids=None, site_id=site.pk, department_id=None, first=day, last=day)
