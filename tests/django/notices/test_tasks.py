"""The thin tasks, called as a worker calls them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.core import mail

from faceroster.people.models import Person
from faceroster.trust.models import User
from tests.django.notices.conftest import NOW
from tests.support.rosters import make_workday
from workers import notice_tasks

pytestmark = pytest.mark.django_db


def test_what_is_due_is_looked_for_and_sent(
    person: Person, boss: User, freeze: Callable[[datetime], None]
) -> None:
    freeze(NOW)
    make_workday(person, date(2026, 3, 11), status="running", late_from=NOW - timedelta(minutes=1))
    make_workday(person, date(2026, 3, 10), missed_out=True)
    assert notice_tasks.notices_watch() == 2
    assert notice_tasks.notices_watch() == 0
    assert notice_tasks.notices_send() == 2
    assert notice_tasks.notices_send() == 0
    assert len(mail.outbox) == 2


def test_the_week_is_told_on_monday(person: Person, boss: User, freeze: Callable[[datetime], None]) -> None:
    freeze(datetime(2026, 3, 9, 8, 0, tzinfo=NOW.tzinfo))
    assert notice_tasks.notices_weekly() == 2
    assert notice_tasks.notices_weekly() == 0
