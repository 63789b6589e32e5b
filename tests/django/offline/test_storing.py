"""What a kiosk's queue brings is stored once, with what is strange about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from faceroster.attendance.models import Punch
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.offline.models import Flag, OfflineEntry, Status
from faceroster.people.models import Person
from tests.django.offline.conftest import MINE, PIN, Device
from tests.support.kiosks import paired_device

Judged = Callable[[], list[OfflineEntry]]
MINUTE = timedelta(minutes=1)


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_an_entry_is_stored_before_anything_else_and_then_recorded(
    device: Device, with_pin: Person, kiosk: Kiosk, judged: Judged, noon: datetime
) -> None:
    entry = device.pin(with_pin, noon)
    answer = device.send(entry)
    assert answer.status_code == 200, answer.content
    assert answer.json()["stored"] == [entry["key"]]
    row = OfflineEntry.objects.get()
    assert (row.status, row.at, row.flags) == (Status.WAITING, noon, [])
    assert PIN.encode() not in bytes(row.sealed or b"")
    (row,) = judged()
    punch = Punch.objects.get()
    assert (row.status, row.punch, row.person) == (Status.PUNCHED, punch, with_pin)
    assert (punch.at, punch.source, punch.kiosk, punch.person) == (noon, "pin", kiosk, with_pin)
    assert row.sealed is None, "number and PIN are not kept"
    assert not row.attention


def test_twenty_entries_come_in_parts_and_none_is_missing(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    entries = [device.pin(with_pin, noon + number * 5 * MINUTE) for number in range(20)]
    for part in (entries[:10], entries[10:]):
        assert device.send(*part).status_code == 200
    rows = judged()
    assert [row.counter for row in rows] == list(range(1, 21))
    assert {row.status for row in rows} == {Status.PUNCHED}
    punches = list(Punch.objects.order_by("at"))
    assert [punch.at for punch in punches] == [noon + number * 5 * MINUTE for number in range(20)]
    assert [punch.direction for punch in punches] == ["in", "out"] * 10
    assert not any(row.flags for row in rows)


def test_what_is_sent_twice_is_stored_once(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    entry = device.pin(with_pin, noon)
    device.send(entry)
    judged()
    assert device.send(entry).json()["stored"] == [entry["key"]], "or the device would never forget it"
    (row,) = judged()
    assert Punch.objects.count() == 1
    assert (row.flags, row.sends, row.attention) == ([Flag.DUPLICATE], 2, False)


def test_one_that_is_missing_is_told_of_by_the_next(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    first, _dropped, third, fourth = (device.pin(with_pin, noon + n * 5 * MINUTE) for n in range(4))
    device.send(first, third, fourth)
    rows = judged()
    assert [(row.flags, row.missing, row.status) for row in rows] == [
        ([], 0, Status.PUNCHED),
        ([Flag.GAP], 1, Status.PUNCHED),
        ([], 0, Status.PUNCHED),
    ]
    assert [row.attention for row in rows] == [False, True, False]


@pytest.mark.parametrize(
    "change",
    [
        {"wall": 0},
        {"kind": "badge", "payload": {"salt": "5a", "jpeg": ""}},
        {"payload": {"salt": "5a", "number": "T9999", "pin": PIN}},
        {"previous": "f" * 64},
        {"digest": "f" * 64},
        {"elapsed": 1},
        {"server": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_entry_is_not_recorded_and_those_after_it_are(
    device: Device, with_pin: Person, judged: Judged, noon: datetime, change: dict[str, Any]
) -> None:
    first, second, third = (device.pin(with_pin, noon + n * 5 * MINUTE) for n in range(3))
    device.send(first, second | change, third)
    rows = judged()
    assert [row.status for row in rows] == [Status.PUNCHED, Status.REFUSED, Status.PUNCHED]
    tampered = rows[1]
    assert Flag.TAMPERED in tampered.flags
    assert (tampered.code, tampered.attention, tampered.sealed) == ("offline.tampered", True, None)
    assert Punch.objects.count() == 2


def test_an_entry_put_in_between_does_not_fit_into_the_chain(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    device.send(device.pin(with_pin, noon))
    other = Device(device.client, device.chain, counter=1, digest="a" * 64)
    device.send(other.pin(with_pin, noon + 5 * MINUTE))
    assert [(row.flags, row.status) for row in judged()] == [
        ([], Status.PUNCHED),
        ([Flag.TAMPERED], Status.REFUSED),
    ]


def test_a_number_that_was_used_before_is_not_used_again(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    device.send(device.pin(with_pin, noon), device.pin(with_pin, noon + 5 * MINUTE))
    again = Device(device.client, device.chain, counter=1, digest=device.digest)
    device.send(again.pin(with_pin, noon + 10 * MINUTE))
    assert sorted(row.status for row in judged()) == [Status.PUNCHED, Status.PUNCHED, Status.REFUSED]


def test_other_content_under_a_known_key_changes_nothing_but_is_told_of(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    entry = device.pin(with_pin, noon)
    device.send(entry)
    judged()
    other = Device(device.client, device.chain).pin(with_pin, noon + 5 * MINUTE)
    device.send(other | {"key": entry["key"]})
    (row,) = judged()
    assert (row.flags, row.attention) == ([Flag.TAMPERED, Flag.DUPLICATE], True)
    assert [punch.at for punch in Punch.objects.all()] == [noon]


def test_what_the_device_cannot_open_itself_is_told_of(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    first = device.pin(with_pin, noon)
    spoiled = device.pin(with_pin, noon + 5 * MINUTE)
    third = device.pin(with_pin, noon + 10 * MINUTE)
    kept = {name: spoiled[name] for name in ("key", "counter", "wall")}
    device.send(first, {**kept, "kind": "unreadable"}, third)
    assert [(row.kind, row.status) for row in judged()] == [
        ("pin", Status.PUNCHED),
        ("unreadable", Status.REFUSED),
        ("pin", Status.PUNCHED),
    ]


def test_a_queue_that_begins_anew_is_told_of(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    device.send(device.pin(with_pin, noon))
    wiped = Device(device.client)
    wiped.send(wiped.pin(with_pin, noon + 5 * MINUTE), wiped.pin(with_pin, noon + 10 * MINUTE))
    assert [row.flags for row in judged()] == [[], [Flag.RESTARTED], []]


def test_a_wrong_clock_is_put_right_and_told_of(
    device: Device, with_pin: Person, judged: Judged, noon: datetime
) -> None:
    device.behind = timedelta(hours=3)
    device.send(device.pin(with_pin, noon))
    (row,) = judged()
    assert (row.flags, row.skew_seconds, row.attention) == ([Flag.CLOCK_SKEW], 3 * 3600, True)
    assert (row.device_at, row.known_at) == (noon - timedelta(hours=3), noon - 5 * MINUTE)
    assert Punch.objects.get().at == noon


def test_two_kiosks_do_not_share_their_keys(
    device: Device, with_pin: Person, make_site: Callable[..., Any], judged: Judged, noon: datetime
) -> None:
    entry = device.pin(with_pin, noon)
    device.send(entry)
    client = paired_device(make_site())[1]
    other = Device(client, device.chain)
    other.send(entry)
    rows = judged()
    assert len(rows) == 2
    assert len({row.kiosk_id for row in rows}) == 2


def test_the_kiosk_asks_for_the_time_and_its_limits(device: Device) -> None:
    said = device.client.get("/kiosk/queue/").json()
    assert (said["most"], said["seconds"]) == (200, 72 * 3600)
    assert abs(datetime.fromisoformat(said["now"]) - timezone.now()) < MINUTE


def test_only_a_kiosk_may_send(device: Device, person: Person, noon: datetime) -> None:
    stranger = Device(Client())
    assert _code(stranger.send(stranger.pin(person, noon))) == (401, "kiosk.not_paired")
    assert _code(device.send(device.pin(person, noon), headers={})) == (403, "kiosk.header_missing")
    Kiosk.objects.update(status=KioskStatus.REVOKED)
    assert _code(device.send(device.pin(person, noon))) == (403, "kiosk.revoked")
    assert not OfflineEntry.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"chain": "x", "sent": 1, "entries": []}',
        b'{"chain": 5, "sent": 1, "entries": [{}]}',
    ],
)
def test_what_is_no_queue_is_refused(device: Device, body: bytes) -> None:
    answer = device.client.post("/kiosk/queue/", body, content_type="application/json", headers=MINE)
    assert _code(answer) == (400, "offline.malformed")


@pytest.mark.parametrize(
    "change",
    [
        {"counter": 0},
        {"counter": True},
        {"counter": 2**60},
        {"key": "no uuid"},
        {"wall": -1},
        {"wall": 1.5},
        {"server": "now"},
        {"elapsed": 2**70},
        {"kind": "unknown"},
        {"payload": {"number": "1"}},
        {"payload": {"salt": "5a", "number": "1" * 500, "pin": PIN}},
        {"payload": None},
        {"payload": {"salt": "5a", "number": "1\0", "pin": PIN}},
        {"digest": "\0"},
        {"previous": "\ud800"},
        {"digest": "\ud800"},
    ],
    ids=str,
)
def test_what_is_no_entry_is_refused_whole(
    device: Device, person: Person, noon: datetime, change: dict[str, Any]
) -> None:
    good, bad = device.pin(person, noon), device.pin(person, noon) | change
    assert _code(device.send(good, bad)) == (400, "offline.malformed")
    assert not OfflineEntry.objects.exists()


def test_so_much_at_once_is_refused(device: Device, person: Person, noon: datetime, settings: Any) -> None:
    assert _code(device.send(*(device.pin(person, noon) for _ in range(21)))) == (400, "offline.malformed")
    large = device.client.post(
        "/kiosk/queue/", b" " * (6 * 1024 * 1024 + 1), content_type="application/json", headers=MINE
    )
    assert _code(large) == (413, "offline.too_large")
    settings.FACEROSTER = {**settings.FACEROSTER, "OFFLINE_ENTRIES": 1}
    device = Device(device.client)
    for _ in range(3):
        assert device.send(device.pin(person, noon)).status_code == 200
    assert _code(device.send(device.pin(person, noon))) == (503, "offline.too_many")


def test_what_comes_twice_in_one_request_is_stored_once(
    device: Device, person: Person, noon: datetime
) -> None:
    """The same entry in one request twice: as good as sent twice."""
    entry = device.pin(person, noon)
    assert device.send(entry, entry).json()["stored"] == [entry["key"]] * 2
    assert OfflineEntry.objects.get().sends == 2
