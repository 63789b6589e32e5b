"""What may be told of counts: groups of at least k people, inside and outside."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from faceroster.emotions.tally import LABELS, groups


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({}, []),
        ({"happy": 9}, []),
        ({"happy": 19}, []),  # everyone looks the same: that would tell about each of them
        ({"happy": 500}, []),
        ({"happy": 10, "sad": 9}, []),
        ({"happy": 9, "sad": 9, "neutral": 9}, []),
        ({"happy": 10, "sad": 10}, [10, 10]),
        ({"happy": 12, "sad": 4, "unsure": 6}, [12, 10]),
        ({"happy": 30, "neutral": 25, "sad": 1}, [30, 26]),  # not 30, 25 and one who is known by subtraction
        ({"happy": 30, "neutral": 25, "sad": 12}, [30, 25, 12]),
        ({"happy": 30, "neutral": 25, "sad": 12, "angry": 10}, [30, 25, 12, 10]),
    ],
)
def test_groups(counts: dict[str, int], told: list[int]) -> None:
    assert [group["people"] for group in groups(counts, 10)] == told


def test_the_rest_names_every_other_emotion_shown_or_not() -> None:
    told = groups({"happy": 30, "neutral": 25, "sad": 1}, 10)
    assert told[0]["emotions"] == ["happy"]
    assert told[1]["emotions"] == [label for label in LABELS if label != "happy"]


def test_nothing_told_is_about_fewer_whatever_was_counted() -> None:
    random = np.random.default_rng(7)
    shown = 0
    for _ in range(2000):
        least = int(random.integers(5, 15))
        counts = Counter(dict(zip(LABELS, map(int, random.integers(0, 3 * least, 8)), strict=True)))
        counts -= Counter(dict.fromkeys(LABELS, int(random.integers(0, 2 * least))))
        told = groups(counts, least)
        total = counts.total()
        assert sorted(label for group in told for label in group["emotions"]) == sorted(
            LABELS if told else []
        )
        people = [group["people"] for group in told]
        assert sum(people) == (total if told else 0)
        for group in told:
            assert group["people"] == sum(counts[label] for label in group["emotions"])
        # Whatever is added up or subtracted: inside and outside there are enough people.
        for size in range(1, len(people)):
            for some in combinations(people, size):
                assert least <= sum(some) <= total - least
        shown += bool(told)
    assert 500 < shown < 2000
