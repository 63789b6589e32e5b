"""Pictures of error rates and scores, as PNG files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from recognition.open_set import OpenSet

_POINTS = 300
_UNITS = {"llr": "log10 likelihood ratio", "mean": "cosine with the mean template", "nearest": "cosine"}


def det(pairs: OpenSet, gallery: int, margin: float, path: Path) -> Path:
    """Detection error trade-off: FNIR over FPIR for a gallery of so many people, with this margin."""
    figure, axes = _figure()
    top = np.quantile(pairs.impostors, [0.5, 1.0])
    grid = np.linspace(top[0], top[1] + 1e-6, _POINTS)
    fpir, fnir = pairs.rates(grid, gallery, margin)
    shown = (fpir > 0) & (fnir > 0)
    axes.loglog(fpir[shown] * 100, fnir[shown] * 100, color="#0f6e5a", linewidth=2)
    axes.set_xlabel("strangers accepted (FPIR, %)")
    axes.set_ylabel("known people not recognised (FNIR, %)")
    axes.set_title(f"{gallery} people enrolled")
    axes.grid(visible=True, which="both", alpha=0.25)
    return _save(figure, path)


def histogram(pairs: OpenSet, threshold: float | None, path: Path, kind: str) -> Path:
    """Scores of same and of different people, each with an area of one."""
    figure, axes = _figure()
    low, high = np.quantile(np.concatenate([pairs.impostors, pairs.genuine]), [0.0005, 0.9995]).tolist()
    bins = np.linspace(low, high, 120)
    axes.hist(pairs.impostors, bins, density=True, alpha=0.6, color="#9a3b3b", label="different people")
    if len(pairs.genuine):
        axes.hist(pairs.genuine, bins, density=True, alpha=0.6, color="#0f6e5a", label="same person")
    if threshold is not None:
        axes.axvline(threshold, color="#222222", linestyle="--", label=f"threshold {threshold:.3g}")
    axes.set_xlabel(_UNITS[kind])
    axes.set_ylabel("density")
    axes.legend()
    return _save(figure, path)


def curves(history: list[dict[str, float]], path: Path) -> Path:
    """Accuracy and loss of each epoch, in training and on what was held out."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 4.0), layout="constrained")
    epochs = [row["epoch"] for row in history]
    for axes, name in zip(figure.subplots(1, 2), ("accuracy", "loss"), strict=True):
        axes.plot(epochs, [row[name] for row in history], color="#9a3b3b", label="training", marker=".")
        axes.plot(
            epochs, [row[f"val_{name}"] for row in history], color="#0f6e5a", label="held out", marker="."
        )
        axes.set_xlabel("epoch")
        axes.set_ylabel(name)
        axes.grid(visible=True, alpha=0.25)
        axes.legend()
    return _save(figure, path)


def _figure() -> tuple[Any, Any]:
    from matplotlib.figure import Figure  # without pyplot no window system is touched

    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    return figure, figure.subplots()


def _save(figure: Any, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata={"Software": None})
    return path
