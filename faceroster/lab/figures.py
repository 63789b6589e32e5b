"""The emotion model's card as figures: curves of its training, the confusion matrix, a table per class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from django.utils.translation import gettext as _

#: The drawing's size, and the margins around what is plotted, in its own units.
WIDTH, HEIGHT = 560, 250
LEFT, RIGHT, TOP, BOTTOM = 48, 14, 14, 44


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    label: str


@dataclass(frozen=True)
class Curve:
    """``points``: an SVG polyline's. ``last``: the value it ends with."""

    name: str
    tone: str
    points: str
    last: str


@dataclass(frozen=True)
class Chart:
    """One drawing over the epochs: the edges of what is plotted, ticks and curves."""

    title: str
    curves: Sequence[Curve]
    across: Sequence[Tick]
    up: Sequence[Tick]
    width = WIDTH
    height = HEIGHT
    left = LEFT
    right = WIDTH - RIGHT
    top = TOP
    bottom = HEIGHT - BOTTOM

    @classmethod
    def of(cls, title: str, history: Sequence[Mapping[str, float]], key: str, *, percent: bool) -> Chart:
        """``key``: of the training's figures; the validation's is the same with ``val_`` before it."""
        series = [
            (_("training"), "soft", [(row["epoch"], row[key]) for row in history if key in row]),
            (
                _("validation"),
                "strong",
                [(row["epoch"], row["val_" + key]) for row in history if "val_" + key in row],
            ),
        ]
        values = [value for name, tone, points in series for epoch, value in points]
        epochs = [row["epoch"] for row in history]
        up = ticks(min(values), max(values), 5)
        across = [tick for tick in ticks(min(epochs), max(epochs), 8) if tick == int(tick)]
        low, high = min(up[0], min(values)), max(up[-1], max(values))
        first, last = min(epochs), max(max(epochs), min(epochs) + 1)

        def x(epoch: float) -> float:
            return round(LEFT + (epoch - first) / (last - first) * (cls.right - LEFT), 1)

        def y(value: float) -> float:
            return round(cls.bottom - (value - low) / (high - low) * (cls.bottom - TOP), 1)

        def text(value: float, digits: str = "g") -> str:
            return f"{100 * value:{digits}} %" if percent else f"{value:{digits}}"

        curves = [
            Curve(
                name,
                tone,
                " ".join(f"{x(e)},{y(v)}" for e, v in points),
                text(points[-1][1], ".1f" if percent else ".2f"),
            )
            for name, tone, points in series
            if points
        ]
        return cls(
            title,
            curves,
            [Tick(x(epoch), f"{epoch:.0f}") for epoch in across if first <= epoch <= last],
            [Tick(y(value), text(value)) for value in up],
        )


def ticks(low: float, high: float, count: int) -> list[float]:
    """About ``count`` round numbers around ``low`` to ``high``, 1, 2 or 5 times a power of ten apart."""
    span = (high - low) or abs(high) or 1.0
    rough = span / max(1, count - 1)
    power = 10.0 ** floor(log10(rough))
    step = next(unit * power for unit in (1, 2, 5, 10) if unit * power >= rough * 0.75)
    start, end = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(start, max(end, start + 1) + 1)]


@dataclass(frozen=True)
class Cell:
    """How many pictures of a row's emotion were taken for the column's; ``percent`` of the row."""

    count: int
    percent: int
    right: bool

    @property
    def shade(self) -> int:
        """0 to 10: how dark the cell is."""
        return round(self.percent / 10)


@dataclass(frozen=True)
class ClassRow:
    """One emotion: its figures in percent, how many pictures it has, and its row of the matrix."""

    name: str
    precision: str
    recall: str
    f1: str
    n: int
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Report:
    """All that the page shows of a model. Parts that the card does not have are empty."""

    accuracy: str
    n: int
    classes: Sequence[str]
    rows: Sequence[ClassRow]
    charts: Sequence[Chart]
    history: Sequence[Mapping[str, str]]

    @property
    def has_matrix(self) -> bool:
        return any(row.cells for row in self.rows)

    @classmethod
    def of(cls, card: Mapping[str, Any]) -> Report:
        """``card``: ``classes``, ``accuracy``, ``n``, ``per_class`` (precision, recall, f1 and n),
        ``confusion`` (rows are what is true), ``history`` (per epoch accuracy and loss, ``val_`` of both).
        """
        classes = list(card["classes"])
        confusion = card.get("confusion") or [[] for _ in classes]
        history = list(card.get("history") or [])
        charts = []
        if history:
            charts = [
                Chart.of(_("Accuracy"), history, "accuracy", percent=True),
                Chart.of(_("Loss"), history, "loss", percent=False),
            ]
        return cls(
            accuracy=_percent(card["accuracy"]),
            n=int(card["n"]),
            classes=classes,
            rows=[
                _row(name, index, card["per_class"][name], confusion[index])
                for index, name in enumerate(classes)
            ],
            charts=charts,
            history=[_epoch(row) for row in history],
        )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _row(name: str, index: int, figures: Mapping[str, float], counts: Sequence[int]) -> ClassRow:
    total = sum(counts) or 1
    return ClassRow(
        name=name,
        precision=_percent(figures["precision"]),
        recall=_percent(figures["recall"]),
        f1=_percent(figures["f1"]),
        n=int(figures["n"]),
        cells=[
            Cell(count, round(100 * count / total), column == index) for column, count in enumerate(counts)
        ],
    )


def _epoch(row: Mapping[str, float]) -> dict[str, str]:
    said = {"epoch": f"{row['epoch']:.0f}"}
    for key in ("accuracy", "val_accuracy"):
        said[key] = _percent(row[key]) if key in row else ""
    for key in ("loss", "val_loss"):
        said[key] = f"{row[key]:.3f}" if key in row else ""
    return said
