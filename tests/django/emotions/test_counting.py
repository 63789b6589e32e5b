"""From a punch to a count: after it, never in its way, each person once, and nobody named."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from django.core.cache import cache

from faceroster import jobs, vision
from faceroster.attendance.models import Punch
from faceroster.attendance.services import arrival_record
from faceroster.core.errors import Unavailable
from faceroster.emotions import services
from faceroster.emotions.models import EmotionDay
from faceroster.emotions.services import days_tell, face_follow_up, face_read
from faceroster.emotions.tally import Tally, mark_of
from faceroster.enrollment.probes import probe_put
from faceroster.kiosks.messages import State
from faceroster.kiosks.models import Decision, Kiosk, KioskStatus, Outcome
from faceroster.kiosks.visits import Look, Visit
from faceroster.people.models import Person, Site
from recognition.emotion import inference
from recognition.errors import ModelError
from tests.django.emotions.conftest import DAY, ENDS_AT, FACE, FRAME, NOON
from tests.support.emotions import SIDE, shade, shades_network, write_network

pytestmark = pytest.mark.django_db
Punched = Callable[..., bool]
#: The day is over in New York.
NEXT = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)


def counts(site: Site) -> dict[str, int]:
    """What lies in the present day's sealed tally."""
    row = EmotionDay.objects.get(site=site, day=DAY)
    assert row.tally is not None
    return dict(Tally.opened(bytes(row.tally), site_id=site.pk, day=DAY).counts)


@pytest.fixture
def crowd(make_person: Any, make_department: Any, on: Site) -> list[Person]:
    department = make_department(site=on)
    return [make_person(department=department) for _ in range(25)]


@pytest.fixture
def arrive(on: Site, person: Person) -> Callable[[], dict[str, Any]]:
    """Someone who is recognised stands before a kiosk of the site."""
    kiosk = Kiosk.objects.create(name="Door", site=on, status=KioskStatus.ACTIVE, secret_digest="d")

    def visit() -> dict[str, Any]:
        decision = Decision.objects.create(
            kiosk=kiosk,
            site=on,
            outcome=Outcome.ACCEPTED,
            person=person,
            threshold=4.0,
            margin=1.0,
            gallery_version=1,
        )
        found = Visit(
            State.ACCEPTED, "Hello", (640, 480), decision=decision, person=person, look=Look(FRAME, FACE)
        )
        with mock.patch("faceroster.attendance.arrivals.visit_decide", return_value=found):
            return arrival_record(kiosk_id=kiosk.pk, probe_id=probe_put(b"a frame"))

    return visit


def test_a_punch_is_tagged_after_it_was_recorded(
    arrive: Any, on: Site, sent: list[Any], network: Any
) -> None:
    at_sending: list[int] = []
    with mock.patch.object(jobs, "enqueue") as enqueue:
        enqueue.side_effect = lambda task, *args: (
            task.startswith("emotions.")
            and (at_sending.append(Punch.objects.count()), sent.append((task, args)))
        )
        assert arrive()["state"] == "punched"
    assert at_sending == [1]
    assert not network.called
    [(task, (probe_id,))] = sent
    assert task == "emotions.read"
    assert face_read(probe_id=probe_id) is True
    assert counts(on) == {"happy": 1}


def test_who_is_greeted_again_is_not_tagged_again(arrive: Any, sent: list[Any], network: Any) -> None:
    assert [arrive()["state"] for _ in range(2)] == ["punched", "already"]
    assert len(sent) == 1


