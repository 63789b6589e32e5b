""" "That's not me": taking back what a kiosk recorded by the wrong face."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import numpy as np
import pytest
from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from faceroster.attendance import signals
from faceroster.attendance.corrections import correction_decide
from faceroster.attendance.due import due_compute
from faceroster.attendance.models import Correction, Due, Punch, PunchSource, Verdict, Workday
from faceroster.attendance.not_me import not_me, voids_by_kiosks
from faceroster.attendance.punches import punch_record
from faceroster.core.errors import Conflict, InvalidInput
from faceroster.enrollment.storage import person_key
from faceroster.kiosks.evidence import visit_vectors, visit_vectors_keep
from faceroster.kiosks.models import Decision, FalseAccept, Kiosk, Outcome
from faceroster.passes.pins import pin_set
from faceroster.people.models import Department, Person, Site
from faceroster.trust import sealing
from faceroster.trust.models import User
from tests.support.kiosks import DeviceClient, paired_device
from tests.support.seals import closed_by_hand

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 18, 7, 58, 20, tzinfo=UTC)
Freeze = Callable[[datetime], None]
Arrive = Callable[..., Punch]
VECTORS = np.eye(3, 128, dtype=np.float32)


@pytest.fixture(autouse=True)
def _morning(freeze: Freeze) -> None:
    freeze(MORNING)


@pytest.fixture
def arrive(kiosk: Kiosk, person: Person, make_decision: Callable[..., Decision]) -> Arrive:
    """Somebody is taken for ``person`` and punched."""

    def come(*, evidence: bool = True, decision: Decision | None = None) -> Punch:
        decision = decision or make_decision(outcome=Outcome.ACCEPTED, person=person)
        if evidence:
            visit_vectors_keep(decision.pk, "m@1", VECTORS)
        return punch_record(
            person=person,
            site=decision.site,
            source=PunchSource.KIOSK,
            kiosk=kiosk,
            decision=decision,
        ).punch

    return come


def press(door: DeviceClient, punch: object) -> dict[str, Any]:
    said = json.dumps({"punch": str(punch)})
    return door.post("/kiosk/not-me", said, content_type="application/json").json()


def test_the_punch_is_void_and_the_face_kept_sealed(
    kiosk: Kiosk, person: Person, arrive: Arrive, freeze: Freeze
) -> None:
    punch = arrive()
    freeze(MORNING + timedelta(seconds=9))
    answer = not_me(kiosk=kiosk, punch_id=str(punch.pk))
    void = Correction.objects.get()
    assert (void.kind, void.punch, void.person, void.day) == ("void", punch, person, punch.day)
    assert void.requested_by is None
    assert (void.verdict.approved, void.verdict.decided_by) == (True, None)
    assert kiosk.name in void.reason
    assert Punch.objects.get() == punch  # never deleted
    kept = FalseAccept.objects.get()
    assert (kept.person, kept.decision, kept.model) == (person, punch.decision, "m@1")
    assert VECTORS.tobytes() not in bytes(kept.sealed)
    context = f"false accept|{person.pk}|{punch.decision_id}|m@1"
    opened = sealing.unseal(person_key(person), bytes(kept.sealed), context=context)
    assert np.array_equal(np.frombuffer(opened, "<f4").reshape(-1, 128), VECTORS)
    with pytest.raises(sealing.SealError):
        sealing.unseal(
            person_key(person), bytes(kept.sealed), context=context.replace(str(person.pk), str(uuid4()))
        )
    assert (answer["state"], answer["pin"]["why"], answer["pin"]["number"]) == ("pin", "not_me", True)
    assert (answer["person"], answer["punch"], answer["not_me"]) == (None, None, None)


def test_the_face_that_was_let_in_is_kept_and_not_that_of_the_person_who_came_after(
    kiosk: Kiosk, arrive: Arrive
) -> None:
    punch = arrive()
    assert punch.decision_id is not None
    visit_vectors_keep(punch.decision_id, "m@1", VECTORS[:1])
    found = visit_vectors(punch.decision_id)
    assert found is not None
    assert np.array_equal(found[1], VECTORS)


def test_their_day_has_no_punch_any_more(person: Person, kiosk: Kiosk, arrive: Arrive) -> None:
    punch = arrive()
    not_me(kiosk=kiosk, punch_id=punch.pk)
    assert Due.objects.filter(person=person, day=punch.day).exists()
    due_compute(person_id=person.pk)
    row = Workday.objects.filter(person=person, day=punch.day).first()
    assert row is None or row.first_in is None


def test_the_real_person_goes_on_with_number_and_pin(
    kiosk: Kiosk, arrive: Arrive, make_person: Callable[..., Person]
) -> None:
    from faceroster.attendance.passing import pin_punch

    real = make_person()
    pin_set(person=real, pin="4071", user=None)
    ticket = not_me(kiosk=kiosk, punch_id=arrive().pk)["pin"]["ticket"]
    with pytest.raises(InvalidInput) as error:
        pin_punch(kiosk=kiosk, ticket=ticket, pin="4071")
    assert error.value.code == "pass.number_missing"
    answer = pin_punch(kiosk=kiosk, ticket=ticket, number=real.employee_number, pin="4071")
    assert (answer["state"], answer["person"]["id"]) == ("punched", str(real.pk))


def test_the_person_themself_comes_a_moment_later_and_is_in(
    kiosk: Kiosk, person: Person, arrive: Arrive, freeze: Freeze
) -> None:
    """The void one is neither a repetition nor a coming that this would be the going to."""
    not_me(kiosk=kiosk, punch_id=arrive().pk)
    freeze(MORNING + timedelta(seconds=20))
    again = arrive()
    assert Punch.objects.count() == 2
    assert (again.at, again.direction) == (MORNING + timedelta(seconds=20), "in")
    freeze(MORNING + timedelta(seconds=40))
    assert arrive() == again


def test_what_managers_void_is_still_not_repeated(
    kiosk: Kiosk, person: Person, arrive: Arrive, manager_user: User
) -> None:
    """A program that sends a punch again must not undo what a manager decided."""
    punch = arrive()
    ask = Correction.objects.create(
        person=person, kind="void", day=punch.day, punch=punch, reason="x", requested_by=manager_user
    )
    correction_decide(correction=ask, user=manager_user, approved=True)
    assert punch_record(person=person, site=punch.site, source=PunchSource.API, at=punch.at).punch == punch


def test_twice_is_once_and_answers_twice(kiosk: Kiosk, arrive: Arrive, freeze: Freeze) -> None:
    punch = arrive()
    first = not_me(kiosk=kiosk, punch_id=punch.pk)
    freeze(MORNING + timedelta(seconds=30))  # an answer that was lost on its way
    second = not_me(kiosk=kiosk, punch_id=punch.pk)
    assert {**first, "pin": None} == {**second, "pin": None}
    assert second["pin"]["ticket"]
    assert (Correction.objects.count(), Verdict.objects.count(), FalseAccept.objects.count()) == (1, 1, 1)


def test_it_is_for_ten_seconds_by_the_servers_clock(kiosk: Kiosk, arrive: Arrive, freeze: Freeze) -> None:
    punch = arrive()
    freeze(MORNING + timedelta(seconds=13))
    with pytest.raises(Conflict) as error:
        not_me(kiosk=kiosk, punch_id=punch.pk)
    assert error.value.code == "not_me.too_late"
    assert not Correction.objects.exists()
    assert not FalseAccept.objects.exists()


def test_it_is_for_punches_by_face_at_this_kiosk_alone(
    kiosk: Kiosk, person: Person, site: Site, arrive: Arrive
) -> None:
    punch = arrive()
    elsewhere, _ = paired_device(site)
    by_pin = punch_record(
        person=person, site=site, source=PunchSource.PIN, kiosk=kiosk, at=MORNING - timedelta(hours=1)
    ).punch
    for where, which in (
        (elsewhere, punch.pk),
        (kiosk, by_pin.pk),
        (kiosk, uuid4()),
        (kiosk, "x"),
        (kiosk, None),
        (kiosk, [str(punch.pk)]),
        (kiosk, "\ud800\0"),
    ):
        with pytest.raises(InvalidInput) as error:
            not_me(kiosk=where, punch_id=which)
        assert error.value.code == "not_me.unknown"
    assert not Correction.objects.exists()


def test_in_a_closed_period_it_waits_for_somebody_who_decides(
    kiosk: Kiosk, arrive: Arrive, department: Department, person: Person, manager_user: User
) -> None:
    punch = arrive()
    closed_by_hand(department, first=punch.day, last=punch.day)
    heard: list[Correction] = []

    def hear(correction: Correction, **_: Any) -> None:
        heard.append(correction)

    signals.correction_requested.connect(hear)
    try:
        assert not_me(kiosk=kiosk, punch_id=punch.pk)["state"] == "pin"
        not_me(kiosk=kiosk, punch_id=punch.pk)
    finally:
        signals.correction_requested.disconnect(hear)
    void = Correction.objects.get()
    assert heard == [void]
    assert not Verdict.objects.exists()
    assert FalseAccept.objects.exists()
    with pytest.raises(Conflict) as error:
        correction_decide(correction=void, user=manager_user, approved=True)
    assert error.value.code == "period.closed"


@pytest.mark.parametrize("how", ["gone", "no cache", "no key"])
def test_without_the_numbers_of_the_face_it_is_void_all_the_same(
    how: str, kiosk: Kiosk, arrive: Arrive
) -> None:
    punch = arrive(evidence=False)
    if how == "gone":
        cache.clear()
        not_me(kiosk=kiosk, punch_id=punch.pk)
    else:
        error = RedisError() if how == "no cache" else sealing.SealError("sealed.damaged", "")
        with mock.patch("faceroster.attendance.not_me.false_accept_add", side_effect=error):
            not_me(kiosk=kiosk, punch_id=punch.pk)
    assert Verdict.objects.get().approved
    assert not FalseAccept.objects.exists()


def test_managers_find_it(
    kiosk: Kiosk, person: Person, arrive: Arrive, make_person: Callable[..., Person]
) -> None:
    punch = arrive()
    not_me(kiosk=kiosk, punch_id=punch.pk)
    theirs, day = Person.objects.filter(pk=person.pk), punch.day
    assert [void.punch for void in voids_by_kiosks(theirs, first=day, last=day)] == [punch]
    others = Person.objects.filter(pk=make_person().pk)
    assert not voids_by_kiosks(others, first=day, last=day)
    assert not voids_by_kiosks(theirs, first=day + timedelta(days=1), last=day + timedelta(days=9))


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one(person: Person, site: Site) -> None:
    kiosk, _ = paired_device(site)
    decision = Decision.objects.create(
        kiosk=kiosk, site=site, outcome="accepted", person=person, threshold=1, margin=0, gallery_version=1
    )
    visit_vectors_keep(decision.pk, "m@1", VECTORS)
    punch = punch_record(
        person=person, site=site, source=PunchSource.KIOSK, kiosk=kiosk, decision=decision
    ).punch
    start, states = threading.Barrier(4), []

    def say() -> None:
        try:
            start.wait()
            states.append(not_me(kiosk=kiosk, punch_id=punch.pk)["state"])
        finally:
            connection.close()

    threads = [threading.Thread(target=say) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states == ["pin"] * 4
    assert (Correction.objects.count(), FalseAccept.objects.count()) == (1, 1)


def test_over_the_line(door: DeviceClient, arrive: Arrive) -> None:
    answer = press(door, arrive().pk)
    assert (answer["state"], answer["pin"]["why"]) == ("pin", "not_me")
    assert press(door, uuid4())["error"]["code"] == "not_me.unknown"
