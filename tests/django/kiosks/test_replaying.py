"""Decisions decided anew from what is stored: those of the real engine, and rows that were altered."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from faceroster.kiosks.messages import State
from faceroster.kiosks.models import Decision, Kiosk, Outcome
from faceroster.kiosks.replaying import replay
from faceroster.kiosks.services import visit_decide
from faceroster.people.models import Person

Photo = Callable[[int, int], bytes]
Enroll = Callable[..., list[Person]]
Make = Callable[..., Decision]


def _frame(data: bytes) -> bytes:
    frame, out = Image.new("RGB", (640, 480), (120, 120, 120)), io.BytesIO()
    with Image.open(io.BytesIO(data)) as photo:
        frame.paste(photo.convert("RGB").resize((400, 400)), (120, 80))
    frame.save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.fixture
def make(kiosk: Kiosk, make_person: Any) -> Make:
    """A decision whose threshold is 4 and margin 1; ``scores``: of made-up people, the best is ``person``."""

    def decision(*scores: float, outcome: Outcome = Outcome.ACCEPTED, **fields: Any) -> Decision:
        person = make_person()
        people = [person.pk, *(uuid4() for _ in scores[1:])]
        assert kiosk.site is not None
        base = {
            "person": person if outcome == Outcome.ACCEPTED else None,
            "score": scores[0] if scores else None,
            "candidates": [
                {"person": str(pk), "score": score, "nearest": 0.9, "templates": 3}
                for pk, score in zip(people, scores, strict=False)
            ],
        }
        return Decision.objects.create(
            kiosk=kiosk,
            site=kiosk.site,
            outcome=outcome,
            threshold=4.0,
            margin=1.0,
            score_kind="llr",
            model="m@1",
            gallery_version=1,
            **{**base, **fields},
        )

    return decision


def _votes(*same: bool, strength: float = 0.5) -> dict[str, Any]:
    votes = [{"outcome": "accepted", "same": one, "weight": 0.8, "strength": strength} for one in same]
    return {"taken": False, "ranked": 2, "verify": 3.0, "tenfold": 1.0, "people": 2, "votes": votes}


@pytest.mark.parametrize("who", [0, 7], ids=["enrolled", "stranger"])
def test_what_a_kiosk_decided_replays_to_the_same(
    who: int, kiosk: Kiosk, enroll: Enroll, demo_photo: Photo
) -> None:
    enroll(0, 1)
    frame = _frame(demo_photo(who, 5))
    if visit_decide(kiosk=kiosk, frame=frame).state is State.UNSURE:
        visit_decide(kiosk=kiosk, frame=frame)
    row = Decision.objects.get()
    told = replay(row)
    assert (told.same, told.outcome, told.differences) == (True, row.outcome, [])
    assert row.trace["people"] == 2
    assert row.trace["votes"][-1]["same"] is True
    assert not any(entry["person"] in json.dumps(row.trace) for entry in row.candidates)
    row.threshold = (row.score or 0.0) + (1.0 if row.outcome == Outcome.ACCEPTED else -1.0)
    assert replay(row).differences


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scores", "outcome", "fields"),
    [
        ((6.0, 2.0), Outcome.ACCEPTED, {}),
        ((3.0, 2.0), Outcome.UNKNOWN, {}),
        ((), Outcome.UNKNOWN, {}),
        ((6.0, 5.5), Outcome.AMBIGUOUS, {}),
        ((6.0, 4.5), Outcome.AMBIGUOUS, {"codes": ["identify.look_alike"], "trace": {"verify": 3.0}}),
        ((6.0, 2.0), Outcome.AMBIGUOUS, {"codes": ["identify.not_me"]}),
        ((6.0, 2.0), Outcome.AMBIGUOUS, {"trace": {"taken": True}}),
        ((6.0, 2.0), Outcome.AMBIGUOUS, {"classified": {"word": "disagrees"}}),
        ((6.0, 2.0), Outcome.NOT_LIVE, {"codes": ["liveness.not_shown"], "liveness": {"verdict": "live"}}),
        ((6.0, 2.0), Outcome.ACCEPTED, {"liveness": {"verdict": "live"}}),
        ((4.3, 2.0), Outcome.ACCEPTED, {"trace": _votes(True, True)}),
    ],
)
def test_what_follows_is_the_same(
    make: Make, scores: tuple[float, ...], outcome: Outcome, fields: dict[str, Any]
) -> None:
    told = replay(make(*scores, outcome=outcome, **fields))
    assert (told.same, told.outcome, told.differences) == (True, outcome, [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scores", "outcome", "fields", "said"),
    [
        ((3.0, 2.0), Outcome.ACCEPTED, {}, "comes to unknown"),
        ((6.0, 5.5), Outcome.ACCEPTED, {}, "comes to ambiguous"),
        ((6.0, 2.0), Outcome.UNKNOWN, {}, "comes to accepted"),
        ((6.0, 2.0), Outcome.ACCEPTED, {"score": 5.0}, "best candidate"),
        ((6.0, 2.0), Outcome.ACCEPTED, {"liveness": {"verdict": "not_live"}}, "comes to not_live"),
        ((4.3, 2.0), Outcome.ACCEPTED, {"trace": _votes(True)}, "agree enough"),
        ((4.3, 2.0), Outcome.ACCEPTED, {"trace": _votes(False, False, True)}, "agree enough"),
        (
            (6.0, 1.0),
            Outcome.AMBIGUOUS,
            {"codes": ["identify.look_alike"], "trace": {"verify": 3.0}},
            "nobody else is close",
        ),
    ],
)
def test_what_does_not_follow_is_named(
    make: Make, scores: tuple[float, ...], outcome: Outcome, fields: dict[str, Any], said: str
) -> None:
    told = replay(make(*scores, outcome=outcome, **fields))
    assert not told.same
    assert any(said in one for one in told.differences)


@pytest.mark.django_db
def test_an_accepted_row_with_another_name_differs(make: Make, make_person: Any) -> None:
    told = replay(make(6.0, 2.0, person=make_person()))
    assert told.differences == ["The person named is not the one with the best score."]


@pytest.mark.django_db
def test_what_an_erasure_took_away_is_not_held_against_the_row(make: Make) -> None:
    gone = make(6.0, 5.5, outcome=Outcome.AMBIGUOUS)
    gone.candidates = gone.candidates[:1]
    blanked = make(6.0, 2.0, score=None, candidates=[])
    fewer = make(6.0, trace=_votes(True))
    for row in (gone, blanked, fewer):
        told = replay(row)
        assert (told.possible, told.same, told.differences) == (False, False, [])


@pytest.mark.django_db
def test_the_command_says_same_and_exits_with_1_otherwise(make: Make, capsys: Any) -> None:
    good = make(6.0, 2.0)
    call_command("replay_decision", str(good.pk))
    assert "accepted, same" in capsys.readouterr().out
    bad = make(3.0, 2.0)
    with pytest.raises(CommandError) as error:
        call_command("replay_decision", str(bad.pk))
    assert error.value.returncode == 1
    assert "DIFFERENT" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("replay_decision", "--all", "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["counted"] == {"same": 1, "different": 1, "not_possible": 0}
    assert [one["id"] for one in said["different"]] == [str(bad.pk)]
    call_command("replay_decision", "--all", "--since", "2999-01-01")
    assert "Same: 0. Different: 0." in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize("words", [["nonsense"], [str(uuid4())], ["--all", "--since", "soon"], []])
def test_the_command_refuses_what_it_cannot_read(words: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("replay_decision", *words)
