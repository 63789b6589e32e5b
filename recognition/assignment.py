"""Pairing two small sets one to one at the least total cost: faces with tracks, faces with people."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_Doubles = npt.NDArray[np.float64]


def assign(cost: npt.NDArray[Any]) -> list[tuple[int, int]]:
    """The pairs (row, column) of least total cost, no row and no column twice, sorted by row.

    ``cost``: real (n, m); ``inf`` forbids a pair. As many pairs as the forbidden ones leave room for,
    and among all ways to make that many the cheapest; of equally cheap ways always the same one.
    Either side may be empty. Raises ``ValueError`` for NaN, ``-inf`` or another number of axes.

    Exact, O(n^2 m) for n <= m: successive shortest augmenting paths (Jonker and Volgenant 1987, "A
    shortest augmenting path algorithm for dense and sparse linear assignment problems"), in the form
    for unequal sides of Crouse 2016, "On implementing 2D rectangular assignment algorithms".
    """
    costs = np.asarray(cost, np.float64)
    if costs.ndim != 2 or np.isnan(costs).any() or (costs == -np.inf).any():
        raise ValueError("expected costs of shape (n, m): numbers, or inf where a pair is forbidden")
    allowed = np.isfinite(costs)
    if not allowed.any():
        return []
    if costs.shape[0] > costs.shape[1]:
        return sorted((row, column) for column, row in assign(costs.T))
    costs = costs - costs[allowed].min()
    # One forbidden pair costs more than all allowed ones together, so none is taken without need.
    costs = np.where(allowed, costs, len(costs) * (costs[allowed].max() + 1.0))
    pairs = enumerate(_solve(costs).tolist())
    return [(row, column) for row, column in pairs if allowed[row, column]]


def _solve(cost: _Doubles) -> npt.NDArray[np.intp]:
    """For each row of (n, m) with n <= m, all finite, its column."""
    rows, columns = cost.shape
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    row_of = np.full(columns, -1, np.intp)
    column_of = np.full(rows, -1, np.intp)
    for new in range(rows):
        nearest, before, seen, end = _shortest_path(cost, new, row_price, column_price, row_of)
        length = nearest[end]
        # The prices keep every reduced cost at zero or above, and at zero along the pairs.
        passed = seen & (row_of >= 0)
        row_price[row_of[passed]] += length - nearest[passed]
        row_price[new] += length
        column_price[seen] -= length - nearest[seen]
        column = end
        while True:  # back along the path: each row takes over the column after it
            row = int(before[column])
            row_of[column] = row
            column, column_of[row] = int(column_of[row]), column
            if row == new:
                break
    return column_of


def _shortest_path(
    cost: _Doubles, start: int, row_price: _Doubles, column_price: _Doubles, row_of: npt.NDArray[np.intp]
) -> tuple[_Doubles, npt.NDArray[np.intp], npt.NDArray[np.bool_], int]:
    """Dijkstra from a row to the nearest free column, along reduced costs.

    Returns each column's distance (m,), the row before it (m,), which columns were settled (m,), and
    the free column.
    """
    columns = cost.shape[1]
    nearest = np.full(columns, np.inf)
    before = np.full(columns, -1, np.intp)
    seen = np.zeros(columns, np.bool_)
    row, travelled = start, 0.0
    while True:
        reach = travelled + cost[row] - row_price[row] - column_price
        better = ~seen & (reach < nearest)
        nearest[better] = reach[better]
        before[better] = row
        column = int(np.where(seen, np.inf, nearest).argmin())
        seen[column] = True
        if row_of[column] < 0:
            return nearest, before, seen, column
        row, travelled = int(row_of[column]), float(nearest[column])
