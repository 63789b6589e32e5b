"""What a site's policy makes of who is recognised: let in, look on, ask for movements, or for a PIN."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from faceroster.core.errors import Conflict, FaceRosterError, InvalidInput, NotAllowed
from faceroster.kiosks import liveness
from faceroster.kiosks.evidence import visit_vectors
from faceroster.kiosks.messages import State
from faceroster.kiosks.models import Decision, Kiosk, KioskStatus, Outcome
from faceroster.kiosks.services import Visit, visit_answer
from faceroster.kiosks.sightings import KEPT, alone, sighting_read, visit_close
from faceroster.kiosks.tickets import TRIES, ticket_open
from faceroster.people.models import Liveness, Person
from tests.django.kiosks.standing import START, STEPS, Door, like, make_door

pytestmark = pytest.mark.django_db
MORE = ("liveness.more_frames",)


@pytest.fixture
def people(make_person: Callable[..., Person]) -> list[Person]:
    return [make_person(name=name) for name in ("Ada Alm", "Bo Berg", "Cy Cole")]


@pytest.fixture
def door(
    kiosk: Kiosk,
    people: list[Person],
    freeze: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Door:
    """The first person stands there, clear to see, at a site with the policy that all begin with."""
    made = make_door(kiosk, freeze, monkeypatch, [person.pk for person in people])
    policy(made, Liveness.PASSIVE)
    made.stand(like(0, 0.95))
    return made


def policy(door: Door, value: Liveness) -> None:
    assert door.kiosk.site is not None
    door.kiosk.site.liveness = value
    door.kiosk.site.save()


def test_a_live_person_is_let_in_and_the_decision_says_why(door: Door, people: list[Person]) -> None:
    visit = door.frame()
    assert (visit.state, visit.person) == (State.ACCEPTED, people[0])
    row = Decision.objects.get()
    assert row.liveness == {
        "policy": "passive", "frames": 1, "verdict": "live", "score": 5.0, "cues": {"planarity": 0.0123},
        "codes": [],
    }  # fmt: skip
    kept = visit_vectors(row.pk)
    assert kept is not None
    assert (kept[0], kept[1].shape) == ("net@1", (1, 128))


def test_while_more_is_to_be_seen_nobody_is_named_and_nothing_stored(
    door: Door, people: list[Person]
) -> None:
    door.library.verdict, door.library.codes = "doubt", MORE
    for n in range(1, 4):
        visit = door.frame()
        assert (visit.state, visit.person, visit.decision, visit.codes) == (State.HOLD, None, None, MORE)
        assert door.library.assessed == n
        told = json.dumps(visit_answer(visit))
        assert people[0].name not in told
        assert str(people[0].pk) not in told
    assert not Decision.objects.exists()
    door.library.verdict, door.library.codes = "live", ()
    assert door.frame().state is State.ACCEPTED


def test_off_asks_for_nothing_and_looks_at_nothing(door: Door) -> None:
    policy(door, Liveness.OFF)
    door.library.verdict = "not_live"
    assert door.frame().state is State.ACCEPTED
    assert door.library.assessed == 0
    assert Decision.objects.get().liveness == {}


@pytest.mark.parametrize("verdict", ["doubt", "not_live"])
def test_in_doubt_movements_are_asked_for(door: Door, verdict: str) -> None:
    door.library.verdict = verdict
    visit = door.frame()
    assert visit.state is State.CHALLENGE
    assert visit.challenge is not None
    assert (visit.challenge["step"], visit.challenge["of"], visit.challenge["prompt"]) == (1, 3, "straight")
    assert visit.challenge["seconds"] == 20
    assert visit.message == "Look straight into the camera"
    assert not Decision.objects.exists()


def test_waiting_for_more_ends(door: Door) -> None:
    door.library.verdict, door.library.codes = "doubt", MORE
    assert set(door.frames(13)) == {"hold"}
    assert door.frame().state is State.CHALLENGE, "after two seconds and a half"


def test_beyond_doubt_means_more_than_live(door: Door) -> None:
    policy(door, Liveness.CHALLENGE)
    assert door.frames(6) == ["hold"] * 6, "live, but not beyond doubt: it may come to be"
    assert door.frame().state is State.CHALLENGE
    cache.clear()
    door.library.score = 8.0
    assert door.frame().state is State.ACCEPTED


def test_always_asks_everybody(door: Door) -> None:
    policy(door, Liveness.ALWAYS)
    door.library.score = 99.0
    assert door.frame().state is State.CHALLENGE


def test_a_challenge_passed_lets_in_and_is_asked_once(door: Door, people: list[Person]) -> None:
    policy(door, Liveness.ALWAYS)
    visit = door.frame()
    for number, prompt in ((1, "left"), (2, "right"), (3, "nearer")):
        visit = door.answer(visit, number)
        assert visit.challenge is not None
        assert (visit.state, visit.challenge["prompt"]) == (State.CHALLENGE, prompt)
        assert visit.challenge["step"] == number
        assert people[0].name not in json.dumps(visit_answer(visit))
    visit = door.answer(visit, 4)
    assert (visit.state, visit.person, visit.challenge) == (State.ACCEPTED, people[0], None)
    row = Decision.objects.get()
    assert row.liveness["verdict"] == "live"
    assert row.liveness["challenge"] == {"verdict": "passed", "steps": list(STEPS), "lost": []}
    assert set(door.frames(3)) == {"accepted"}, "the same face stays live"
    assert Decision.objects.get().frames == 4


def test_an_order_that_let_somebody_in_is_not_asked_of_them_again(door: Door, people: list[Person]) -> None:
    policy(door, Liveness.ALWAYS)
    visit = door.frame()
    assert door.library.avoided == []
    for number in range(1, 5):
        visit = door.answer(visit, number)
    assert visit.state is State.ACCEPTED
    long_ago = START - timedelta(hours=1)
    Decision.objects.update(created_at=long_ago, last_frame_at=long_ago)
    cache.clear()
    assert door.frame().state is State.CHALLENGE
    assert door.library.avoided == [STEPS]
    cache.clear()
    door.stand(like(1, 0.95))
    assert door.frame().state is State.CHALLENGE
    assert door.library.avoided == [], "of anybody else it is"


def test_frames_that_answer_nothing_pass_nothing(door: Door) -> None:
    policy(door, Liveness.ALWAYS)
    door.frame()
    assert set(door.frames(5)) == {"challenge"}
    assert door.library.seen == []


def test_two_challenges_lost_end_at_the_pin(door: Door, kiosk: Kiosk, people: list[Person]) -> None:
    door.library.verdict, door.library.refuse = "not_live", "challenge.flat"
    first = door.frame()
    second = door.answer(first, 1)
    assert (second.state, second.codes) == (State.CHALLENGE, ("challenge.flat",))
    assert first.challenge
    assert second.challenge
    assert second.challenge["nonce"] != first.challenge["nonce"]
    last = door.answer(second, 1)
    assert (last.state, last.codes) == (State.NOT_LIVE, ("liveness.not_shown", "challenge.flat"))
    assert last.pin is not None
    ticket = ticket_open(kiosk, last.pin["ticket"])
    assert (ticket.why, ticket.people, ticket.decision) == ("not_live", (), last.decision.pk)  # type: ignore[union-attr]
    row = Decision.objects.get()
    assert (row.outcome, row.person) == (Outcome.NOT_LIVE, None)
    assert row.candidates[0]["person"] == str(people[0].pk)
    assert row.liveness["verdict"] == "not_live"
    assert row.liveness["challenge"]["lost"] == ["challenge.flat"] * 2
    assert people[0].name not in json.dumps(visit_answer(last))
    again = door.frame()
    assert (again.state, again.pin) == (State.NOT_LIVE, last.pin), "the same ticket"
    assert Decision.objects.count() == 1
    for _ in range(TRIES - 1):
        ticket_open(kiosk, last.pin["ticket"])
    fresh = door.frame()
    assert fresh.pin is not None
    assert fresh.pin["ticket"] != last.pin["ticket"], "who mistyped it looks into the camera, and goes on"
    assert ticket_open(kiosk, fresh.pin["ticket"]).decision == ticket.decision


def test_lifting_a_photo_off_and_on_gives_no_new_chances(door: Door) -> None:
    door.library.verdict, door.library.refuse = "not_live", "challenge.flat"
    visit = door.frame()
    for _ in range(2):
        visit = door.answer(visit, 1)
    faces, door.faces = door.faces, []
    door.frame(after=10)
    door.faces = faces
    door.library.verdict = "live"
    assert door.frame().state is State.NOT_LIVE


def test_who_goes_away_from_a_challenge_has_lost_it(door: Door) -> None:
    door.library.verdict = "doubt"
    states = []
    for _ in range(3):
        states.append(door.frame(after=6).state)
    assert states == [State.CHALLENGE, State.CHALLENGE, State.NOT_LIVE]


def test_going_away_from_a_challenge_loses_it_once(door: Door) -> None:
    door.library.verdict = "doubt"
    assert door.frame().state is State.CHALLENGE
    faces, door.faces = door.faces, []
    for after in (6, 1, 1, 1):  # the camera goes on, and sees nobody
        assert door.frame(after=after).state is State.NOBODY
    door.faces = faces
    assert door.frame().state is State.CHALLENGE, "one chance is left"


def test_a_challenge_ends_after_twenty_seconds(door: Door) -> None:
    door.library.verdict = "doubt"
    first = door.frame()
    for _ in range(5):
        assert door.frame(after=3.9).state is State.CHALLENGE
    visit = door.frame(after=1.0)
    assert visit.codes == ("challenge.expired",)
    assert first.challenge
    assert visit.challenge
    assert visit.challenge["nonce"] != first.challenge["nonce"]


def _refused(door: Door, header: str, kind: type[FaceRosterError], code: str, **more: Any) -> None:
    with pytest.raises(kind) as error:
        door.frame(challenge=header, **more)
    assert error.value.code == code


def test_replayed_reordered_foreign_and_made_up_answers_are_refused(door: Door) -> None:
    policy(door, Liveness.ALWAYS)
    visit = door.frame()
    assert visit.challenge is not None
    nonce = visit.challenge["nonce"]
    door.frame(challenge=f"{nonce} 5")
    for number in (5, 4, 1):
        _refused(door, f"{nonce} {number}", Conflict, "challenge.replayed")
    for made_up in ("x" * 22, nonce[::-1]):
        _refused(door, f"{made_up} 6", Conflict, "challenge.unknown")
    for nonsense in (nonce, f"{nonce} six", f"{nonce} -1", f"{nonce}  6", f"{nonce} 6 7"):
        _refused(door, nonsense, InvalidInput, "challenge.bad_answer")
    other = Kiosk.objects.create(
        name="Back", site=door.kiosk.site, status=KioskStatus.ACTIVE, secret_digest="other"
    )
    _refused(door, f"{nonce} 6", NotAllowed, "challenge.other_kiosk", kiosk=other)
    for number in (6, 7, 9):  # the kiosk's own go on as if nothing had been
        visit = door.frame(challenge=f"{nonce} {number}")
    assert visit.state is State.ACCEPTED
    _refused(door, f"{nonce} 10", Conflict, "challenge.unknown")
    _refused(door, f"{nonce} 11", Conflict, "challenge.expired", after=30)


def test_another_face_cannot_answer(door: Door, people: list[Person]) -> None:
    """Somebody shows a photo, and turns their own head when the kiosk asks for it."""
    policy(door, Liveness.ALWAYS)
    visit = door.frame()
    door.stand(like(1, 0.95))
    for number in (1, 2):
        assert door.answer(visit, number).state is State.CHALLENGE
    ended = door.answer(visit, 3)
    assert (ended.state, ended.codes, ended.person) == (State.UNSURE, ("challenge.other_face",), None)
    assert door.library.seen == [], "the other's frames were never looked at as answers"
    assert not Decision.objects.exists()


def test_a_turned_head_that_is_hard_to_tell_costs_nothing(door: Door) -> None:
    policy(door, Liveness.ALWAYS)
    visit = door.frame()
    door.answer(visit, 1)
    door.stand(like(0, 0.5))
    door.answer(visit, 2)
    door.stand(like(0, 0.8))
    for number in (3, 4, 5):
        visit_after = door.answer(visit, number)
    assert visit_after.state is State.ACCEPTED
    assert len(door.library.seen) == 4


def test_proof_of_life_is_of_one_face_and_not_of_a_place(door: Door, people: list[Person]) -> None:
    """Whoever is live, and then holds up a photo of somebody else, has to begin anew."""
    assert door.frame().state is State.ACCEPTED
    door.library.verdict, door.library.codes = "doubt", MORE
    door.stand(like(1, 0.95))
    states = door.frames(4)
    assert "accepted" not in states
    assert states[-1] == "hold"
    assert door.library.assessed < 5, "frames of the first face count for nothing"


def test_frames_of_a_face_that_went_away_count_for_nothing(door: Door) -> None:
    door.library.verdict, door.library.codes = "doubt", MORE
    door.frames(4)
    door.frame(after=2.0)
    assert door.library.assessed == 1


def test_who_was_let_in_just_now_proves_nothing_twice(door: Door) -> None:
    assert door.frame().state is State.ACCEPTED
    faces, door.faces = door.faces, []
    door.frame(after=10)
    door.faces, door.library.verdict = faces, "doubt"
    assert door.frame(after=10).state is State.ACCEPTED, "nothing is recorded twice within a minute"
    door.faces = []
    door.frame(after=100)
    door.faces = faces
    assert door.frame(after=1).state is State.CHALLENGE


def _held_up(door: Door) -> None:
    """A photo of whoever was let in just now, every ten seconds until the minute is nearly over."""
    Decision.objects.update(last_frame_at=F("created_at"))  # its default knows no clock of tests
    faces, door.faces = door.faces, []
    door.frame(after=5)
    door.faces, door.library.verdict = faces, "doubt"
    assert [door.frame(after=10).state for _ in range(5)] == [State.ACCEPTED] * 5


def test_a_photo_prolongs_nothing(door: Door) -> None:
    assert door.frame().state is State.ACCEPTED
    before = Decision.objects.get()
    _held_up(door)
    after = Decision.objects.get()
    assert (after.last_frame_at, after.frames) == (before.created_at, 1)
    assert door.frame(after=6).state is State.CHALLENGE, "a minute after the face that was live"


def test_a_photo_does_not_keep_the_person_from_another_visit(door: Door) -> None:
    assert door.frame().state is State.ACCEPTED
    _held_up(door)
    door.library.verdict = "live"
    assert door.frame(after=6).state is State.ACCEPTED
    assert Decision.objects.count() == 2


def test_nor_does_standing_there_for_long(door: Door) -> None:
    """Frames of a live face go on with its visit, but what is not asked counts from the proof."""
    assert door.frame().state is State.ACCEPTED
    for _ in range(50):
        assert door.frame(after=1).state is State.ACCEPTED
    faces, door.faces = door.faces, []
    door.frame(after=6)
    door.faces, door.library.verdict = faces, "doubt"
    assert door.frame(after=6).state is State.CHALLENGE


def test_who_was_let_in_unasked_is_asked_once_that_is_wanted(door: Door) -> None:
    policy(door, Liveness.OFF)
    assert door.frame().state is State.ACCEPTED
    policy(door, Liveness.PASSIVE)
    door.library.verdict = "doubt"
    assert door.frame(after=10).state is State.CHALLENGE


def test_who_is_spared_the_proof_begins_no_new_visit(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """The visit that spares it may end between the question and the answer."""
    assert door.frame().state is State.ACCEPTED
    door.frame(after=20)
    Decision.objects.update(last_frame_at=START)
    monkeypatch.setattr(liveness, "_let_in_before", lambda kiosk, person: True)
    door.library.verdict = "doubt"
    assert door.frame(after=100).state is State.UNSURE
    assert Decision.objects.count() == 1


@pytest.mark.database("postgresql")
def test_a_frame_and_a_punch_by_pin_do_not_wait_for_each_other(door: Door) -> None:
    """The frame's decision refers to the person, whom the punch locks, and the punch to this kiosk."""
    with CaptureQueriesContext(connection) as queries:
        assert door.frame().state is State.ACCEPTED
    locks = [query["sql"] for query in queries if "kiosks_kiosk" in query["sql"] and " FOR " in query["sql"]]
    assert len(locks) == 1
    assert locks[0].endswith("FOR NO KEY UPDATE")


