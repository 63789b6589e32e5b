"""PINs and badges at a kiosk: from the request to the punch and the answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.db import connection
from django.test import Client

from faceroster.attendance import passing
from faceroster.attendance.models import Punch
from faceroster.core.errors import FaceRosterError
from faceroster.kiosks.models import Decision, Kiosk, KioskStatus
from faceroster.kiosks.sightings import Sighting, closed_for, sighting_keep
from faceroster.kiosks.tickets import LIFE, ticket_make
from faceroster.passes.badges import badge_issue, badge_revoke
from faceroster.passes.pins import pass_choose, pin_set
from faceroster.people.models import Person, Site
from faceroster.trust.models import User
from tests.django.passes.test_badges import jpeg, scene
from tests.support.kiosks import DeviceClient, paired_device

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 18, 7, 58, 20, tzinfo=UTC)  # 08:58 in Berlin
Freeze = Callable[[datetime], None]
MakePerson = Callable[..., Person]


def enter(door: Client, **said: Any) -> tuple[int, dict[str, Any]]:
    answer = door.post("/kiosk/pin", json.dumps(said), content_type="application/json")
    return answer.status_code, answer.json()


def refused(door: Client, **said: Any) -> str:
    status, answer = enter(door, **said)
    assert status >= 400
    return str(answer["error"]["code"])


@pytest.fixture
def ada(person: Person) -> Person:
    pin_set(person=person, pin="4071", user=None)
    return person


def test_number_and_pin_are_punched_and_greeted(
    door: DeviceClient, kiosk: Kiosk, ada: Person, freeze: Freeze
) -> None:
    freeze(MORNING)
    status, answer = enter(door, number=ada.employee_number, pin="4071")
    punch = Punch.objects.get()
    assert (punch.person, punch.kiosk, punch.source, punch.at) == (ada, kiosk, "pin", MORNING)
    assert status == 200
    assert (answer["state"], answer["time"], answer["message"]) == ("punched", "08:58", "You are checked in")
    assert answer["greeting"] == f"Good morning, {ada.name}"
    assert answer["person"] == {"id": str(ada.pk), "name": ada.name}
    assert answer["punch"]["id"] == str(punch.pk)
    assert answer["not_me"] is None  # a PIN is nobody else's
    # And all else that the page reads of an answer to a frame.
    assert {"frame", "faces", "challenge", "pin", "codes", "timings_ms"} <= answer.keys()


def test_again_within_the_debounce_time_is_told_so(door: DeviceClient, ada: Person, freeze: Freeze) -> None:
    freeze(MORNING)
    enter(door, number=ada.employee_number, pin="4071")
    freeze(MORNING + timedelta(seconds=30))
    assert enter(door, number=ada.employee_number, pin="4071")[1]["state"] == "already"
    freeze(MORNING + timedelta(hours=8))
    assert enter(door, number=ada.employee_number, pin="4071")[1]["greeting"] == f"Goodbye, {ada.name}"
    assert Punch.objects.count() == 2


def test_whoever_came_in_so_is_not_asked_for_their_face(
    door: DeviceClient, kiosk: Kiosk, ada: Person
) -> None:
    there = Sighting("s1", 0.0, 0.0, (0, 0, 9, 9), "m@1", np.ones((1, 128), np.float32), [1.0])
    sighting_keep(kiosk.pk, there)
    refused(door, number=ada.employee_number, pin="829405")
    assert closed_for(kiosk.pk, there) is None
    enter(door, number=ada.employee_number, pin="4071")
    assert closed_for(kiosk.pk, there) == str(ada.pk)


def test_what_is_wrong_is_said_with_a_code_and_punches_nobody(door: DeviceClient, ada: Person) -> None:
    assert refused(door, number=ada.employee_number, pin="829405") == "pass.wrong"
    assert refused(door, number="nobody", pin="4071") == "pass.wrong"
    deep: list[object] = []
    for _ in range(800):  # read, but not written out again
        deep = [deep]
    for number in (["x"], deep, 7):
        assert refused(door, number=number, pin="4071") == "pass.wrong"
    for unstorable in ("\0", f"{ada.employee_number}\0", "\ud800"):
        assert refused(door, number=unstorable, pin="4071") == "pass.wrong"
    assert refused(door, number=ada.employee_number, pin=4071) == "pin.form"
    assert refused(door, number=ada.employee_number) == "pin.form"
    assert refused(door, pin="4071") == "pass.number_missing"
    assert refused(door, number=ada.employee_number, pin="4071", ticket=["x"]) == "ticket.invalid"
    assert not Punch.objects.exists()


def test_too_many_are_told_how_long_to_wait(door: DeviceClient, ada: Person, freeze: Freeze) -> None:
    freeze(MORNING)
    for _ in range(5):
        refused(door, number=ada.employee_number, pin="829405")
    answer = door.post(
        "/kiosk/pin",
        json.dumps({"number": ada.employee_number, "pin": "4071"}),
        content_type="application/json",
    )
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert answer.json()["error"]["seconds"] == 60
    assert "60 seconds" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/kiosk/pin", "/kiosk/not-me", "/kiosk/badge"])
def test_who_is_no_kiosk_gets_nothing(
    path: str, kiosk: Kiosk, door: DeviceClient, admin_client: Client
) -> None:
    def post(client: Client, **headers: str) -> tuple[int, str]:
        answer = client.post(path, "{}", content_type="application/json", headers=headers)
        return answer.status_code, answer.json()["error"]["code"]

    assert door.get(path).status_code == 405
    assert post(admin_client)[1] == "kiosk.not_paired"
    cookie_alone = Client()
    cookie_alone.cookies = door.cookies
    assert post(cookie_alone, **{"X-FaceRoster-Kiosk": "1"})[1] in ("kiosk.unsigned", "kiosk.signature")
    Kiosk.objects.update(status=KioskStatus.REVOKED)
    assert post(door) == (403, "kiosk.revoked")


@pytest.mark.parametrize("path", ["/kiosk/pin", "/kiosk/not-me"])
def test_what_is_no_small_json_from_the_page_is_refused(path: str, door: DeviceClient) -> None:
    def post(body: str, kind: str = "application/json", **headers: str) -> tuple[int, str]:
        answer = door.post(path, body, content_type=kind, headers=headers)
        return answer.status_code, answer.json()["error"]["code"]

    assert post("{}", "text/plain") == (415, "kiosk.not_json")
    assert post("{", "application/json") == (400, "kiosk.not_json")
    assert post("[" * 4000) == (400, "kiosk.not_json")
    assert post("[1]") == (400, "kiosk.not_json")
    assert post(json.dumps({"pin": "1" * 5000})) == (413, "kiosk.too_large")
    door.defaults.pop("HTTP_X_FACEROSTER_KIOSK")
    assert post("{}") == (403, "kiosk.header_missing")


# Tickets ----------------------------------------------------------------------------------------------


@pytest.fixture
def twins(make_person: MakePerson) -> tuple[Person, Person]:
    one, other = make_person(name="Eve"), make_person(name="Ida")
    pin_set(person=one, pin="4071", user=None)
    pin_set(person=other, pin="829405", user=None)
    return one, other


def test_a_look_alike_needs_the_pin_alone_and_the_punch_keeps_its_decision(
    door: DeviceClient, kiosk: Kiosk, twins: tuple[Person, Person], make_decision: Callable[..., Decision]
) -> None:
    decision = make_decision()
    ticket = ticket_make(kiosk, "look_alike", [twin.pk for twin in twins], decision)
    assert refused(door, ticket=ticket, pin="555012") == "pass.wrong"
    assert enter(door, ticket=ticket, pin="829405")[1]["person"]["name"] == "Ida"
    punch = Punch.objects.get()
    assert (punch.person, punch.decision, punch.source) == (twins[1], decision, "pin")
    assert refused(door, ticket=ticket, pin="829405") == "ticket.used"


def test_a_punch_that_was_lost_costs_no_ticket(
    door: DeviceClient,
    kiosk: Kiosk,
    twins: tuple[Person, Person],
    make_decision: Callable[..., Decision],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticket = ticket_make(kiosk, "look_alike", [twin.pk for twin in twins], make_decision())

    def lost(**_: Any) -> None:
        raise RuntimeError("the worker is gone")

    with monkeypatch.context() as patch:
        patch.setattr(passing, "punch_record", lost)
        with pytest.raises(RuntimeError):
            enter(door, ticket=ticket, pin="829405")
    assert not Punch.objects.exists()
    assert enter(door, ticket=ticket, pin="829405")[1]["state"] == "punched"
    assert refused(door, ticket=ticket, pin="829405") == "ticket.used"
    assert Punch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_counts(
    kiosk: Kiosk, twins: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_make(kiosk, "look_alike", [twin.pk for twin in twins], None)
    gate = threading.Barrier(2)

    def both_right(people: list[Person], pin: object) -> Person:
        found = pass_choose(people, pin)
        gate.wait(timeout=60)  # each has opened the ticket before one is written down
        return found

    monkeypatch.setattr(passing, "pass_choose", both_right)

    def answer(pin: str) -> str:
        try:
            return str(passing.pin_punch(kiosk=kiosk, pin=pin, ticket=ticket)["state"])
        except FaceRosterError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(answer, ["4071", "829405"]))
    assert sorted(said) == ["punched", "ticket.used"]
    assert Punch.objects.count() == 1


def test_the_second_twin_of_one_visit_is_punched_without_the_decision(
    door: DeviceClient, kiosk: Kiosk, twins: tuple[Person, Person], make_decision: Callable[..., Decision]
) -> None:
    decision, both = make_decision(), [twin.pk for twin in twins]
    for pin in ("4071", "829405"):
        ticket = ticket_make(kiosk, "look_alike", both, decision)
        assert enter(door, ticket=ticket, pin=pin)[1]["state"] == "punched"
    found = dict(Punch.objects.values_list("person__name", "decision"))
    assert found == {"Eve": decision.pk, "Ida": None}


def test_a_pin_of_nobody_on_the_ticket_opens_nothing(
    door: DeviceClient, kiosk: Kiosk, twins: tuple[Person, Person], ada: Person
) -> None:
    ticket = ticket_make(kiosk, "not_me", [twins[0].pk], None)
    assert refused(door, ticket=ticket, pin="829405") == "pass.wrong"
    assert not Punch.objects.exists()


def test_guessing_with_fresh_tickets_comes_to_an_end(
    door: DeviceClient, kiosk: Kiosk, twins: tuple[Person, Person], freeze: Freeze
) -> None:
    freeze(MORNING)
    both = [twin.pk for twin in twins]
    said = [
        refused(door, ticket=ticket_make(kiosk, "look_alike", both, None), pin="555012") for _ in range(6)
    ]
    assert said == ["pass.wrong"] * 5 + ["pass.too_many"]


def test_a_ticket_has_three_tries_one_kiosk_and_a_minute(
    door: DeviceClient, kiosk: Kiosk, twins: tuple[Person, Person], site: Site, freeze: Freeze
) -> None:
    tickets = [ticket_make(kiosk, "look_alike", [twins[0].pk], None) for _ in range(3)]
    elsewhere = paired_device(site)[1]
    assert refused(elsewhere, ticket=tickets[0], pin="4071") == "ticket.invalid"
    said = [refused(door, ticket=tickets[1], pin="555012") for _ in range(4)]
    assert said == ["pass.wrong"] * 3 + ["ticket.too_many"]
    assert refused(door, ticket=tickets[2], pin="40") == "pin.form"  # costs no try
    assert enter(door, ticket=tickets[2], pin="4071")[0] == 200


def test_a_ticket_is_too_old_after_a_minute(
    kiosk: Kiosk, twins: tuple[Person, Person], freeze: Freeze
) -> None:
    from faceroster.attendance.passing import pin_punch
    from faceroster.core.errors import Conflict

    freeze(MORNING)
    ticket = ticket_make(kiosk, "look_alike", [twins[0].pk], None)
    freeze(MORNING + LIFE + timedelta(seconds=1))
    with pytest.raises(Conflict) as error:
        pin_punch(kiosk=kiosk, pin="4071", ticket=ticket)
    assert error.value.code == "ticket.expired"


def test_who_was_not_shown_to_be_live_enters_number_and_pin(
    door: DeviceClient, kiosk: Kiosk, ada: Person, make_decision: Callable[..., Decision]
) -> None:
    decision = make_decision(outcome="not_live")
    ticket = ticket_make(kiosk, "not_live", [], decision)
    assert refused(door, ticket=ticket, pin="4071") == "pass.number_missing"
    assert enter(door, ticket=ticket, number=ada.employee_number, pin="4071")[0] == 200
    assert Punch.objects.get().decision == decision


def test_twins_with_the_same_pin_are_asked_for_the_number_on_the_same_ticket(
    door: DeviceClient, kiosk: Kiosk, twins: tuple[Person, Person]
) -> None:
    pin_set(person=twins[1], pin="4071", user=None)
    ticket = ticket_make(kiosk, "look_alike", [twin.pk for twin in twins], None)
    assert refused(door, ticket=ticket, pin="4071") == "pass.number_needed"
    answer = enter(door, ticket=ticket, number=twins[1].employee_number, pin="4071")[1]
    assert answer["person"]["name"] == "Ida"


# Badges -----------------------------------------------------------------------------------------------


def hold(door: Client, picture: bytes) -> tuple[int, dict[str, Any]]:
    answer = door.post("/kiosk/badge", picture, content_type="image/jpeg")
    return answer.status_code, answer.json()


@pytest.mark.usefixtures("worker_at_hand")
def test_a_badge_is_punched_and_greeted(
    door: DeviceClient, kiosk: Kiosk, person: Person, staff_user: User, freeze: Freeze
) -> None:
    freeze(MORNING)
    _, content = badge_issue(person=person, user=staff_user)
    status, answer = hold(door, jpeg(scene(content, side=240)))
    punch = Punch.objects.get()
    assert (punch.person, punch.kiosk, punch.source) == (person, kiosk, "badge")
    assert (status, answer["state"], answer["time"]) == (200, "punched", "08:58")
    assert answer["greeting"] == f"Good morning, {person.name}"
    assert hold(door, jpeg(scene(content, side=240)))[1]["state"] == "already"


@pytest.mark.usefixtures("worker_at_hand")
def test_what_is_no_good_badge_has_a_code(door: DeviceClient, person: Person, staff_user: User) -> None:
    def code(picture: bytes) -> str:
        return str(hold(door, picture)[1]["error"]["code"])

    _, content = badge_issue(person=person, user=staff_user)
    badge_revoke(person=person, user=staff_user)
    assert code(jpeg(scene(content, side=240))) == "badge.revoked"
    assert code(jpeg(scene("https://example.org", side=240))) == "badge.unknown"
    assert code(jpeg(scene(content, side=240)[:120])) == "badge.no_code"  # the wall above it
    assert code(b"no picture").startswith("image.")
    assert not Punch.objects.exists()


def test_a_badge_is_taken_as_a_jpeg_of_bounded_size(door: DeviceClient) -> None:
    assert hold(door, b"")[1]["error"]["code"] == "image.empty"
    assert hold(door, b"x" * 1_100_000)[0] == 413
    answer = door.post("/kiosk/badge", "{}", content_type="application/json")
    assert answer.json()["error"]["code"] == "image.unsupported_format"


@pytest.mark.usefixtures("worker")
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_reads_it(door: DeviceClient, person: Person, staff_user: User) -> None:
    _, content = badge_issue(person=person, user=staff_user)
    status, answer = hold(door, jpeg(scene(content, side=240)))
    assert (status, answer["state"]) == (200, "punched")
    assert hold(door, jpeg(scene("FR1:" + uuid4().hex[:24], side=240)))[1]["error"]["code"] == "badge.unknown"
