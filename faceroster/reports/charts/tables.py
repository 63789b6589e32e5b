"""A table of a report: what the page shows, what its chart draws and what its CSV holds are the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

Kind = Literal["text", "hours", "days", "minutes", "percent"]
#: A figure: hours as whole minutes, percent as a number of a hundred, None where there is nothing to say.
Value = str | int | float | None
#: How a series is told from its neighbours without its colour.
Look = Literal["solid", "hatched", "dotted", "line", "dashed", "fine", "chain"]

#: What the columns' names end with in a CSV.
_UNITS: dict[str, str] = {"hours": "_minutes", "minutes": "_minutes", "percent": "_percent", "days": "_days"}
_NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """``key``: its name in a CSV, less the unit. ``head``: its name on the page."""

    key: str
    head: str
    kind: Kind

    @property
    def name(self) -> str:
        return self.key + _UNITS.get(self.kind, "")

    @property
    def title(self) -> str:
        """Its name with the unit, where the name does not say it."""
        return _("%(name)s, h") % {"name": self.head} if self.kind == "hours" else self.head

    def shown(self, value: Value) -> str:
        """``value`` as the page has it, in the language's own way of writing numbers."""
        if value is None:
            return _NOTHING
        if isinstance(value, str):
            return value
        if self.kind == "hours":
            value /= 60
        fixed = self.kind in ("hours", "percent")
        rounded = round(value, 1) + 0.0  # no minus before a nought; number_format itself would cut off
        places = 1 if fixed or not rounded.is_integer() else 0
        return number_format(rounded, places, force_grouping=True)

    def drawn(self, value: Value) -> float | None:
        """``value`` as a chart draws it: what :meth:`shown` says, as a number."""
        if value is None or isinstance(value, str):
            return None
        return round(value / 60 if self.kind == "hours" else value, 1)

    def kept(self, value: Value) -> object:
        """``value`` as a CSV has it: for programs, in no language."""
        return "" if value is None else round(value, 2) if isinstance(value, float) else value


@dataclass(frozen=True, slots=True)
class Series:
    """A column that is drawn. ``colour``: one of the page's chart colours, from 1."""

    column: int
    look: Look
    colour: int


@dataclass(frozen=True)
class Table:
    """``rows``: a label, and a value for each column after the first. ``keys``: the labels in a CSV."""

    key: str
    title: str
    lead: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    keys: Sequence[Sequence[str]]
    key_names: Sequence[str]
    series: Sequence[Series] = ()
    stacked: bool = False
    lying: bool = False
    nothing: str = ""
    total: Sequence[Value] = field(default_factory=tuple)

    @property
    def json_id(self) -> str:
        return f"data-{self.key}"

    @property
    def shown(self) -> list[tuple[Value, list[str]]]:
        """Each row's label and the texts of its other cells."""
        return [self._texts(row) for row in self.rows]

    @property
    def shown_total(self) -> tuple[Value, list[str]] | None:
        return self._texts(self.total) if self.total else None

    def _texts(self, row: Sequence[Value]) -> tuple[Value, list[str]]:
        figures = zip(self.columns[1:], row[1:], strict=True)
        return row[0], [column.shown(value) for column, value in figures]

    @property
    def drawable(self) -> bool:
        """Whether there is anything to see on a chart: something that is not nought."""
        return any(row[one.column] for one in self.series for row in self.rows)

    @property
    def chart(self) -> dict[str, Any]:
        """What the browser draws."""
        return {
            "labels": [row[0] for row in self.rows],
            "unit": self.columns[self.series[0].column].kind,
            "stacked": self.stacked,
            "lying": self.lying,
            "series": [
                {
                    "label": self.columns[one.column].head,
                    "look": one.look,
                    "colour": one.colour,
                    "values": [self.columns[one.column].drawn(row[one.column]) for row in self.rows],
                }
                for one in self.series
            ],
        }

    def csv_rows(self) -> Iterator[tuple[object, ...]]:
        """Head and rows for a download."""
        yield (*self.key_names, *(column.name for column in self.columns[1:]))
        for keys, row in zip(self.keys, self.rows, strict=True):
            figures = zip(self.columns[1:], row[1:], strict=True)
            yield (*keys, *(column.kept(value) for column, value in figures))
