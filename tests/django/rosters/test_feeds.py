"""Calendar files: instants over a change of the clock, stable names, and addresses that can be revoked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from icalendar import Calendar

from faceroster.rosters.models import CalendarFeed, Holiday, LeaveRequest
from faceroster.rosters.services import calendar_feed_create, calendar_feed_revoke
from tests.support.rosters import assign, make_shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def rostered(person, site, monday):
    assign(person, make_shift(site, "Night", "22:00", "06:00"), weekdays=tuple(range(7)))
    return person


def events(content):
    return {str(event["uid"]): event for event in Calendar.from_ical(content).walk("VEVENT")}


def on(found, day):
    return next(event for uid, event in found.items() if f"-{day:%Y%m%d}-" in uid)


def test_instants_over_the_change_of_the_clock(rostered, staff_client):
    answer = staff_client.get(reverse("rosters:calendar", args=[rostered.pk]))
    assert answer["Content-Type"].startswith("text/calendar")
    found = events(answer.content)
    # In the night to 29 March clocks in Berlin go forward: 7 hours between 22:00 and 06:00.
    for day, begins, ends in (
        (date(2026, 3, 27), datetime(2026, 3, 27, 21), datetime(2026, 3, 28, 5)),
        (date(2026, 3, 28), datetime(2026, 3, 28, 21), datetime(2026, 3, 29, 4)),
        (date(2026, 3, 29), datetime(2026, 3, 29, 20), datetime(2026, 3, 30, 4)),
    ):
        event = on(found, day)
        assert event.decoded("dtstart") == begins.replace(tzinfo=UTC)
        assert event.decoded("dtend") == ends.replace(tzinfo=UTC)
        assert event["dtstart"].to_ical().endswith(b"Z")
    again = events(staff_client.get(reverse("rosters:calendar", args=[rostered.pk])).content)
    assert set(again) == set(found)


def test_leave_and_holidays_take_whole_days(rostered, staff_client, site, holiday_kind):
    Holiday.objects.create(site=site, day=date(2026, 3, 4), name="Founding Day")
    for first, last, part, status in (
        (5, 6, "whole", "approved"),
        (9, 9, "morning", "approved"),
        (10, 10, "whole", "requested"),
    ):
        LeaveRequest.objects.create(
            person=rostered,
            kind=holiday_kind,
            first=date(2026, 3, first),
            last=date(2026, 3, last),
            part=part,
            status=status,
        )
    found = events(staff_client.get(reverse("rosters:calendar", args=[rostered.pk])).content)
    days = sorted(
        (event.decoded("dtstart"), event.decoded("dtend"), str(event["summary"]))
        for event in found.values()
        if not isinstance(event.decoded("dtstart"), datetime)
    )
    assert days == [
        (date(2026, 3, 4), date(2026, 3, 5), "Founding Day"),
        (date(2026, 3, 5), date(2026, 3, 7), "Annual leave"),
        (date(2026, 3, 9), date(2026, 3, 10), "Annual leave (First half of the day)"),
    ]
    shifts = {uid.split("-")[6] for uid in found if uid.startswith("shift-")}
    assert {"20260303", "20260309", "20260310"} <= shifts
    assert not {"20260304", "20260305", "20260306"} & shifts


def test_only_while_employed(rostered, staff_client):
    rostered.left_on = date(2026, 3, 3)
    rostered.save()
    found = events(staff_client.get(reverse("rosters:calendar", args=[rostered.pk])).content)
    assert max(event.decoded("dtstart") for event in found.values()).date() == date(2026, 3, 3)


def test_the_address_needs_no_sign_in_and_can_be_revoked(rostered, client):
    secret = calendar_feed_create(person=rostered)
    assert secret not in CalendarFeed.objects.get().digest
    url = reverse("rosters:feed", args=[secret])
    assert events(client.get(url).content)
    assert client.post(url).status_code == 405
    assert client.get(reverse("rosters:feed", args=["made-up"])).status_code == 404
    newer = reverse("rosters:feed", args=[calendar_feed_create(person=rostered)])
    assert [client.get(address).status_code for address in (url, newer)] == [404, 200]
    rostered.active = False
    rostered.save()
    assert client.get(newer).status_code == 404
    rostered.active = True
    rostered.save()
    calendar_feed_revoke(person=rostered)
    assert client.get(newer).status_code == 404


def test_a_manager_hands_out_an_address(rostered, manager_client, client):
    answer = manager_client.post(reverse("rosters:feed_set", args=[rostered.pk]))
    assert answer.status_code == 200, "a secret is carried over no redirect"
    assert "messages" not in answer.cookies
    assert "no-store" in answer["Cache-Control"]
    text = " ".join(str(message) for message in answer.context["messages"])
    assert client.get(text.split(": ")[1]).status_code == 200
    manager_client.post(reverse("rosters:feed_set", args=[rostered.pk]), {"revoke": "1"})
    assert not CalendarFeed.objects.exists()
