"""The assignment against trying every possibility."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.assignment import assign

Doubles = npt.NDArray[np.float64]

numbers = st.one_of(st.integers(-3, 3).map(float), st.floats(-1e3, 1e3, allow_nan=False), st.just(np.inf))


@st.composite
def tables(draw: st.DrawFn) -> Doubles:
    rows, columns = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    cells = draw(st.lists(numbers, min_size=rows * columns, max_size=rows * columns))
    return np.array(cells, np.float64).reshape(rows, columns)


def brute_force(cost: Doubles) -> tuple[int, float]:
    """Most pairs possible, and the least total of that many."""
    rows, columns = cost.shape
    for size in range(min(rows, columns), 0, -1):
        totals = [
            sum(cost[row, column] for row, column in zip(chosen, order, strict=True))
            for chosen in combinations(range(rows), size)
            for order in permutations(range(columns), size)
        ]
        if min(totals) < np.inf:
            return size, min(totals)
    return 0, 0.0


@given(tables())
@settings(max_examples=250, deadline=None)
def test_as_many_pairs_as_possible_at_the_least_cost(cost: Doubles) -> None:
    pairs = assign(cost)
    most, least = brute_force(cost)
    assert len(pairs) == most
    assert sum(cost[row, column] for row, column in pairs) == pytest.approx(least, abs=1e-6)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == most
    assert pairs == sorted(pairs)


def test_the_nearest_pair_is_given_up_when_that_is_cheaper_altogether() -> None:
    # Greedy takes (0, 0) for 1 and pays 10 for the rest.
    assert assign(np.array([[1.0, 2.0], [2.0, 10.0]])) == [(0, 1), (1, 0)]


def test_forbidden_pairs_are_never_made() -> None:
    assert assign(np.array([[np.inf, np.inf], [3.0, np.inf]])) == [(1, 0)]
    assert assign(np.full((2, 3), np.inf)) == []


def test_sixty_by_forty_equals_its_transpose_and_beats_a_thousand_guesses() -> None:
    rng = np.random.default_rng(4)
    cost = rng.random((60, 40))
    pairs = assign(cost)
    total = sum(cost[row, column] for row, column in pairs)
    assert len(pairs) == 40
    assert sorted((row, column) for column, row in assign(cost.T)) == pairs
    guesses = [cost[rng.permutation(60)[:40], np.arange(40)].sum() for _ in range(1000)]
    assert total < min(guesses)


@pytest.mark.parametrize("bad", [np.array([[np.nan]]), np.array([[-np.inf]]), np.zeros(3)])
def test_senseless_costs_are_refused(bad: Doubles) -> None:
    with pytest.raises(ValueError, match="costs of shape"):
        assign(bad)
