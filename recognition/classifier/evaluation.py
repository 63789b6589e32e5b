"""How good a classifier is: on its own people, and on people it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recognition.types import Floats

#: Above so many people their names and the counts do not fit beside and into the cells.
_READABLE = 30
#: Cells darker than this share of their row are written in white.
_DARK = 0.55


@dataclass(frozen=True, slots=True)
class OpenSet:
    """What happens when a face is named from this probability on, and is "unknown" below.

    ``right``, ``wrong``: shares of the photos of known people that get their own name or another's; the
    rest are missed. ``strangers``: share of the strangers' photos that get anybody's name; ``None``
    without strangers.
    """

    threshold: float
    right: float
    wrong: float
    strangers: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """``confusion`` (P, P): photos of each person, rows, by whom they were taken for, columns.

    ``top1``: share whose likeliest person is the right one, however likely. ``strangers``: how many
    photos of strangers there were.
    """

    labels: tuple[str, ...]
    confusion: npt.NDArray[np.int64]
    strangers: int
    open_set: tuple[OpenSet, ...]

    @property
    def n(self) -> int:
        return int(self.confusion.sum())

    @property
    def top1(self) -> float:
        return float(np.trace(self.confusion) / max(1, self.n))


def evaluate(
    labels: Sequence[str], probabilities: Floats, owners: npt.NDArray[np.intp], strangers: Floats,
    thresholds: Sequence[float],
) -> Evaluation:  # fmt: skip
    """Judge the probabilities (n, P) of photos of the people ``owners`` (n,), and of strangers (m, P).

    ``n`` must not be 0, ``m`` may be.
    """
    best, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(confusion, (owners, best), 1)
    right = best == owners
    found = [
        OpenSet(
            threshold,
            float((right & (sure >= threshold)).mean()),
            float((~right & (sure >= threshold)).mean()),
            float((strangers.max(axis=1) >= threshold).mean()) if len(strangers) else None,
        )
        for threshold in sorted(set(thresholds))
    ]
    return Evaluation(tuple(labels), confusion, len(strangers), tuple(found))


def heatmap(evaluation: Evaluation, path: Path) -> Path:
    """The confusion as a PNG: shares of each row as colours; names and counts while they are few."""
    from matplotlib.figure import Figure  # without pyplot no window system is touched

    counts, people = evaluation.confusion, len(evaluation.labels)
    shares = counts / counts.sum(axis=1, keepdims=True).clip(1)
    side = 4.0 + 0.3 * min(people, _READABLE)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Greens", vmin=0, vmax=1)
    if people <= _READABLE:
        axes.set_xticks(range(people), evaluation.labels, rotation=90, parse_math=False)
        axes.set_yticks(range(people), evaluation.labels, parse_math=False)
        _write_counts(axes, counts, shares)
    axes.set_xlabel("named")
    axes.set_ylabel("is")
    axes.set_title(f"{evaluation.top1:.1%} of {evaluation.n:,} photos right", fontsize=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    return path


def _write_counts(axes: Any, counts: npt.NDArray[np.int64], shares: npt.NDArray[np.float64]) -> None:
    for row, column in zip(*np.nonzero(counts), strict=True):
        color = "white" if shares[row, column] > _DARK else "#222222"
        axes.text(
            column, row, counts[row, column], ha="center", va="center", fontsize=7, color=color
        )  # fmt: skip
