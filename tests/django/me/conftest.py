from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from faceroster.people.models import Person
from tests.support.rosters import assign, make_punch, make_shift, make_workday

#: A Wednesday, noon in Berlin.
NOW = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
TODAY = date(2026, 3, 11)


@pytest.fixture
def now(freeze: Callable[[datetime], None]) -> datetime:
    freeze(NOW)
    return NOW


def at(day: date, clock: str) -> datetime:
    """An instant by its UTC clock."""
    return datetime.fromisoformat(f"{day.isoformat()}T{clock}+00:00")


@pytest.fixture
def lived(person: Person, now: datetime) -> Person:
    """A person with a shift, ten full days and a day under way."""
    assign(person, make_shift(person.department.site))
    for back in range(10, 0, -1):
        day = TODAY - timedelta(days=back)
        if day.weekday() < 5:
            full_day(person, day)
    make_punch(person, at(TODAY, "08:00:23"))
    make_workday(
        person, TODAY, status="running", first_in=at(TODAY, "08:00:23"), present=True, due_minutes=480,
        worked_minutes=180, shift_names="Day",
        expected_start=at(TODAY, "08:00"), expected_end=at(TODAY, "16:30"),
    )  # fmt: skip
    return person


def full_day(person: Person, day: date, **figures: Any) -> None:
    make_punch(person, at(day, "08:00"))
    make_punch(person, at(day, "16:45"), "out")
    figures = {
        "worked_minutes": 495, "break_minutes": 30, "due_minutes": 480, "overtime_minutes": 15,
        "first_in": at(day, "08:00"), "last_out": at(day, "16:45"), "shift_names": "Day", **figures,
    }  # fmt: skip
    make_workday(person, day, **figures)
