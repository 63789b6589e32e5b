"""What stays of the entries of somebody who is deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import ProtectedError
from django.test import Client
from django.utils import timezone

from faceroster.attendance.models import Punch
from faceroster.kiosks.models import Kiosk
from faceroster.offline.models import OfflineEntry, Status
from faceroster.offline.resolving import entry_resolve
from faceroster.people.models import Person
from faceroster.trust.models import User
from tests.django.offline.conftest import Device

Judged = Callable[[], list[OfflineEntry]]
OLD = timedelta(hours=80)


@pytest.fixture
def held(device: Device, with_pin: Person, judged: Judged) -> OfflineEntry:
    """One that came too late, and waits for a decision."""
    device.send(device.pin(with_pin, timezone.now() - OLD))
    [row] = judged()
    assert (row.status, row.person) == (Status.HELD, with_pin)
    return row


def test_that_there_was_one_stays_and_nothing_waits_for_nobody(
    held: OfflineEntry, with_pin: Person, kiosk: Kiosk, admin_client: Client
) -> None:
    OfflineEntry.objects.update(sealed=b"a face")  # none is kept so long, but it would have to go
    name = with_pin.name
    with_pin.delete()
    held.refresh_from_db()
    assert (held.person, held.sealed, held.kiosk) == (None, None, kiosk)
    assert (held.status, held.code, held.open) == (Status.REFUSED, "offline.person_gone", False)
    page = admin_client.get("/offline/?show=all").content.decode()
    assert "Whoever it was has been deleted since." in page
    assert name not in page
    assert "Offline entries" in admin_client.get("/offline/").content.decode()


def test_a_reason_that_may_name_them_goes_too(
    held: OfflineEntry, with_pin: Person, manager_user: User
) -> None:
    entry_resolve(entry_id=held.pk, user=manager_user, reason=f"{with_pin.name} was ill", record=False)
    Person.objects.filter(pk=with_pin.pk).delete()
    held.refresh_from_db()
    assert (held.reason, held.resolved_by) == ("…", manager_user)
    assert held.resolved_at is not None


def test_whose_punch_was_recorded_is_not_deleted_and_loses_nothing(
    device: Device, with_pin: Person, judged: Judged
) -> None:
    device.send(device.pin(with_pin, timezone.now() - timedelta(hours=1)))
    [row] = judged()
    with pytest.raises(ProtectedError):
        with_pin.delete()
    row.refresh_from_db()
    assert (row.person, row.punch) == (with_pin, Punch.objects.get())


def test_what_waits_to_be_judged_names_nobody_who_is_gone(
    device: Device, with_pin: Person, judged: Judged
) -> None:
    device.send(device.pin(with_pin, timezone.now() - timedelta(hours=1)))
    with_pin.delete()
    [row] = judged()
    assert (row.status, row.person, row.sealed) == (Status.REFUSED, None, None)
