"""The README's figure of speed, drawn from what ``python -m benchmarks.pipeline`` measured.

python -m benchmarks.plots [--out docs/figures]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import FOLDER, ROOT

_OURS, _PEER, _TEXT = "#0b7a75", "#b9c0c7", "#24292f"


def speed(report: dict[str, Any], path: Path) -> None:
    """Horizontal bars, milliseconds at p50 with a line to p95, logarithmic; fastest on top."""
    import matplotlib as mpl

    mpl.use("Agg")
    # A fixed salt and no date: the same figures draw the same file.
    mpl.rcParams.update({"svg.hashsalt": "faceroster", "svg.fonttype": "none", "font.family": "sans-serif"})
    from matplotlib import pyplot

    rows = sorted((one for one in report["rows"] if one["unit"] == "ms"), key=lambda one: -one["p50"])
    figure, axes = pyplot.subplots(figsize=(7.6, 0.5 * len(rows) + 1.2))
    for place, one in enumerate(rows):
        axes.barh(place, one["p50"], height=0.62, color=_OURS if one["name"].startswith("Face") else _PEER)
        axes.plot([one["p50"], one["p95"]], [place, place], color=_TEXT, linewidth=1.2)
        label = f"{one['p50']:.1f} ms" if one["p50"] < 100 else f"{one['p50']:.0f} ms"
        axes.text(one["p95"] * 1.06, place, label, va="center", color=_TEXT)
    axes.set_yticks(range(len(rows)), [one["name"] for one in rows])
    axes.set_xscale("log")
    axes.set_xlim(left=1, right=max(one["p95"] for one in rows) * 2.2)
    axes.set_xticks([1, 10, 100], ["1", "10", "100"])
    axes.set_xlabel("milliseconds per 640x480 frame at p50, line to p95 (logarithmic)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None}, facecolor="white")
    pyplot.close(figure)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "figures")
    parser.add_argument("--tables", type=Path, default=FOLDER, help="where pipeline.json lies")
    options = parser.parse_args(argv)
    source = options.tables / "pipeline.json"
    if not source.is_file():
        sys.exit("Nothing was measured yet: run `python -m benchmarks.pipeline` first.")
    speed(json.loads(source.read_text(encoding="utf-8")), options.out / "speed.svg")
    print(f"Drew {options.out / 'speed.svg'}")


if __name__ == "__main__":
    main()
