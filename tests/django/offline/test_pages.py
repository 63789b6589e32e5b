"""The page of offline entries: who sees what, who decides, and what a decision does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from faceroster.attendance.days import working_day
from faceroster.attendance.models import Period, PeriodStatus, Punch
from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.offline.models import OfflineEntry, Status
from faceroster.offline.resolving import entry_resolve
from faceroster.offline.selectors import entries_decided_by, entries_visible_to
from faceroster.offline.words import reason_of
from faceroster.passes.pins import pin_set
from faceroster.people.models import Department, Person
from faceroster.trust.models import User
from tests.django.offline.conftest import PIN, Device
from tests.support.kiosks import paired_device
from tests.support.seals import closed_by_hand

Judged = Callable[[], list[OfflineEntry]]


@pytest.fixture
def held(device: Device, with_pin: Person, judged: Judged) -> OfflineEntry:
    """Somebody's punch that came too late."""
    device.send(device.pin(with_pin, timezone.now() - timedelta(hours=80)))
    (row,) = judged()
    return row


@pytest.fixture
def nobodys(device: Device, person: Person, judged: Judged, noon: datetime) -> OfflineEntry:
    """A wrong PIN."""
    device.send(device.pin(person, noon))
    return judged()[-1]


def test_a_held_punch_is_recorded_by_whoever_decides(held: OfflineEntry, manager_user: User) -> None:
    entry = entry_resolve(entry_id=held.pk, user=manager_user, reason="He was here", record=True)
    punch = Punch.objects.get()
    assert (entry.status, entry.punch, entry.resolved_by) == (Status.PUNCHED, punch, manager_user)
    assert (punch.at, punch.person, punch.source, punch.kiosk) == (held.at, held.person, "pin", held.kiosk)
    assert not OfflineEntry.objects.get().open
    with pytest.raises(Conflict, match=r"offline\.settled"):
        entry_resolve(entry_id=held.pk, user=manager_user, reason="Again", record=True)
    assert Punch.objects.count() == 1


def test_or_left_as_it_is(held: OfflineEntry, manager_user: User) -> None:
    entry = entry_resolve(entry_id=held.pk, user=manager_user, reason="He was ill", record=False)
    assert (entry.status, entry.reason, entry.open) == (Status.HELD, "He was ill", False)
    assert not Punch.objects.exists()


def test_a_reason_is_needed(held: OfflineEntry, manager_user: User) -> None:
    with pytest.raises(InvalidInput, match=r"offline\.reason_missing"):
        entry_resolve(entry_id=held.pk, user=manager_user, reason=" ", record=False)
    with pytest.raises(InvalidInput, match=r"offline\.reason_long"):
        entry_resolve(entry_id=held.pk, user=manager_user, reason="x" * 301, record=False)
    assert OfflineEntry.objects.get().open


def test_there_is_nothing_to_record_of_nobody(nobodys: OfflineEntry, manager_user: User) -> None:
    with pytest.raises(Conflict, match=r"offline\.nobody"):
        entry_resolve(entry_id=nobodys.pk, user=manager_user, reason="Somebody", record=True)
    assert not Punch.objects.exists()


def test_nobody_decides_about_their_own(held: OfflineEntry, manager_user: User) -> None:
    Person.objects.filter(pk=held.person_id).update(user=manager_user)
    with pytest.raises(NotAllowed, match=r"offline\.not_yours"):
        entry_resolve(entry_id=held.pk, user=manager_user, reason="It was me", record=True)
    assert not Punch.objects.exists()


def test_a_closed_period_is_opened_first(
    device: Device,
    with_pin: Person,
    department: Department,
    admin_user: User,
    judged: Judged,
    noon: datetime,
) -> None:
    day = working_day(noon, department.site)
    closed_by_hand(department, day, day)
    device.send(device.pin(with_pin, noon))
    (row,) = judged()
    with pytest.raises(Conflict, match=r"period\.closed"):
        entry_resolve(entry_id=row.pk, user=admin_user, reason="He was here", record=True)
    assert OfflineEntry.objects.get().open
    assert not Punch.objects.exists()
    Period.objects.update(status=PeriodStatus.OPEN)
    entry_resolve(entry_id=row.pk, user=admin_user, reason="He was here", record=True)
    assert Punch.objects.get().at == noon


