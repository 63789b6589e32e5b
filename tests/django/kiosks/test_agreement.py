"""How many frames must agree: pure rules, no picture."""

from __future__ import annotations

from uuid import uuid4

import pytest

from faceroster.kiosks.agreement import Vote, agreed, overlap, vote_add, votes_forget

HERE = (200.0, 150.0, 120.0, 150.0)
THERE = (420.0, 150.0, 120.0, 150.0)
A, B, NOBODY = ("accepted", "a"), ("accepted", "b"), ("unknown", None)


def _votes(*says: tuple[str, str | None]) -> list[Vote]:
    return [Vote(i * 0.2, outcome, person, HERE) for i, (outcome, person) in enumerate(says)]


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
        kept = vote_add(kiosk, vote)
    assert [vote.says for vote in kept] == [NOBODY] * 4 + [A]
    assert len(vote_add(kiosk, Vote(1.6, *A, THERE))) == 1, "another face"
    assert len(vote_add(kiosk, Vote(1.8, *A, THERE))) == 2
    assert len(vote_add(uuid4(), Vote(1.8, *A, THERE))) == 1, "another kiosk"
    assert len(vote_add(kiosk, Vote(6.0, *A, THERE))) == 1, "too long ago"
    votes_forget(kiosk)
    assert len(vote_add(kiosk, Vote(6.1, *A, THERE))) == 1


def test_overlap() -> None:
    assert overlap(HERE, HERE) == pytest.approx(1)
    assert overlap(HERE, THERE) == 0
    assert overlap((0, 0, 2, 2), (1, 0, 2, 2)) == pytest.approx(1 / 3)
