"""Which working day a moment belongs to, on both sides of the equator and when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from faceroster.attendance.days import day_start, day_window, working_day
from faceroster.people.models import Site

BERLIN, SYDNEY, LORD_HOWE = "Europe/Berlin", "Australia/Sydney", "Australia/Lord_Howe"


def at_site(zone: str, starts: time = time(4, 0)) -> Site:
    return Site(name="there", timezone=zone, day_starts_at=starts)


def local(site: Site, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=site.zone, fold=fold).astimezone(UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize("zone", [BERLIN, SYDNEY, "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
@pytest.mark.parametrize(
    ("clock", "day"),
    [
        ((3, 59), date(2026, 11, 20)),
        ((4, 0), date(2026, 11, 21)),
        ((12, 0), date(2026, 11, 21)),
        ((23, 59), date(2026, 11, 21)),
    ],
)
def test_a_day_begins_at_the_sites_own_hour(zone: str, clock: tuple[int, int], day: date) -> None:
    site = at_site(zone)
    assert working_day(local(site, 2026, 11, 21, *clock), site) == day


def test_a_late_evening_stays_one_day() -> None:
    site = at_site(BERLIN)
    evening, night = local(site, 2026, 11, 21, 22, 0), local(site, 2026, 11, 22, 1, 30)
    assert working_day(evening, site) == working_day(night, site) == date(2026, 11, 21)


def test_one_moment_is_two_days_at_two_sites() -> None:
    moment = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
    assert working_day(moment, at_site(BERLIN)) == date(2026, 11, 21)
    assert working_day(moment, at_site("Pacific/Auckland")) == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("zone", "starts", "day", "hours"),
    [
        # The change happens at 2 or 3 in the night, in the working day that began the day before.
        (BERLIN, time(4, 0), date(2026, 3, 28), 23.0),
        (BERLIN, time(4, 0), date(2026, 10, 24), 25.0),
        (BERLIN, time(0, 0), date(2026, 3, 29), 23.0),
        (BERLIN, time(0, 0), date(2026, 10, 25), 25.0),
        (SYDNEY, time(4, 0), date(2026, 10, 3), 23.0),
        (SYDNEY, time(4, 0), date(2026, 4, 4), 25.0),
        (LORD_HOWE, time(4, 0), date(2026, 10, 3), 23.5),
        (LORD_HOWE, time(4, 0), date(2026, 4, 4), 24.5),
        (BERLIN, time(4, 0), date(2026, 11, 21), 24.0),
        # A day that starts within the hour that is skipped, or repeated.
        (BERLIN, time(2, 30), date(2026, 3, 29), 23.5),
        (BERLIN, time(2, 30), date(2026, 10, 25), 25.0),
    ],
)
def test_length_of_a_day_when_the_clocks_change(zone: str, starts: time, day: date, hours: float) -> None:
    start, end = day_window(day, at_site(zone, starts))
    assert (end - start) / timedelta(hours=1) == hours


def test_a_skipped_hour_starts_the_day_at_its_end_and_a_repeated_one_at_its_first_occurrence() -> None:
    site = at_site(BERLIN, time(2, 30))
    assert day_start(date(2026, 3, 29), site) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert day_start(date(2026, 10, 25), site) == local(site, 2026, 10, 25, 2, 30, fold=0)
    # Two o'clock strikes again after the day began; it does not go back to yesterday.
    assert working_day(local(site, 2026, 10, 25, 2, 10, fold=1), site) == date(2026, 10, 25)


@pytest.mark.parametrize("zone", [BERLIN, SYDNEY, LORD_HOWE, "America/Havana", "Africa/Cairo", "Asia/Beirut"])
@pytest.mark.parametrize("starts", [time(0, 0), time(0, 30), time(2, 30), time(4, 0)])
def test_every_moment_of_a_year_lies_in_the_window_of_its_day_and_days_never_go_back(
    zone: str, starts: time
) -> None:
    site = at_site(zone, starts)
    moment, before = datetime(2026, 1, 1, tzinfo=UTC), date.min
    while moment.year == 2026:
        day = working_day(moment, site)
        start, end = day_window(day, site)
        assert start <= moment < end
        assert before <= day
        moment, before = moment + timedelta(minutes=430), day