def test_a_stranger_is_asked_nothing(door: Door) -> None:
    policy(door, Liveness.ALWAYS)
    door.stand(like(0, 0.2))
    assert door.frames(3) == ["unsure", "unknown", "unknown"]
    assert Decision.objects.get().liveness == {}


def test_at_most_so_many_frames_are_kept_and_they_lie_sealed(door: Door, kiosk: Kiosk) -> None:
    door.library.verdict, door.library.codes = "doubt", MORE
    for _ in range(KEPT + 4):
        door.frame(after=0.05)
    assert door.library.assessed == KEPT
    kept = sighting_read(kiosk.pk)
    assert kept is not None
    assert len(kept.observations) == KEPT
    blob = cache.get(f"kiosk-sighting:{kiosk.pk}")
    assert b"landmarks" not in blob
    assert kept.observations[0].patch.tobytes()[:64] not in blob
    other = Kiosk.objects.create(name="Back", site=kiosk.site, secret_digest="other")
    cache.set(f"kiosk-sighting:{other.pk}", blob)
    assert sighting_read(other.pk) is None


def test_an_answer_that_took_too_long_lets_nobody_in(door: Door) -> None:
    visit = door.frame(late=1.6)
    assert (visit.state, visit.codes, visit.person) == (State.UNSURE, ("frame.late",), None)
    assert not Decision.objects.exists()
    assert door.frame(after=2.0, late=0.4).state is State.ACCEPTED


