"""Official holidays and those by hand: what an import takes over, and what it leaves alone."""

from __future__ import annotations

from datetime import date

import pytest

from faceroster.core.errors import FaceRosterError
from faceroster.rosters.models import Holiday, HolidaySource
from faceroster.rosters.services import holiday_calendar_set, holiday_set, holidays_import, holidays_preview

pytestmark = pytest.mark.django_db


@pytest.fixture
def bavaria(site):
    holiday_calendar_set(site=site, country="de", subdivision="BY")
    return site


def refusal(call, **kwargs):
    with pytest.raises(FaceRosterError) as caught:
        call(**kwargs)
    return caught.value


def test_import_of_a_year(bavaria, told):
    holidays_import(site=bavaria, year=2026, language="de")
    days = dict(bavaria.holidays.values_list("day", "name"))
    assert days[date(2026, 1, 6)] == "Heilige Drei Könige"
    assert len(days) == 12
    assert {(news["site_id"], news["first"]) for news in told} == {(bavaria.pk, day) for day in days}
    assert all(news["last"] == news["first"] and news["person_ids"] is None for news in told)
    told.clear()
    holidays_import(site=bavaria, year=2026, language="de")
    assert (bavaria.holidays.count(), told) == (12, [])


def test_names_in_the_language_asked_for(bavaria):
    holidays_import(site=bavaria, year=2026, language="de")
    holidays_import(site=bavaria, year=2026, language="en")
    assert bavaria.holidays.get(day=date(2026, 1, 6)).name == "Epiphany"
    holidays_import(site=bavaria, year=2026, language="fr")
    assert bavaria.holidays.get(day=date(2026, 1, 6)).name == "Heilige Drei Könige"


def test_by_hand_and_dropped_stay(bavaria):
    holiday_set(site=bavaria, day=date(2026, 1, 6), name="Ours")
    holiday_set(site=bavaria, day=date(2026, 7, 1), name="Founding Day")
    holidays_import(site=bavaria, year=2026, language="en")
    holiday_set(site=bavaria, day=date(2026, 5, 1), dropped=True)
    holiday_set(site=bavaria, day=date(2026, 12, 25), name="Our Christmas")
    holidays_import(site=bavaria, year=2026, language="de")
    rows = {row.day: row for row in bavaria.holidays.all()}
    assert rows[date(2026, 1, 6)].name == "Ours"
    assert rows[date(2026, 7, 1)].source == HolidaySource.HAND
    assert rows[date(2026, 5, 1)].dropped
    assert rows[date(2026, 12, 25)].name == "Our Christmas"


def test_another_region_takes_its_own_back(bavaria, told):
    holidays_import(site=bavaria, year=2026)
    holiday_calendar_set(site=bavaria, country="DE", subdivision="BE")
    told.clear()
    fates = {found.day: found.fate for found in holidays_preview(site=bavaria, year=2026)}
    assert (fates[date(2026, 1, 6)], fates[date(2026, 3, 8)], fates[date(2026, 5, 1)]) == (
        "gone",
        "new",
        "same",
    )
    holidays_import(site=bavaria, year=2026, first=date(2026, 2, 1))
    days = set(bavaria.holidays.values_list("day", flat=True))
    assert date(2026, 1, 6) in days
    assert date(2026, 3, 8) in days
    assert date(2026, 6, 4) not in days
    assert {news["first"] for news in told} == {date(2026, 3, 8), date(2026, 6, 4), date(2026, 11, 1)}


def test_what_is_wrong_is_said(site):
    assert refusal(holidays_import, site=site, year=2026).code == "holiday.no_calendar"
    unknown = refusal(holiday_calendar_set, site=site, country="QQ")
    assert (unknown.code, "DE, DJ, DK" in unknown.message) == ("holiday.country", True)
    region = refusal(holiday_calendar_set, site=site, country="DE", subdivision="XX")
    assert (region.code, "BB, BE, BW" in region.message) == ("holiday.subdivision", True)
    assert "everywhere" in refusal(holiday_calendar_set, site=site, country="EG", subdivision="C").message
    holiday_calendar_set(site=site, country="EG")
    assert refusal(holidays_import, site=site, year=1800).code == "holiday.year"


def test_by_hand(site, told):
    holiday_set(site=site, day=date(2026, 7, 1), name="Founding Day")
    assert refusal(holiday_set, site=site, day=date(2026, 7, 2)).code == "holiday.invalid"
    assert refusal(holiday_set, site=site, day=date(2026, 7, 2), dropped=True).code == "holiday.none"
    assert holiday_set(site=site, day=date(2026, 7, 1), dropped=True) is None
    assert (Holiday.objects.count(), len(told)) == (0, 2)


def test_dropped_comes_back(bavaria):
    holidays_import(site=bavaria, year=2026, language="en")
    holiday_set(site=bavaria, day=date(2026, 5, 1), dropped=True)
    holiday_set(site=bavaria, day=date(2026, 5, 1))
    row = bavaria.holidays.get(day=date(2026, 5, 1))
    assert (row.dropped, row.source) == (False, HolidaySource.LIBRARY)
