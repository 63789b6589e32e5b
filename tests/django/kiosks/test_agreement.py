"""How many frames must agree: pure rules, no picture."""

from __future__ import annotations

from base64 import b64encode
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.core.cache import cache

from faceroster.kiosks.agreement import (
    Box,
    Vote,
    agreed,
    overlap,
    votes_before,
    votes_forget,
    votes_keep,
)

HERE = (200.0, 150.0, 120.0, 150.0)
THERE = (420.0, 150.0, 120.0, 150.0)
A, B, NOBODY = ("accepted", "a"), ("accepted", "b"), ("unknown", None)


MODEL = "net@1"
VECTOR = np.linspace(-1, 1, 128, dtype=np.float32)


def _vote(at: float, says: tuple[str, str | None], box: Box = HERE, model: str = MODEL) -> Vote:
    return Vote(at, *says, box, model, VECTOR, 0.75)


def _votes(*says: tuple[str, str | None]) -> list[Vote]:
    return [_vote(i * 0.2, what) for i, what in enumerate(says)]


def _add(kiosk: UUID, vote: Vote) -> list[Vote]:
    """What a frame does: the votes on its face, with its own, are kept."""
    votes = [*votes_before(kiosk, at=vote.at, box=vote.box, model=vote.model), vote]
    votes_keep(kiosk, votes)
    return votes


@pytest.mark.parametrize(
    ("says", "clear", "enough"),
    [
        ([A], True, True),
        ([A], False, False),
        ([A, A], False, True),
        ([NOBODY], False, False),
        ([NOBODY, NOBODY], False, True),
        ([NOBODY, A], True, False),
        ([NOBODY, NOBODY, NOBODY, NOBODY, A], True, False),
        ([NOBODY, NOBODY, NOBODY, A, A], True, False),
        ([NOBODY, NOBODY, A, A, A], True, True),
        ([A, NOBODY], False, False),
        ([A, B], True, False),
        ([A, B, A], False, True),
        ([NOBODY, A, NOBODY, NOBODY], False, True),
    ],
)
def test_one_lucky_frame_lets_nobody_in(
    says: list[tuple[str, str | None]], clear: bool, enough: bool
) -> None:
    assert agreed(_votes(*says), clear=clear) is enough


def test_only_the_last_five_votes_on_the_same_face_count() -> None:
    kiosk = uuid4()
    for vote in _votes(*[NOBODY] * 7, A):
        kept = _add(kiosk, vote)
    assert [vote.says for vote in kept] == [NOBODY] * 4 + [A]
    assert len(_add(kiosk, _vote(1.6, A, THERE))) == 1, "another face"
    assert len(_add(kiosk, _vote(1.8, A, THERE))) == 2
    assert len(_add(uuid4(), _vote(1.8, A, THERE))) == 1, "another kiosk"
    assert len(_add(kiosk, _vote(6.0, A, THERE))) == 1, "too long ago"
    votes_forget(kiosk)
    assert len(_add(kiosk, _vote(6.1, A, THERE))) == 1


def test_after_a_switch_of_embedders_earlier_frames_do_not_count() -> None:
    kiosk = uuid4()
    for at in (0.0, 0.2):
        _add(kiosk, _vote(at, A))
    assert len(_add(kiosk, _vote(0.4, A, model="net@2"))) == 1
    assert len(_add(kiosk, _vote(0.6, A, model="net@2"))) == 2


def test_what_is_kept_comes_back_as_it_was() -> None:
    kiosk = uuid4()
    vote = _vote(0.2, A)
    votes_keep(kiosk, [vote])
    (back,) = votes_before(kiosk, at=0.3, box=HERE, model=MODEL)
    assert back._replace(vector=None) == vote._replace(vector=None)
    assert back.vector.dtype == np.float32
    np.testing.assert_array_equal(back.vector, VECTOR)


def test_nothing_of_a_face_lies_in_the_clear_and_nothing_forged_is_believed() -> None:
    kiosk, other = uuid4(), uuid4()
    votes_keep(kiosk, [_vote(0.0, ("accepted", "a-person"))])
    blob = cache.get(f"kiosk-evidence:{kiosk}")
    assert isinstance(blob, bytes)
    raw = VECTOR.tobytes()
    for clear in (raw[:8], raw[-8:], b64encode(raw)[:12], b64encode(raw)[-12:], b"a-person", b"accepted"):
        assert clear not in blob
    # Another kiosk's votes, changed ones, and ones that were never sealed are no votes.
    for forged in (blob, blob[:-1] + bytes([blob[-1] ^ 1]), b'[{"outcome": "accepted"}]'):
        cache.set(f"kiosk-evidence:{other}", forged)
        assert votes_before(other, at=0.1, box=HERE, model=MODEL) == []


def test_of_more_than_five_frames_the_best_count_and_the_newest() -> None:
    kiosk = uuid4()
    for i, weight in enumerate((0.9, 0.2, 0.8, 0.3, 0.85, 0.7, 0.1)):
        kept = _add(kiosk, _vote(i * 0.2, A)._replace(weight=weight))
    assert [vote.weight for vote in kept] == [0.9, 0.8, 0.85, 0.7, 0.1]


def test_votes_weigh_by_quality_and_clearness_and_a_tie_decides_nothing() -> None:
    vague, sure = _vote(0.0, NOBODY)._replace(strength=0.2), _vote(0.2, A)
    assert agreed([vague] * 3 + [sure] * 2, clear=False), "two clear frames against three that say little"
    assert not agreed([vague] * 4 + [sure], clear=True), "but never one alone"
    blurred = _vote(0.0, NOBODY)._replace(weight=0.1)
    assert agreed([blurred] * 3 + [sure] * 2, clear=False)
    assert not agreed([_vote(0.0, B), _vote(0.0, B), sure, sure], clear=False), "a tie"


def test_overlap() -> None:
    assert overlap(HERE, HERE) == pytest.approx(1)
    assert overlap(HERE, THERE) == 0
    assert overlap((0, 0, 2, 2), (1, 0, 2, 2)) == pytest.approx(1 / 3)