def test_managers_see_their_own_people_and_what_is_nobodys_at_their_sites(
    held: OfflineEntry,
    device: Device,
    person: Person,
    manager_user: User,
    staff_user: User,
    person_user: User,
    make_department: Callable[..., Department],
    make_person: Callable[..., Person],
    judged: Judged,
    noon: datetime,
) -> None:
    elsewhere = make_department()
    other = Device(paired_device(elsewhere.site)[1])
    stranger = make_person(department=elsewhere)
    pin_set(person=stranger, pin=PIN, user=None)
    device.send(device.pin(person, noon, "9999"))
    other.send(other.pin(stranger, noon), other.pin(stranger, noon + timedelta(minutes=5), "9999"))
    judged()
    of_site = set(OfflineEntry.objects.filter(site=held.site))
    assert len(of_site) == 2
    assert set(entries_visible_to(manager_user)) == of_site
    assert set(entries_decided_by(manager_user)) == of_site
    assert entries_visible_to(staff_user).count() == 4
    assert not entries_decided_by(staff_user).exists()
    assert not entries_visible_to(person_user).exists()
    assert not entries_visible_to(None).exists()


def test_the_page_lists_what_is_to_be_looked_at_and_settles_it(
    held: OfflineEntry, manager_client: Client, person: Person
) -> None:
    page = manager_client.get("/offline/")
    text = page.content.decode()
    assert person.name in text
    assert "It came too late to be recorded by itself." in text
    assert PIN not in text
    answer = manager_client.post(f"/offline/{held.pk}/", {"action": "record", "reason": "He was here"})
    assert answer.status_code == 302
    assert Punch.objects.count() == 1
    assert person.name not in manager_client.get("/offline/").content.decode()
    assert "He was here" in manager_client.get("/offline/?show=all").content.decode()


def test_a_refusal_is_told_on_the_page(nobodys: OfflineEntry, manager_client: Client) -> None:
    answer = manager_client.post(
        f"/offline/{nobodys.pk}/", {"action": "record", "reason": "x", "show": "all"}, follow=True
    )
    assert "offline.nobody" in answer.content.decode()
    assert answer.redirect_chain[-1][0] == "/offline/?show=all"


def test_staff_look_and_do_not_decide(
    held: OfflineEntry, staff_client: Client, person_client: Client, client: Client
) -> None:
    page = staff_client.get("/offline/")
    assert page.status_code == 200
    assert "<form" not in page.content.decode().split('class="card flush off-list"')[1].split("</ul>")[0]
    deed = {"action": "leave", "reason": "x"}
    assert staff_client.post(f"/offline/{held.pk}/", deed).status_code == 403
    assert person_client.get("/offline/").status_code == 403
    assert client.get("/offline/").status_code == 302
    assert OfflineEntry.objects.get().open


def test_a_manager_of_another_department_finds_nothing(
    held: OfflineEntry, make_department: Callable[..., Any]
) -> None:
    other = User.objects.create_user("otto", password="a long enough password", role="manager")
    make_department().managers.add(other)
    client = Client()
    client.force_login(other)
    answer = client.post(f"/offline/{held.pk}/", {"action": "leave", "reason": "x"})
    assert answer.status_code == 404
    assert OfflineEntry.objects.get().open


def test_every_code_has_a_sentence() -> None:
    assert reason_of("") == ""
    assert reason_of("face.blurred") == "The face was not seen well enough."
    assert reason_of("something.new") == "It could not be judged."
    assert reason_of("pass.wrong") == "Number and PIN did not fit together."
