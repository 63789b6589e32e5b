"""From punches to spans: what counts, what is open, what was missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from faceroster.attendance.models import Punch
from faceroster.attendance.spans import DayTimes, Presence, day_times
from faceroster.people.models import PunchRule, Site
from faceroster.reports.wording import clock_text, day_note, duration_text, span_text

DAY = date(2026, 11, 18)
TODAY = datetime(2026, 11, 18, 22, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SITE = Site(name="here", timezone="UTC")
GATE = Site(name="gate", timezone="UTC", punch_rule=PunchRule.IN_ONLY)


def times(story: str, now: datetime = LATER, site: Site = SITE) -> DayTimes:
    """``story`` like "in 08:58:30, out 12:01"; after midnight hours go on counting, as 24:40."""
    punches = []
    for entry in filter(None, story.split(", ")):
        direction, clock = entry.split()
        hours, minutes, seconds = [*map(int, clock.split(":")), 0][:3]
        at = datetime(2026, 11, 18, tzinfo=UTC) + timedelta(hours=hours, minutes=minutes, seconds=seconds)
        punches.append(Punch(at=at, created_at=at, day=DAY, zone="UTC", direction=direction, site=site))
    return day_times(DAY, punches, now)


@pytest.mark.parametrize(
    ("story", "spans", "worked", "note"),
    [
        ("", [], "0:00", "not seen"),
        ("in 09:00, out 17:00", ["09:00-17:00"], "8:00", ""),
        ("in 09:00, out 12:00, in 12:30, out 17:15", ["09:00-12:00", "12:30-17:15"], "7:45", ""),
        ("in 09:00", ["09:00-?"], "0:00", "missed check-out"),
        ("in 09:00, out 12:00, in 13:00", ["09:00-12:00", "13:00-?"], "3:00", "missed check-out"),
        ("in 09:00, in 13:00, out 17:00", ["09:00-?", "13:00-17:00"], "4:00", "missed check-out"),
        ("out 17:00", ["?-17:00"], "0:00", "missed check-in"),
        ("out 08:00, in 09:00", ["?-08:00", "09:00-?"], "0:00", "missed check-in, missed check-out"),
        ("in 18:00, out 24:40", ["18:00-00:40 +1"], "6:40", ""),
        # What is shown to the minute counts to the minute, or the figures would not add up.
        ("in 08:58:59, out 17:02:01", ["08:58-17:02"], "8:04", ""),
        ("in 09:00:05, out 09:00:50", ["09:00-09:00"], "0:00", ""),
    ],
)
def test_past_days(story: str, spans: list[str], worked: str, note: str) -> None:
    day = times(story)
    assert [span_text(span) for span in day.spans] == spans
    assert duration_text(day.worked) == worked
    assert day_note(day) == note
    assert day.presence is not Presence.IN


def test_the_order_of_rows_does_not_matter() -> None:
    day = times("out 17:00, in 13:00, in 09:00, out 12:00")
    assert [span_text(span) for span in day.spans] == ["09:00-12:00", "13:00-17:00"]


def test_an_open_span_of_today_is_somebody_who_is_in_and_counts_nothing_yet() -> None:
    day = times("in 09:00, out 12:00, in 13:00", now=TODAY)
    assert day.presence is Presence.IN
    assert clock_text(day.since) == "13:00"
    assert day.last_out is None
    assert (duration_text(day.worked), day_note(day), day.missed) == ("3:00", "still in", False)


def test_who_left_today_has_left() -> None:
    day = times("in 09:00, out 12:00", now=TODAY)
    assert (day.presence, day.since) == (Presence.LEFT, None)
    assert (clock_text(day.first_in), clock_text(day.last_out)) == ("09:00", "12:00")


def test_the_night_still_belongs_to_today_until_the_sites_day_ends() -> None:
    assert times("in 22:00", now=datetime(2026, 11, 19, 3, 59, tzinfo=UTC)).presence is Presence.IN
    over = times("in 22:00", now=datetime(2026, 11, 19, 4, 0, tzinfo=UTC))
    assert (over.presence, over.missed) == (Presence.LEFT, True)


def test_where_everybody_only_arrives_nothing_was_missed() -> None:
    past = times("in 09:00, in 13:00", site=GATE)
    assert [span_text(span) for span in past.spans] == ["09:00"]
    assert (past.missed, day_note(past), duration_text(past.worked)) == (False, "arrival", "0:00")
    today = times("in 09:00, in 13:00", site=GATE, now=TODAY)
    assert clock_text(today.since) == "09:00"


def test_an_hour_that_the_clocks_skip_is_not_worked() -> None:
    zone = Site(name="b", timezone="Europe/Berlin")
    start = datetime(2026, 3, 28, 22, 0, tzinfo=zone.zone).astimezone(UTC)
    end = datetime(2026, 3, 29, 3, 30, tzinfo=zone.zone).astimezone(UTC)
    rows = [
        Punch(at=at, created_at=at, day=date(2026, 3, 28), zone="Europe/Berlin", direction=way, site=zone)
        for at, way in ((start, "in"), (end, "out"))
    ]
    assert duration_text(day_times(date(2026, 3, 28), rows, LATER).worked) == "4:30"
