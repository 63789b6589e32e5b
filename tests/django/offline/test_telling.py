"""Who is told that entries need a look, and that it is once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from faceroster.notices.entries import entries_tell
from faceroster.notices.models import Delivery, Event, Notice
from faceroster.notices.services import deliveries_send
from faceroster.offline.models import Flag, OfflineEntry
from faceroster.people.models import Department, Person
from faceroster.trust.models import User
from tests.django.offline.conftest import Device
from workers import notice_tasks

Judged = Callable[[], list[OfflineEntry]]
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _addresses(manager_user: User, admin_user: User) -> None:
    for user in (manager_user, admin_user):
        User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.org")


def told() -> list[tuple[str, int, list[str]]]:
    """Who was written to of how many entries, and what is strange about them."""
    rows = Delivery.objects.filter(notice__event=Event.OFFLINE_ENTRIES).select_related("notice")
    found = [(row.target, row.notice.payload) for row in rows.order_by("target", "notice__created_at")]
    return [(target, payload["count"], payload["flags"]) for target, payload in found]


@pytest.fixture
def flagged(device: Device, with_pin: Person, noon: datetime) -> Device:
    """Two entries are missing before the first, the second was taken by a wrong clock, the third is sound."""
    device.counter = 2
    device.send(device.pin(with_pin, noon))
    device.behind = timedelta(minutes=30)
    device.send(device.pin(with_pin, noon + 10 * MINUTE))
    device.behind = timedelta()
    device.send(device.pin(with_pin, noon + 20 * MINUTE))
    return device


def test_managers_are_told_once_of_what_was_flagged(
    flagged: Device, judged: Judged, with_pin: Person, department: Department
) -> None:
    rows = judged()
    assert [row.open for row in rows] == [True, True, False]
    assert notice_tasks.notices_watch() == 1
    assert notice_tasks.notices_watch() == 0
    assert told() == [("mona@example.org", 2, [Flag.CLOCK_SKEW, Flag.GAP])]
    notice = Notice.objects.get(event=Event.OFFLINE_ENTRIES)
    assert notice.department == department
    assert with_pin.name not in str(notice.payload), "whose they are is on their page alone"
    deliveries_send()
    [sent] = mail.outbox
    assert sent.subject.endswith(": 2 offline entries need a look")
    assert "What is strange: The clock was wrong, Entries before it are missing" in sent.body


def test_what_is_nobodys_is_told_to_the_managers_of_the_site(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    device.send(device.pin(with_pin, noon, "9999"))
    judged()
    assert entries_tell(now=timezone.now()) == 1
    assert told() == [("mona@example.org", 1, [])]


def test_where_nobody_manages_administrators_are_told(
    flagged: Device, judged: Judged, department: Department
) -> None:
    department.managers.clear()
    flagged.send(flagged.pin(Person.objects.get(), timezone.now() - MINUTE, "9999"))
    judged()
    assert entries_tell(now=timezone.now()) == 2
    assert sorted(told()) == [
        ("alma@example.org", 1, []),
        ("alma@example.org", 2, [Flag.CLOCK_SKEW, Flag.GAP]),
    ]


def test_one_mail_says_it_all_while_a_kiosk_is_still_sending(
    flagged: Device, judged: Judged, with_pin: Person
) -> None:
    judged()
    flagged.send(flagged.pin(with_pin, timezone.now() - MINUTE))
    assert entries_tell(now=timezone.now()) == 0, "one waits to be judged"
    assert entries_tell(now=timezone.now() + 11 * MINUTE) == 1, "but not for ever"


def test_nobody_is_told_of_what_is_sound_or_settled(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    device.send(device.pin(with_pin, noon))
    device.send(device.pin(with_pin, noon + MINUTE, "9999"))
    judged()
    OfflineEntry.objects.filter(attention=True).update(resolved_at=timezone.now(), reason="seen")
    assert entries_tell(now=timezone.now()) == 0


def test_one_that_comes_again_with_another_content_is_told_again(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    entry = device.pin(with_pin, noon, "9999")
    device.send(entry)
    judged()
    assert entries_tell(now=timezone.now()) == 1
    device.send({**entry, "digest": "0" * 64})
    assert entries_tell(now=timezone.now() + MINUTE) == 1
    assert [flags for _to, _count, flags in told()].count([Flag.DUPLICATE, Flag.TAMPERED]) == 1
