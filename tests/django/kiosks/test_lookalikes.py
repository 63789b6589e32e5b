"""Who has to say by a PIN who they are: look-alikes, twins, and who was taken for somebody before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from faceroster.attendance.models import Punch
from faceroster.attendance.passing import pin_punch
from faceroster.enrollment.models import EnrollmentPhoto, PhotoReview, PhotoStatus, ReviewDecision
from faceroster.kiosks.lookalikes import false_accept_add
from faceroster.kiosks.messages import State
from faceroster.kiosks.models import Decision, FalseAccept, Kiosk, Outcome
from faceroster.kiosks.tickets import ticket_open
from faceroster.passes.pins import pin_set
from faceroster.people.models import Person
from tests.django.kiosks.standing import Door, direction, like, make_door

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(make_person: Callable[..., Person]) -> list[Person]:
    return [make_person(name=name) for name in ("Ada Alm", "Bo Berg", "Cy Cole")]


@pytest.fixture
def door(
    kiosk: Kiosk, people: list[Person], freeze: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> Door:
    made = make_door(kiosk, freeze, monkeypatch, [person.pk for person in people])
    made.stand(like(0, 0.95))
    return made


def _twin(door: Door, person: Person, cosine: float) -> None:
    """``person`` looks like the first one, this much."""
    door.known.add([(99, str(person.pk), like(0, cosine, 9))])


def test_two_who_are_too_close_are_asked_which_of_them_they_are(
    door: Door, kiosk: Kiosk, people: list[Person]
) -> None:
    _twin(door, people[1], 0.9999)
    assert door.frame().state is State.UNSURE, "one frame is not enough to ask"
    visit = door.frame()
    assert (visit.state, visit.codes, visit.person) == (State.PIN, ("identify.look_alike",), None)
    assert visit.pin is not None
    assert visit.pin["why"] == "look_alike"
    ticket = ticket_open(kiosk, visit.pin["ticket"])
    assert set(ticket.people) == {people[0].pk, people[1].pk}
    row = Decision.objects.get()
    assert (row.outcome, row.person, row.codes) == (Outcome.AMBIGUOUS, None, ["identify.look_alike"])
    assert ticket.decision == row.pk
    assert door.frame().pin == visit.pin, "the same ticket while the same question is asked"


def _kept(person: Person, other: Person) -> None:
    PhotoReview.objects.create(person=person, other_person=other, decision=ReviewDecision.KEPT)


def _waiting(person: Person, other: Person) -> None:
    EnrollmentPhoto.objects.create(
        person=person, similar_person=other, status=PhotoStatus.REVIEW, width=1, height=1, digest="d"
    )


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("flag", [_kept, _waiting])
def test_twins_whom_staff_know_are_asked_even_when_one_is_ahead(
    flag: Callable[[Person, Person], None], turned: bool, door: Door, kiosk: Kiosk, people: list[Person]
) -> None:
    _twin(door, people[1], 0.80)
    assert door.frame().state is State.ACCEPTED, "far enough ahead, and nobody said that they are twins"
    flag(*(people[1], people[0]) if turned else people[:2])
    visit = door.frame()
    assert visit.state is State.PIN
    assert visit.pin is not None
    assert ticket_open(kiosk, visit.pin["ticket"]).people == (people[0].pk, people[1].pk)


def test_a_pair_that_was_flagged_but_does_not_look_alike_is_not_asked(
    door: Door, people: list[Person]
) -> None:
    _kept(people[0], people[1])
    PhotoReview.objects.create(person=people[0], other_person=people[2], decision=ReviewDecision.REFUSED)
    _twin(door, people[2], 0.80)
    assert door.frame().state is State.ACCEPTED


def _false_accept(door: Door) -> FalseAccept:
    visit = door.frame()
    assert visit.decision is not None
    kept = false_accept_add(visit.decision)
    assert kept is not None
    return kept


def test_who_said_not_me_needs_a_pin_to_be_that_person(
    door: Door, kiosk: Kiosk, people: list[Person]
) -> None:
    door.stand(like(0, 0.92, 1))
    kept = _false_accept(door)
    assert (kept.person, kept.model) == (people[0], "net@1")
    assert like(0, 0.92, 1).tobytes()[:16] not in bytes(kept.sealed)
    assert false_accept_add(kept.decision) == kept, "said twice, kept once"
    visit = door.frame()
    assert (visit.state, visit.codes) == (State.PIN, ("identify.not_me",))
    assert visit.pin is not None
    assert ticket_open(kiosk, visit.pin["ticket"]).people == (people[0].pk,)
    assert people[0].name not in str(visit)


def test_the_person_themselves_goes_on_as_ever(door: Door, people: list[Person]) -> None:
    door.stand(like(0, 0.92, 1))
    _false_accept(door)
    door.faces = []
    door.frame(after=10)
    door.stand(like(0, 0.99, 2))
    visit = door.frame()
    assert (visit.state, visit.person) == (State.ACCEPTED, people[0])
    assert visit.decision != FalseAccept.objects.get().decision, (
        "a visit of their own, with a punch of its own"
    )


def test_a_false_accept_that_does_not_open_keeps_nobody_out(door: Door, people: list[Person]) -> None:
    kept = _false_accept(door)
    FalseAccept.objects.filter(pk=kept.pk).update(sealed=b"\x01" + b"x" * 40)
    door.faces = []
    door.frame(after=10)
    door.stand(like(0, 0.95))
    assert door.frame().person == people[0]


def test_a_face_whose_numbers_are_gone_is_not_kept(door: Door, kiosk: Kiosk, people: list[Person]) -> None:
    row = Decision.objects.create(
        kiosk=kiosk, site=kiosk.site, outcome=Outcome.ACCEPTED, person=people[0], threshold=1, margin=0,
        model="net@1", gallery_version=1,
    )  # fmt: skip
    assert false_accept_add(row) is None
    assert not FalseAccept.objects.exists()


def test_nobody_is_in_two_places_of_one_frame(door: Door, people: list[Person]) -> None:
    """The one behind is more like the person than the one in front, and just as near."""
    door.stand(like(0, 0.93, 1), like(0, 0.99, 2))
    assert [door.frame().state for _ in range(2)] == [State.UNSURE, State.AMBIGUOUS]
    door.faces = []
    door.frame(after=10)
    door.stand(like(0, 0.93, 1), direction(1))
    assert door.frame().person == people[0], "another person beside them changes nothing"


@pytest.mark.parametrize("box", [(480, 160, 70, 80), (590, 10, 130, 150)])
def test_faces_in_the_background_or_at_the_edge_have_no_say(
    box: tuple[int, ...], door: Door, people: list[Person]
) -> None:
    door.stand(like(0, 0.93, 1), like(0, 0.99, 2), boxes=[(250, 150, 140, 170), box])
    assert door.frame().person == people[0]


def test_who_passed_by_pin_is_asked_for_nothing_more(door: Door, kiosk: Kiosk, people: list[Person]) -> None:
    _twin(door, people[1], 0.9999)
    visit = [door.frame() for _ in range(2)][-1]
    assert visit.pin is not None
    pin_set(person=people[1], pin="739164", user=None)
    answer = pin_punch(kiosk=kiosk, pin="739164", ticket=visit.pin["ticket"])
    assert (answer["state"], answer["person"]["name"]) == ("punched", people[1].name)
    assert Punch.objects.get().decision == visit.decision
    for _ in range(3):
        assert (door.frame().state, door.frame().pin) == (State.ALREADY, None)
    door.faces = []
    door.frame(after=10)
    door.stand(like(0, 0.95))
    assert [door.frame().state for _ in range(2)][-1] is State.PIN, "another stay, another question"
