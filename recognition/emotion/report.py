"""An evaluation for people: a page of text and a heatmap."""

from __future__ import annotations

from pathlib import Path

from recognition.emotion.evaluation import Evaluation
from recognition.emotion.inference import UNSURE
from recognition.emotion.labels import EMOTIONS

#: Cells darker than this share of their row are written in white.
_DARK = 0.55


def text(evaluation: Evaluation, title: str) -> str:
    """Everything as lines of plain text, the last one ended."""
    low, high = evaluation.interval
    lines = [
        title,
        "",
        f"accuracy {evaluation.accuracy:.2%} (95 % interval {low:.2%} to {high:.2%}), "
        f"macro F1 {evaluation.macro_f1:.4f}, {evaluation.n:,} faces",
        *_notes(evaluation),
        "",
        f"{'':9}{'precision':>10}{'recall':>10}{'F1':>10}{'faces':>8}",
    ]
    for name, one in evaluation.per_class.items():
        lines.append(f"{name:9}{one.precision:10.4f}{one.recall:10.4f}{one.f1:10.4f}{one.n:8}")
    lines += ["", "What faces of each label (rows) were taken for (columns):", ""]
    lines.append(" " * 9 + "".join(f"{name:>9}" for name in EMOTIONS))
    for name, row in zip(EMOTIONS, evaluation.confusion.tolist(), strict=True):
        lines.append(f"{name:9}" + "".join(f"{count:9}" for count in row))
    return "\n".join(lines) + "\n"


def _notes(evaluation: Evaluation) -> list[str]:
    found, sure = evaluation.doubts, evaluation.sure
    notes = [
        f"sure (best probability {UNSURE:g} or more) of {sure / max(1, evaluation.n):.1%} of the faces, "
        f"and right on {evaluation.sure_right / max(1, sure):.2%} of those"
    ]
    if evaluation.accuracy_fresh is not None:
        notes.append(
            f"{found.in_training} faces are pixel for pixel in the training split; without them "
            f"{evaluation.accuracy_fresh:.2%} of {evaluation.fresh:,}"
        )
    if found.blank:
        notes.append(f"{found.blank} faces are blank; they count like all others")
    if found.conflicting:
        notes.append(f"{found.conflicting} faces occur under more than one label; they count like all others")
    return notes


def heatmap(evaluation: Evaluation, title: str, path: Path) -> Path:
    """The confusion as a PNG: shares of each row as colours, counts below them."""
    from matplotlib.figure import Figure  # without pyplot no window system is touched

    counts = evaluation.confusion
    shares = counts / counts.sum(axis=1, keepdims=True).clip(1)
    figure = Figure(figsize=(6.8, 6.2), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Greens", vmin=0, vmax=1)
    places = range(len(EMOTIONS))
    for row in places:
        for column in places:
            share = shares[row, column]
            axes.text(
                column, row, f"{share:.0%}\n{counts[row, column]}", ha="center", va="center", fontsize=8,
                color="white" if share > _DARK else "#222222",
            )  # fmt: skip
    axes.set_xticks(places, EMOTIONS, rotation=30, ha="right")
    axes.set_yticks(places, EMOTIONS)
    axes.set_xlabel("what the network says")
    axes.set_ylabel("label")
    axes.set_title(f"{title}\naccuracy {evaluation.accuracy:.1%}, {evaluation.n:,} faces", fontsize=10)
    figure.savefig(path, dpi=130, metadata={"Software": None})
    return path