def test_a_frame_that_was_overtaken_decides_nothing(door: Door) -> None:
    assert door.frame().state is State.ACCEPTED
    visit = door.frame(after=-0.1)
    assert (visit.state, visit.codes) == (State.UNSURE, ("frame.late",))


def test_of_two_frames_at_once_one_is_looked_at(door: Door, kiosk: Kiosk) -> None:
    with alone(kiosk.pk) as first:
        assert first
        visit = door.frame()
        assert (visit.state, visit.codes) == (State.UNSURE, ("frame.late",))
    assert door.frame().state is State.ACCEPTED


def test_who_answered_by_pin_is_asked_for_nothing_more(
    door: Door, kiosk: Kiosk, people: list[Person]
) -> None:
    door.known.add([(99, str(people[1].pk), like(0, 0.999, 9))])  # a twin
    visits: list[Visit] = [door.frame() for _ in range(2)]
    assert visits[-1].state is State.PIN
    visit_close(kiosk.pk, people[1].pk)
    assert door.frame().state is State.ALREADY
    assert door.frame().person is None


def test_who_gives_up_moving_and_enters_a_pin_is_asked_for_no_more_movements(
    door: Door, kiosk: Kiosk, people: list[Person]
) -> None:
    door.library.verdict = "doubt"
    assert door.frame().state is State.CHALLENGE
    visit_close(kiosk.pk, people[0].pk)
    assert door.frames(2) == ["already", "already"]
    assert door.frame(after=5).state is State.CHALLENGE, "who comes back later has lost nothing"


def test_who_stands_beside_somebody_with_a_badge_is_let_in_all_the_same(
    door: Door, kiosk: Kiosk, people: list[Person]
) -> None:
    door.library.verdict, door.library.codes = "doubt", MORE
    assert door.frame().state is State.HOLD
    visit_close(kiosk.pk, people[1].pk)
    door.library.verdict, door.library.codes = "live", ()
    visit = door.frame()
    assert (visit.state, visit.person) == (State.ACCEPTED, people[0])
