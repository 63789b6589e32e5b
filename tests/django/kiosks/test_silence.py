"""A kiosk that falls silent while people come to work is told of once, and so is that it is back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.presence import Sight, kiosk_touch, sight_filter, sight_of
from faceroster.notices import devices
from faceroster.notices.models import Delivery, Event, Notice
from faceroster.notices.services import deliveries_send
from faceroster.people.models import Department, Person, Site
from faceroster.rosters.models import Holiday
from faceroster.trust.models import User
from tests.support.rosters import make_workday
from workers import notice_tasks

#: A Wednesday, noon in Berlin.
NOW = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def administrator(admin_user: User) -> User:
    User.objects.filter(pk=admin_user.pk).update(email="alma@example.org")
    return admin_user


@pytest.fixture
def kiosk(kiosk: Kiosk) -> Kiosk:
    Kiosk.objects.filter(pk=kiosk.pk).update(last_seen_at=NOW, name="Front door")
    kiosk.refresh_from_db()
    return kiosk


@pytest.fixture
def watch(freeze: Callable[[datetime], None]) -> Callable[[float], int]:
    """``watch(m)``: the worker looks every minute from where it stopped to ``m`` minutes past noon."""
    at = [NOW]

    def until(minutes: float) -> int:
        told = 0
        while at[0] < NOW + minutes * MINUTE:
            at[0] += MINUTE
            freeze(at[0])
            told += notice_tasks.notices_watch()
        return told

    return until


def test_a_silent_kiosk_is_told_of_once_and_then_that_it_is_back(
    kiosk: Kiosk, administrator: User, manager_user: User, watch: Callable[[float], int]
) -> None:
    assert watch(5) == 0
    assert watch(6) == 1
    assert watch(30) == 0
    notice = Notice.objects.get()
    assert (notice.event, notice.payload["kiosk"]["name"]) == (Event.KIOSK_SILENT, "Front door")
    assert notice.payload["last_seen"] == "2026-03-11T12:00:00+01:00"
    assert [row.user for row in Delivery.objects.all()] == [administrator]
    kiosk.refresh_from_db()
    assert kiosk.silence_told_at == NOW + 6 * MINUTE
    Kiosk.objects.filter(pk=kiosk.pk).update(last_seen_at=NOW + 30 * MINUTE)
    assert watch(31) == 1
    assert watch(33) == 0
    assert Notice.objects.latest("created_at").event == Event.KIOSK_BACK
    Kiosk.objects.filter(pk=kiosk.pk).update(last_seen_at=NOW + 34 * MINUTE)
    assert watch(42) == 1, "and the next silence is told of again"
    deliveries_send()
    assert [sent.subject for sent in mail.outbox] == [
        "The kiosk Front door is silent",
        "The kiosk Front door is back",
        "The kiosk Front door is silent",
    ]
    assert "March 11, 2026, noon" in mail.outbox[0].body or "11 March 2026" in mail.outbox[0].body


def test_a_server_that_was_down_misses_no_kiosk(
    kiosk: Kiosk, administrator: User, watch: Callable[[float], int], freeze: Callable[[datetime], None]
) -> None:
    assert watch(3) == 0
    # Nobody looks for twenty minutes, and the kiosk is heard of when the server is back.
    freeze(NOW + 23 * MINUTE)
    assert notice_tasks.notices_watch() == 0
    kiosk_touch(kiosk=kiosk)
    freeze(NOW + 24 * MINUTE)
    assert notice_tasks.notices_watch() == 0


def test_a_kiosk_in_sight_or_revoked_is_not_told_of(
    kiosk: Kiosk, administrator: User, watch: Callable[[float], int]
) -> None:
    Kiosk.objects.filter(pk=kiosk.pk).update(last_seen_at=NOW + 5 * MINUTE)
    assert watch(9) == 0
    Kiosk.objects.filter(pk=kiosk.pk).update(status=KioskStatus.REVOKED)
    assert watch(20) == 0


def test_it_is_told_only_after_being_missed_for_all_of_the_time_at_work(
    kiosk: Kiosk, person: Person, administrator: User, watch: Callable[[float], int]
) -> None:
    # Switched off since yesterday; the first shift begins eight minutes past noon.
    Kiosk.objects.update(last_seen_at=NOW - timedelta(hours=16))
    make_workday(
        person,
        date(2026, 3, 11),
        status="ahead",
        expected_start=NOW + 8 * MINUTE,
        expected_end=NOW + timedelta(hours=8),
    )
    assert watch(12) == 0
    assert watch(13) == 1


@pytest.mark.parametrize(
    ("hour", "working"), [(4, False), (5, True), (11, True), (18, True), (19, False), (23, False)]
)
def test_without_shifts_the_day_is_from_six_to_eight(site: Site, hour: int, working: bool) -> None:
    assert devices.working_hours(site, NOW.replace(hour=hour)) is working  # Berlin is an hour ahead


def test_holidays_are_no_working_hours_unless_worked_on(site: Site) -> None:
    holiday = Holiday.objects.create(site=site, day=date(2026, 3, 11), name="Founding day")
    assert not devices.working_hours(site, NOW)
    holiday.dropped = True
    holiday.save()
    assert devices.working_hours(site, NOW)


@pytest.mark.parametrize(
    ("status", "starts", "ends", "working"),
    [
        ("ahead", -60, 60, True),
        ("running", -600, 1, True),
        ("running", -600, -1, False),
        ("ahead", 1, 60, False),
        ("leave", -60, 60, False),
        ("holiday", -60, 60, False),
    ],
)
def test_with_shifts_they_say_when_somebody_is_at_work(
    person: Person, site: Site, status: str, starts: int, ends: int, working: bool
) -> None:
    make_workday(
        person,
        date(2026, 3, 11),
        status=status,
        expected_start=NOW + starts * MINUTE,
        expected_end=NOW + ends * MINUTE,
    )
    assert devices.working_hours(site, NOW) is working


def test_a_night_shift_of_yesterday_counts(person: Person, site: Site) -> None:
    night = NOW.replace(hour=2)
    make_workday(
        person,
        date(2026, 3, 10),
        status="running",
        expected_start=night - timedelta(hours=4),
        expected_end=night + timedelta(hours=3),
    )
    assert devices.working_hours(site, night)
    assert not devices.working_hours(site, NOW)


def test_today_says_which_kiosk_is_missed_to_those_who_may_see_kiosks(
    kiosk: Kiosk, admin_client: Client, manager_client: Client, department: Department
) -> None:
    def says(client: Client) -> bool:
        page = client.get(reverse("reports:today_live"))
        assert page.status_code == 200
        return "Front door" in page.content.decode()

    assert not says(admin_client)
    Kiosk.objects.update(silence_told_at=NOW)
    assert says(admin_client)
    assert not says(manager_client)
    Kiosk.objects.update(status=KioskStatus.REVOKED)
    assert not says(admin_client)


def test_the_list_and_the_words_agree(kiosk: Kiosk, make_site: Callable[..., Site]) -> None:
    for heard, status, sight in (
        (NOW - timedelta(seconds=80), "active", Sight.IN_SIGHT),
        (NOW - timedelta(seconds=100), "active", Sight.SILENT),
        (None, "active", Sight.SILENT),
        (NOW, "revoked", Sight.REVOKED),
        (NOW, "pending", Sight.PENDING),
    ):
        Kiosk.objects.update(last_seen_at=heard, status=status)
        kiosk.refresh_from_db()
        assert sight_of(kiosk, NOW) == sight
        assert [one for one in Sight if Kiosk.objects.filter(sight_filter(one, NOW)).exists()] == [sight]
