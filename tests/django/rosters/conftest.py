"""What the tests of rosters share: news that were sent, and a frozen Monday."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from faceroster.rosters import signals
from faceroster.rosters.models import LeaveKind

#: A Monday in Berlin, in the morning.
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@pytest.fixture
def monday(freeze: Callable[[datetime], None]) -> date:
    freeze(NOW)
    return TODAY


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """What ``plan_changed`` said, one after the other."""
    news: list[dict[str, Any]] = []

    def listen(signal: Any, sender: Any, **what: Any) -> None:
        news.append(what)

    signals.plan_changed.connect(listen)
    yield news
    signals.plan_changed.disconnect(listen)


@pytest.fixture
def holiday_kind(db: None) -> LeaveKind:
    return LeaveKind.objects.create(name="Annual leave", days_per_year=3)


@pytest.fixture
def sick_kind(db: None) -> LeaveKind:
    return LeaveKind.objects.create(name="Sickness", limited=False)
