"""A kiosk's frame, from the probe to the punch and the answer. Whom it shows is decided elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.utils import timezone

from faceroster.attendance.models import Punch
from faceroster.attendance.services import arrival_record, greeting
from faceroster.core.errors import NotAllowed, Unavailable
from faceroster.enrollment.probes import probe_put
from faceroster.kiosks.messages import State
from faceroster.kiosks.models import Decision, Kiosk, KioskStatus, Outcome
from faceroster.kiosks.services import Visit
from faceroster.people.models import Person, Site

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 18, 7, 58, 20, tzinfo=UTC)  # 08:58 in Berlin


@pytest.fixture
def kiosk(site: Site) -> Kiosk:
    return Kiosk.objects.create(name="Door", site=site, status=KioskStatus.ACTIVE, secret_digest="d")


@pytest.fixture
def seen(person: Person, kiosk: Kiosk) -> Callable[[], Visit]:
    """A fresh visit in which ``person`` is recognised."""

    def visit() -> Visit:
        decision = Decision.objects.create(
            kiosk=kiosk,
            site=kiosk.site,
            outcome=Outcome.ACCEPTED,
            person=person,
            score=0.98,
            threshold=0.95,
            margin=0.005,
            gallery_version=1,
        )
        return Visit(State.ACCEPTED, "Hello", (640, 480), decision=decision, person=person)

    return visit


def arrive(kiosk: Kiosk, visit: Visit) -> dict[str, Any]:
    with mock.patch("faceroster.attendance.arrivals.visit_decide", return_value=visit) as decide:
        answer = arrival_record(kiosk_id=kiosk.pk, probe_id=probe_put(b"a frame"))
    decide.assert_called_once_with(kiosk=kiosk, frame=b"a frame", received=None, challenge="")
    return answer


def test_someone_recognised_is_punched_and_greeted(
    kiosk: Kiosk, person: Person, seen: Callable[[], Visit], freeze: Callable[[datetime], None]
) -> None:
    freeze(MORNING)
    visit = seen()
    answer = arrive(kiosk, visit)
    punch = Punch.objects.get()
    assert (punch.person, punch.kiosk, punch.decision, punch.at) == (person, kiosk, visit.decision, MORNING)
    assert (answer["state"], answer["time"]) == ("punched", "08:58")
    assert answer["greeting"] == f"Good morning, {person.name}"
    assert answer["person"] == {"id": str(person.pk), "name": person.name}
    assert answer["punch"] == {"id": str(punch.pk), "direction": "in", "at": "2026-11-18T07:58:20+00:00"}
    assert answer["not_me"] == {"punch": str(punch.pk), "seconds": 10}


def test_again_within_the_debounce_time_is_told_so_and_later_says_goodbye(
    kiosk: Kiosk, person: Person, seen: Callable[[], Visit], freeze: Callable[[datetime], None]
) -> None:
    freeze(MORNING)
    first = arrive(kiosk, seen())
    freeze(MORNING + timedelta(seconds=30))
    again = arrive(kiosk, seen())
    assert (again["state"], again["punch"], again["time"]) == ("already", first["punch"], "08:58")
    assert again["not_me"] is None
    assert "08:58" in again["message"]
    freeze(MORNING + timedelta(hours=8))
    last = arrive(kiosk, seen())
    assert (last["state"], last["greeting"]) == ("punched", f"Goodbye, {person.name}")
    assert Punch.objects.count() == 2


def test_the_same_visit_again_is_one_punch(kiosk: Kiosk, seen: Callable[[], Visit]) -> None:
    visit = seen()
    assert [arrive(kiosk, visit)["state"] for _ in range(3)] == ["punched", "already", "already"]
    assert Punch.objects.count() == 1


@pytest.mark.parametrize("state", [State.NOBODY, State.UNKNOWN, State.AMBIGUOUS, State.UNSURE])
def test_nobody_recognised_is_no_punch(kiosk: Kiosk, state: State) -> None:
    answer = arrive(kiosk, Visit(state, "words", (640, 480)))
    assert (answer["state"], answer["punch"], answer["greeting"]) == (state.value, None, None)
    assert not Punch.objects.exists()


def test_the_kiosk_is_noted_as_seen(kiosk: Kiosk) -> None:
    arrive(kiosk, Visit(State.NOBODY, "words", (640, 480)))
    kiosk.refresh_from_db()
    assert kiosk.last_seen_at is not None
    assert timezone.now() - kiosk.last_seen_at < timedelta(minutes=5)


def test_a_kiosk_that_is_unknown_or_revoked_gets_nothing(kiosk: Kiosk) -> None:
    with pytest.raises(NotAllowed) as unknown:
        arrival_record(kiosk_id=uuid4(), probe_id=probe_put(b"x"))
    Kiosk.objects.update(status=KioskStatus.REVOKED)
    with pytest.raises(NotAllowed) as revoked:
        arrival_record(kiosk_id=kiosk.pk, probe_id=probe_put(b"x"))
    assert (unknown.value.code, revoked.value.code) == ("kiosk.unknown", "kiosk.revoked")


def test_a_frame_is_taken_once(kiosk: Kiosk) -> None:
    probe = probe_put(b"x")
    with mock.patch(
        "faceroster.attendance.arrivals.visit_decide", return_value=Visit(State.NOBODY, "", (1, 1))
    ):
        arrival_record(kiosk_id=kiosk.pk, probe_id=probe)
        with pytest.raises(Unavailable) as error:
            arrival_record(kiosk_id=kiosk.pk, probe_id=probe)
    assert error.value.code == "probe.expired"


@pytest.mark.parametrize(
    ("hour", "direction", "words"),
    [
        (0, "in", "Good evening, Ada"),
        (5, "in", "Good morning, Ada"),
        (11, "in", "Good morning, Ada"),
        (12, "in", "Good afternoon, Ada"),
        (17, "in", "Good afternoon, Ada"),
        (18, "in", "Good evening, Ada"),
        (9, "out", "Goodbye, Ada"),
    ],
)
def test_greeting(hour: int, direction: str, words: str) -> None:
    assert greeting("Ada", direction, datetime(2026, 11, 18, hour, 30, tzinfo=UTC)) == words
