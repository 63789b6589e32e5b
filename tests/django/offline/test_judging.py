"""What becomes of an entry: a punch, or a row that tells a person why there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from faceroster.attendance.days import working_day
from faceroster.attendance.models import Punch, PunchSource
from faceroster.attendance.services import punch_record
from faceroster.kiosks.models import Decision, Kiosk
from faceroster.offline import judging
from faceroster.offline.models import Flag, OfflineEntry, OfflineQueue, Status
from faceroster.offline.storing import JUDGE
from faceroster.passes.badges import badge_issue, badge_revoke
from faceroster.people.models import Department, Liveness, Person, Site
from faceroster.trust.models import User
from tests.django.conftest import Enrolled
from tests.django.offline.conftest import Device, badge_picture
from tests.support.pictures import DemoPhoto
from tests.support.seals import closed_by_hand

Judged = Callable[[], list[OfflineEntry]]
MINUTE = timedelta(minutes=1)


def test_a_wrong_pin_is_no_punch_and_somebody_is_told(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    device.send(device.pin(with_pin, noon, "9999"))
    (row,) = judged()
    assert (row.status, row.code, row.person, row.attention) == (Status.REFUSED, "pass.wrong", None, True)
    assert row.sealed is None
    assert not Punch.objects.exists()


def test_pins_cannot_be_searched_for_offline(
    device: Device, with_pin: Person, judged: Judged, noon: datetime, freeze: Callable[[datetime], None]
) -> None:
    """The sixth wrong one waits as it would at the keypad, and the right one behind it as well."""
    device.send(*(device.pin(with_pin, noon + n * MINUTE, f"73{n}1") for n in range(6)))
    device.send(device.pin(with_pin, noon + 9 * MINUTE))
    rows = judged()
    assert [row.status for row in rows] == [Status.REFUSED] * 5 + [Status.WAITING] * 2
    assert not Punch.objects.exists()
    freeze(timezone.now() + timedelta(minutes=11))
    assert judging.entries_sweep() == 1, "it is taken up again when the wait is over"
    rows = judged()
    assert [row.status for row in rows] == [Status.REFUSED] * 6 + [Status.PUNCHED]


def test_a_repeated_punch_is_not_recorded_twice(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    device.send(device.pin(with_pin, noon), device.pin(with_pin, noon + timedelta(seconds=20)))
    first, second = judged()
    assert (first.status, second.status) == (Status.PUNCHED, Status.REPEATED)
    assert first.punch == second.punch == Punch.objects.get()


def test_it_finds_its_place_between_punches_that_came_first(
    device: Device, with_pin: Person, site: Site, judged: Judged, noon: datetime
) -> None:
    punch_record(person=with_pin, site=site, source=PunchSource.API, at=noon - timedelta(hours=1))
    device.send(device.pin(with_pin, noon))
    (row,) = judged()
    assert row.punch is not None
    assert (row.punch.direction, row.punch.day) == ("out", working_day(noon, site))


def test_what_is_too_old_waits_for_a_person(device: Device, with_pin: Person, judged: Judged) -> None:
    old = timezone.now() - timedelta(hours=73)
    device.send(device.pin(with_pin, old))
    (row,) = judged()
    assert (row.status, row.code, row.flags) == (Status.HELD, "offline.too_old", [Flag.TOO_OLD])
    assert row.person == with_pin
    assert row.sealed is None
    assert not Punch.objects.exists()


def test_what_falls_into_a_closed_period_waits_for_a_person(
    device: Device, with_pin: Person, department: Department, judged: Judged, noon: datetime
) -> None:
    day = working_day(noon, department.site)
    closed_by_hand(department, day, day)
    device.send(device.pin(with_pin, noon))
    (row,) = judged()
    assert (row.status, row.code, row.flags) == (Status.HELD, "offline.closed", [Flag.CLOSED])
    assert (row.person, row.attention) == (with_pin, True)
    assert not Punch.objects.exists()


@pytest.fixture
def badge(person: Person, admin_user: User) -> bytes:
    return badge_picture(badge_issue(person=person, user=admin_user)[1])


def test_a_badge_is_read_from_its_picture(
    device: Device, person: Person, badge: bytes, judged: Judged, noon: datetime
) -> None:
    device.send(device.picture("badge", noon, badge))
    (row,) = judged()
    assert (row.status, row.code) == (Status.PUNCHED, "")
    punch = Punch.objects.get()
    assert (punch.person, punch.source, punch.at) == (person, PunchSource.BADGE, noon)


def test_badges_that_are_none_are_told_apart(
    device: Device,
    person: Person,
    badge: bytes,
    admin_user: User,
    demo_photo: DemoPhoto,
    judged: Judged,
    noon: datetime,
) -> None:
    badge_revoke(person=person, user=admin_user)
    pictures = [badge, badge_picture("FR1:" + "x" * 24), demo_photo(0, 1), b"no picture"]
    device.send(*(device.picture("badge", noon + n * MINUTE, one) for n, one in enumerate(pictures)))
    codes = ["badge.revoked", "badge.unknown", "badge.no_code", "image.not_an_image"]
    rows = judged()
    assert [row.code for row in rows] == codes
    assert {(row.status, row.attention, row.sealed) for row in rows} == {(Status.REFUSED, True, None)}
    assert not Punch.objects.exists()


def test_a_clear_face_is_recorded_and_explained(
    device: Device,
    site: Site,
    kiosk: Kiosk,
    enrolled: Enrolled,
    department: Department,
    demo_photo: DemoPhoto,
    judged: Judged,
    noon: datetime,
) -> None:
    someone = enrolled(0, department=department)
    device.send(device.picture("face", noon, demo_photo(0, 4)))
    (row,) = judged()
    assert (row.status, row.code, row.flags) == (Status.PUNCHED, "", [Flag.ON_TRUST])
    assert row.attention, "a photo could have been held up"
    punch, decision = Punch.objects.get(), Decision.objects.get()
    assert (punch.person, punch.source, punch.at) == (someone, PunchSource.KIOSK, noon)
    assert (punch.decision, decision.kiosk, decision.person) == (decision, kiosk, someone)
    assert decision.liveness["policy"] == site.liveness
    assert decision.last_frame_at == noon, "a live frame of now is not taken for the same visit"


def test_strangers_and_poor_pictures_are_told_to_staff(
    device: Device,
    enrolled: Enrolled,
    department: Department,
    stranger_photo: DemoPhoto,
    judged: Judged,
    noon: datetime,
    grey: bytes,
) -> None:
    enrolled(0, department=department)
    pictures = [stranger_photo(0, 1), grey]
    device.send(*(device.picture("face", noon + n * MINUTE, one) for n, one in enumerate(pictures)))
    rows = judged()
    assert [row.code for row in rows] == ["identify.unknown", "face.none"]
    assert {(row.status, row.attention, row.sealed) for row in rows} == {(Status.REFUSED, True, None)}
    assert not Punch.objects.exists()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("policy", [Liveness.CHALLENGE, Liveness.ALWAYS])
def test_where_movements_are_asked_for_a_person_decides(
    policy: str,
    device: Device,
    site: Site,
    enrolled: Enrolled,
    department: Department,
    demo_photo: DemoPhoto,
    judged: Judged,
    noon: datetime,
) -> None:
    site.liveness = policy
    site.save()
    someone = enrolled(0, department=department)
    device.send(device.picture("face", noon, demo_photo(0, 4)))
    (row,) = judged()
    assert (row.status, row.code, row.person) == (Status.HELD, "offline.unproven", someone)
    assert not Punch.objects.exists()


def test_whoever_has_left_is_not_recorded(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    Person.objects.filter(pk=with_pin.pk).update(active=False)
    device.send(device.pin(with_pin, noon))
    (row,) = judged()
    assert (row.status, row.code) == (Status.REFUSED, "pass.wrong")


def test_a_worker_that_is_lost_leaves_nothing_half_done(
    device: Device,
    with_pin: Person,
    judged: Judged,
    noon: datetime,
    monkeypatch: pytest.MonkeyPatch,
    freeze: Callable[[datetime], None],
) -> None:
    device.send(device.pin(with_pin, noon))

    def lost(self: OfflineEntry, *args: Any, **kwargs: Any) -> None:
        raise SystemExit  # after the punch, before the entry knows of it

    with monkeypatch.context() as patch:
        patch.setattr(OfflineEntry, "save", lost)
        with pytest.raises(SystemExit):
            judging.entries_judge(OfflineQueue.objects.get().pk)
    assert not Punch.objects.exists()
    assert judged()[0].status == Status.WAITING, "nobody takes it from a worker that may still be there"
    freeze(timezone.now() + timedelta(minutes=4))
    assert judging.entries_sweep() == 1
    assert judged()[0].status == Status.PUNCHED
    assert Punch.objects.count() == 1


def test_what_breaks_again_and_again_is_given_up_and_shown(
    device: Device,
    with_pin: Person,
    judged: Judged,
    noon: datetime,
    monkeypatch: pytest.MonkeyPatch,
    freeze: Callable[[datetime], None],
) -> None:
    monkeypatch.setitem(judging._READERS, "badge", lambda entry: 1 / 0)
    device.send(device.picture("badge", noon, b"x"), device.pin(with_pin, noon + MINUTE))
    now = timezone.now()
    for turn in range(3):
        freeze(now + turn * timedelta(minutes=2))
        rows = judged()
        assert rows[1].status == Status.PUNCHED, "what is behind it does not wait"
    assert (rows[0].status, rows[0].code, rows[0].attention) == (Status.FAILED, "offline.broken", True)


def test_no_payload_is_kept_for_ever(
    device: Device, with_pin: Person, noon: datetime, freeze: Callable[[datetime], None]
) -> None:
    device.send(device.pin(with_pin, noon))
    freeze(timezone.now() + timedelta(days=15))
    assert judging.entries_sweep() == 1
    row = OfflineEntry.objects.get()
    assert (row.status, row.sealed, row.code) == (Status.FAILED, None, "offline.kept_too_long")


def test_a_payload_that_was_moved_to_another_row_does_not_open(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    device.send(device.pin(with_pin, noon), device.pin(with_pin, noon + 5 * MINUTE))
    first, second = OfflineEntry.objects.order_by("counter")
    OfflineEntry.objects.filter(pk=second.pk).update(sealed=first.sealed)
    assert [(row.status, row.code) for row in judged()] == [
        (Status.PUNCHED, ""),
        (Status.FAILED, "sealed.damaged"),
    ]


def test_five_at_a_time_so_that_nobody_waits_at_a_door(
    device: Device, with_pin: Person, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.send(*(device.pin(with_pin, noon + n * 5 * MINUTE) for n in range(7)))
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr("faceroster.jobs.enqueue", lambda *message: sent.append(message))
    queue = OfflineQueue.objects.get().pk
    assert judging.entries_judge(queue) == 5
    assert [message for message in sent if message[0] == JUDGE] == [(JUDGE, str(queue))]
    sent.clear()
    assert judging.entries_judge(queue) == 2
    assert JUDGE not in [message[0] for message in sent]


def test_the_sweeper_takes_up_what_no_worker_was_told_of(
    device: Device, with_pin: Person, noon: datetime, freeze: Callable[[datetime], None]
) -> None:
    device.send(device.pin(with_pin, noon))
    assert judging.entries_sweep() == 0, "its message is on its way"
    freeze(timezone.now() + timedelta(seconds=20))
    assert judging.entries_sweep() == 1


def test_a_worker_records_it(device: Device, with_pin: Person, noon: datetime, worker: None) -> None:
    """From the request to the punch, through the broker."""
    import time

    device.send(device.pin(with_pin, noon))
    deadline = time.monotonic() + 120
    while not Punch.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert Punch.objects.get().at == noon
