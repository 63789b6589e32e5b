"""One shape for every figure that a benchmark prints: the figure, its bar, its peer, pass or miss.

    rows = [row("frame to identity", 21.5, "ms", bar=20, peer=("DeepFace", 340.0), p50=21.5, p95=27.9, n=60)]
    write("pipeline", "Frame to identity", rows)

:func:`write` prints a Markdown table and keeps it as ``build/bench/<table>.json`` and ``.md``, with the
processor, the versions and the date, so that a figure in the documents can be traced to its run.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, TypedDict

ROOT = Path(__file__).resolve().parent.parent
#: Where tables are kept; not in git.
FOLDER = ROOT / "build" / "bench"

_PACKAGES = (
    "tensorflow",
    "keras",
    "onnxruntime",
    "numpy",
    "opencv-python-headless",
    "mtcnn",
    "faiss-cpu",
    "pillow",
)

#: A peer's name with its figure for the same thing, only its figure, or words where it has none.
Peer = tuple[str, float] | float | str


class Row(TypedDict):
    """One figure. ``met`` is ``None`` where there is no bar."""

    name: str
    value: float | None
    unit: str
    bar: float | None
    better: Literal["lower", "higher"]
    met: bool | None
    peer: str | None
    peer_value: float | None
    p50: float | None
    p95: float | None
    n: int | None
    ci: tuple[float, float] | None
    note: str


def row(
    name: str,
    value: float | None,
    unit: str,
    *,
    bar: float | None = None,
    peer: Peer | None = None,
    p50: float | None = None,
    p95: float | None = None,
    n: int | None = None,
    ci: Sequence[float] | None = None,
    better: Literal["lower", "higher"] = "lower",
    note: str = "",
) -> Row:
    """One figure with what it must reach and what others reach.

    ``value`` ``None`` means that it could not be measured; then ``note`` says why, and a bar counts as
    missed. ``bar``: the value must be at most that (``better="lower"``) or at least that. ``p50`` and
    ``p95`` are in ``unit``, ``n`` is how many measurements stand behind the figure, ``ci`` its 95 %
    confidence interval (low, high).
    """
    peer_name, peer_value = _peer(peer)
    met = None
    if bar is not None:
        met = value is not None and (value <= bar if better == "lower" else value >= bar)
    return {
        "name": name,
        "value": _plain(value),
        "unit": unit,
        "bar": _plain(bar),
        "better": better,
        "met": None if met is None else bool(met),
        "peer": peer_name,
        "peer_value": peer_value,
        "p50": _plain(p50),
        "p95": _plain(p95),
        "n": None if n is None else int(n),
        "ci": None if ci is None else (float(ci[0]), float(ci[1])),
        "note": note,
    }


def write(table: str, title: str, rows: Sequence[Row], out: Path | None = None) -> dict[str, Any]:
    """Print the table and keep it as ``<out>/<table>.json`` and ``.md``; returns what the JSON holds.

    ``table``: a short name for files, one per table and run (a later run replaces it).
    ``out``: a folder, :data:`FOLDER` by default.
    """
    folder = out or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    report = {"table": table, "title": title, **environment(), "rows": list(rows)}
    page = markdown(report)
    (folder / f"{table}.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (folder / f"{table}.md").write_text(page, encoding="utf-8")
    print(page, flush=True)
    return report


def markdown(report: dict[str, Any]) -> str:
    """A report as Markdown: heading, table (columns that nothing fills are left out), where it was run."""
    rows: list[Row] = report["rows"]
    columns = [
        ("", [one["name"] for one in rows]),
        ("measured", [_value(one) for one in rows]),
        ("95 % interval", ["" if one["ci"] is None else _interval(one["ci"]) for one in rows]),
        ("bar", [_bar(one) for one in rows]),
        ("", ["" if one["met"] is None else ("pass" if one["met"] else "**miss**") for one in rows]),
        ("peer", [_peer_text(one) for one in rows]),
        ("p50 / p95", [_quantiles(one) for one in rows]),
        ("n", ["" if one["n"] is None else f"{one['n']:,}" for one in rows]),
        ("", [one["note"] for one in rows]),
    ]
    kept = [(head, cells) for head, cells in columns if any(cells)]
    lines = [
        f"### {report['title']}",
        "",
        "| " + " | ".join(head for head, _ in kept) + " |",
        "|" + "---|" * len(kept),
        *(
            "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |"
            for line in zip(*(cells for _, cells in kept), strict=True)
        ),
        "",
        _where(report),
    ]
    return "\n".join(lines) + "\n"


def environment() -> dict[str, Any]:
    """The processor (its kind, never the machine's name), cores, versions, commit and date."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def number(value: float) -> str:
    """Three significant digits, at most four places; whole thousands with commas."""
    if value != 0 and abs(value) < 0.001:
        return f"{value:.2g}"
    if abs(value) < 1:
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if abs(value) < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}"


def _peer(peer: Peer | None) -> tuple[str | None, float | None]:
    if peer is None:
        return None, None
    if isinstance(peer, str):
        return peer, None
    if isinstance(peer, tuple):
        return peer[0], float(peer[1])
    return "peer", float(peer)


def _plain(value: float | None) -> float | None:
    """NumPy's scalars as Python's, which JSON knows."""
    return None if value is None else float(value)


def _value(one: Row) -> str:
    return "not measured" if one["value"] is None else _united(one["value"], one["unit"])


def _united(value: float, unit: str) -> str:
    return f"{number(value)}{unit}" if unit in ("x", "%") else f"{number(value)} {unit}".rstrip()


def _bar(one: Row) -> str:
    if one["bar"] is None:
        return ""
    return f"{'at most' if one['better'] == 'lower' else 'at least'} {_united(one['bar'], one['unit'])}"


def _peer_text(one: Row) -> str:
    if one["peer"] is None:
        return ""
    return one["peer"] + ("" if one["peer_value"] is None else f": {_united(one['peer_value'], one['unit'])}")


def _quantiles(one: Row) -> str:
    if one["p50"] is None and one["p95"] is None:
        return ""
    return " / ".join("-" if value is None else number(value) for value in (one["p50"], one["p95"]))


def _interval(ci: Sequence[float]) -> str:
    return f"{number(ci[0])} to {number(ci[1])}"


def _where(report: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    return (
        f"{report['cpu']}, {report['cores']} cores, {report['date']}, commit {report['commit']}. "
        f"Python {report['python']}, {versions}."
    )


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str:
    """The short commit, with ``+`` where the tree differs from it; ``unknown`` outside git."""
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude", "*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "unknown"