@pytest.mark.parametrize(
    "broken",
    ["faceroster.vision.emotion_crop", "faceroster.emotions.services.probe_put", "faceroster.jobs.enqueue"],
)
def test_whatever_goes_wrong_the_punch_stands_and_the_kiosk_is_answered(
    broken: str, arrive: Any, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    send = jobs.enqueue

    def fail(*args: Any, **kwargs: Any) -> None:
        if args and args[0] == "attendance.compute":
            return send(*args, **kwargs)
        raise RuntimeError("broken")

    with mock.patch(broken, side_effect=fail):
        answer = arrive()
    assert (answer["state"], answer["person"]["id"]) == ("punched", str(person.pk))
    assert Punch.objects.count() == 1
    assert "was not handed over" in caplog.text


def test_a_network_that_is_missing_fails_the_task_alone(arrive: Any, sent: list[Any], network: Any) -> None:
    network.side_effect = ModelError("missing", code="model.missing")
    assert arrive()["state"] == "punched"
    [(_, (probe_id,))] = sent
    with pytest.raises(ModelError):
        face_read(probe_id=probe_id)
    assert Punch.objects.count() == 1
    assert not EmotionDay.objects.exists()
    assert cache.get(f"probe:{probe_id}") is None


def test_the_face_travels_sealed_without_a_name_and_is_taken_once(
    on: Site, person: Person, sent: list[Any], network: Any
) -> None:
    face_follow_up(site=on, person_id=person.pk, day=DAY, ends_at=ENDS_AT, image=FRAME, face=FACE)
    [(_, arguments)] = sent
    assert len(arguments) == 1  # nothing but the probe's id
    blob = cache.get(f"probe:{arguments[0]}")
    crop = np.round(vision.emotion_crop(FRAME, FACE) * 255).astype(np.uint8).tobytes()
    assert len(crop) < len(blob) < 2 * len(crop)
    assert str(on.pk).encode() not in blob
    with mock.patch("faceroster.emotions.services.probe_take", wraps=services.probe_take) as take:
        assert face_read(probe_id=arguments[0]) is True
        assert face_read(probe_id=arguments[0]) is False
    assert take.call_count == 2
    assert cache.get(f"probe:{arguments[0]}") is None
    assert network.call_count == 1
    np.testing.assert_allclose(network.call_args.args[0], vision.emotion_crop(FRAME, FACE), atol=1 / 255)


def test_each_person_counts_once_a_day_and_site(
    on: Site, crowd: list[Person], punched: Punched, network: Any, make_site: Any, switch: Any
) -> None:
    first, second, *_ = crowd
    assert punched(on, first, "sad") is True
    assert punched(on, first, "happy") is False
    assert punched(on, second, "happy") is True
    assert counts(on) == {"sad": 1, "happy": 1}
    assert network.call_count == 2  # whoever is counted already is not even read
    other = make_site(timezone="America/New_York")
    switch(other)
    assert punched(other, first, "happy") is True
    assert counts(other) == {"happy": 1}


def test_below_one_half_it_says_unsure(on: Site, person: Person, punched: Punched) -> None:
    punched(on, person, None)
    assert counts(on) == {"unsure": 1}


def _knows_nothing(folder: Path) -> Path:
    """A network for which all seven are equally probable."""
    from keras import Input, Sequential, layers

    shape = (SIDE, SIDE, 1)
    return write_network(
        folder,
        Sequential([Input(shape), layers.Flatten(), layers.Dense(7, "softmax", kernel_initializer="zeros")]),
    )


@pytest.mark.parametrize(
    ("make", "said"), [(shades_network, "angry"), (_knows_nothing, "unsure")], ids=["sure", "unsure"]
)
def test_a_real_network_reads_the_face_that_was_sent(
    make: Callable[[Path], Path],
    said: str,
    on: Site,
    person: Person,
    sent: list[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = inference.load(make(tmp_path / "trained"))
    monkeypatch.setattr(inference, "load", lambda **_: network)
    image = np.full_like(FRAME, shade("angry"))
    face_follow_up(site=on, person_id=person.pk, day=DAY, ends_at=ENDS_AT, image=image, face=FACE)
    [(_, (probe_id,))] = sent
    assert face_read(probe_id=probe_id) is True
    assert counts(on) == {said: 1}


def test_the_network_that_ships_reads_a_real_face(
    on: Site, person: Person, sent: list[Any], demo_photo: Any
) -> None:
    image = vision.decode(demo_photo(0, 1))
    [found] = vision.engine().analyse([image])[0]
    face_follow_up(site=on, person_id=person.pk, day=DAY, ends_at=ENDS_AT, image=image, face=found.face)
    [(_, (probe_id,))] = sent
    assert face_read(probe_id=probe_id) is True
    [readings] = vision.read_emotions(image, [found.face])
    best = max(readings, key=readings.__getitem__)
    assert sum(readings.values()) == pytest.approx(1, abs=1e-4)
    assert counts(on) == {best if readings[best] >= 0.5 else "unsure": 1}


def test_nothing_is_told_before_the_day_is_over_and_then_only_groups(
    on: Site, crowd: list[Person], punched: Punched, freeze: Any
) -> None:
    for number, person in enumerate(crowd):
        punched(on, person, "happy" if number < 12 else "neutral" if number < 24 else "angry")
    freeze(NEXT - timedelta(seconds=1))
    assert days_tell() == 0
    row = EmotionDay.objects.get()
    assert (row.told_at, row.people, row.groups) == (None, None, [])
    freeze(NEXT)
    assert days_tell() == 1
    assert days_tell() == 0
    row.refresh_from_db()
    assert (row.told_at, row.tally, row.least, row.people) == (NEXT, None, 10, 25)
    assert [(group["emotions"][0], group["people"]) for group in row.groups] == [("happy", 12), ("angry", 13)]
    # Who alone was angry is among thirteen, and counts are not kept beside what is told.
    assert "neutral" in row.groups[1]["emotions"]
    assert punched(on, crowd[0], "happy") is False


@pytest.mark.parametrize(("number", "people"), [(9, None), (10, 10), (19, 19)])
def test_fewer_than_ten_people_are_not_even_counted_aloud(
    number: int, people: int | None, on: Site, crowd: list[Person], punched: Punched, freeze: Any
) -> None:
    for person in crowd[:number]:
        punched(on, person, "sad")
        punched(on, person, "sad")  # again: people are counted, not punches
    freeze(NEXT)
    days_tell()
    row = EmotionDay.objects.get()
    assert (row.people, row.groups) == (people, [])


def test_the_least_number_is_a_setting(
    on: Site, crowd: list[Person], punched: Punched, freeze: Any, settings: Any
) -> None:
    settings.FACEROSTER = {**settings.FACEROSTER, "EMOTION_LEAST_PEOPLE": 5}
    for number, person in enumerate(crowd[:10]):
        punched(on, person, "sad" if number % 2 else "happy")
    freeze(NEXT)
    days_tell()
    row = EmotionDay.objects.get()
    assert (row.least, [group["people"] for group in row.groups]) == (5, [5, 5])


def test_nothing_stored_leads_to_a_person(
    on: Site, crowd: list[Person], punched: Punched, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for person in crowd[:3]:
        punched(on, person, "disgust")
    row = EmotionDay.objects.get()
    assert row.tally is not None
    sealed = bytes(row.tally)
    plain = Tally.opened(sealed, site_id=on.pk, day=DAY)
    assert b"disgust" not in sealed
    for person in crowd[:3]:
        mark = mark_of(person.pk, site_id=on.pk, day=DAY)
        assert mark in plain.marks
        assert mark.encode() not in sealed
        assert mark not in (
            mark_of(person.pk, site_id=on.pk, day=DAY + timedelta(days=1)),
            mark_of(person.pk, site_id=person.pk, day=DAY),
        )
        assert person.pk.hex not in repr(plain)
        assert str(person.pk) not in caplog.text
    assert "disgust" not in caplog.text
    fields = {field.name: field.related_model for field in EmotionDay._meta.get_fields() if field.is_relation}
    assert fields == {"site": Site}


def test_switching_off_destroys_what_is_not_told_and_stops_what_is_on_its_way(
    on: Site, crowd: list[Person], punched: Punched, switch: Any, sent: list[Any], network: Any, freeze: Any
) -> None:
    punched(on, crowd[0])
    sent.clear()
    face_follow_up(site=on, person_id=crowd[1].pk, day=DAY, ends_at=ENDS_AT, image=FRAME, face=FACE)
    switch(on, on=False)
    assert not EmotionDay.objects.exists()
    [(_, (probe_id,))] = sent
    calls = network.call_count
    assert face_read(probe_id=probe_id) is False
    assert network.call_count == calls
    freeze(NEXT)
    assert days_tell() == 0


def test_a_lock_that_comes_before_the_end_destroys_the_day_untold(
    on: Site, crowd: list[Person], punched: Punched, freeze: Any
) -> None:
    for person in crowd:
        punched(on, person)
    on.timezone = "Europe/Berlin"
    on.save()
    freeze(NEXT)
    assert days_tell() == 0
    assert not EmotionDay.objects.exists()


def test_what_comes_too_late_is_not_counted(
    on: Site, person: Person, sent: list[Any], network: Any, freeze: Any
) -> None:
    face_follow_up(site=on, person_id=person.pk, day=DAY, ends_at=ENDS_AT, image=FRAME, face=FACE)
    [(_, (probe_id,))] = sent
    freeze(NEXT)
    assert face_read(probe_id=probe_id) is False
    assert face_read(probe_id="gone") is False
    assert not network.called
    assert not EmotionDay.objects.exists()


def test_a_tally_under_another_root_key_is_lost_and_nothing_else(
    on: Site, crowd: list[Person], punched: Punched, freeze: Any, settings: Any
) -> None:
    punched(on, crowd[0])
    settings.FACEROSTER_ROOT_KEY = "YW5vdGhlci0tLS1yb290LWtleS1vZi0zMi1ieXRlcyE="
    freeze(NEXT)
    assert days_tell() == 0
    assert not EmotionDay.objects.exists()


def test_a_cache_that_is_down_is_no_matter_for_the_punch(arrive: Any) -> None:
    down = Unavailable("worker.unreachable", "Down.")
    with mock.patch("faceroster.emotions.services.probe_put", side_effect=down):
        assert arrive()["state"] == "punched"
    assert Punch.objects.get().at == NOON
