"""A picture of how far faces are apart, as a PNG file."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recognition.types import Floats

#: More names than these would not be legible; then every second is written, or every third, ...
_NAMES, _LETTERS = 90, 36
#: Up to so many faces the distances are written into the squares.
_FIGURES = 16


def one_person_first(matrix: Floats, limit: float) -> list[int]:
    """The order in which faces of one person stand together, whatever their files are called.

    ``matrix``: distances float32 (N, N). Faces up to ``limit`` apart are linked, what is linked stays
    together, and within a person, and of people by their first, the order is the old one.
    """
    left, order = dict.fromkeys(range(len(matrix))), list[int]()
    while left:
        reached, edge = set[int](), [next(iter(left))]
        while edge:
            one = edge.pop()
            if one not in reached:
                reached.add(one)
                edge.extend(np.flatnonzero(matrix[one] <= limit).tolist())
        order += sorted(reached)
        for one in reached:
            del left[one]
    return order


def distance_matrix(matrix: Floats, names: Sequence[str], limit: float, path: Path, model: str) -> Path:
    """Draw distances float32 (N, N), 0 to 2, as a PNG: up to ``limit``, of one person, in green.

    ``names``: what is written beside each of the N rows and columns. Raises ``OSError`` when the file
    cannot be written.
    """
    from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
    from matplotlib.figure import Figure  # without pyplot no window system is touched

    count = len(matrix)
    inches = float(np.clip(0.2 * count + 3, 5.5, 22))
    figure = Figure(figsize=(inches + 1, inches), layout="constrained")
    axes = figure.subplots()
    top = max(float(matrix.max()), limit * 1.5)
    colours = LinearSegmentedColormap.from_list(
        "distance", [(0, "#0b4f40"), (0.5, "#bfe3d2"), (0.5, "#f6eeee"), (1, "#9a3b3b")]
    )
    scale = TwoSlopeNorm(vmin=0, vcenter=limit, vmax=top) if limit > 0 else None
    image = axes.imshow(matrix, cmap=colours, norm=scale, interpolation="nearest")
    step = -(-count // _NAMES)
    places = range(0, count, step)
    shown = [name if len(name) <= _LETTERS else f"…{name[1 - _LETTERS :]}" for name in names[::step]]
    size = 7 if count > 40 else 8
    axes.set_xticks(places, shown, rotation=90, fontsize=size, parse_math=False)
    axes.set_yticks(places, shown, fontsize=size, parse_math=False)
    if count <= _FIGURES:
        for (row, column), value in np.ndenumerate(matrix):
            ink = "white" if value < limit / 2 or value > (limit + top) / 2 else "#222222"
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=7, color=ink)
    axes.set_title(f"{model}: one person up to {limit:.3f}", fontsize=10)
    bar = figure.colorbar(image, shrink=0.7, label="Euclidean distance (cosine distance: its square / 2)")
    bar.ax.axhline(limit, color="#222222", linewidth=1.5)
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # names in letters that the font lacks become boxes
        figure.savefig(path, dpi=110, metadata={"Software": None})
    return path
