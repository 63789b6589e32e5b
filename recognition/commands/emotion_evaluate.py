"""``emotion evaluate``: how often the network is right, and what it mixes up."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from recognition.commands import hush
from recognition.commands.common import EXIT_DONE, complain, count, say, say_json
from recognition.emotion import data, report
from recognition.emotion.evaluation import Evaluation, as_json, evaluate, judge
from recognition.emotion.inference import EmotionNetwork, load
from recognition.emotion.stored import DEFAULT
from recognition.errors import ImageError

#: Where figures go that are on the network that ships: never into the installed package.
_BESIDE_NOTHING = Path("emotion-evaluation")
#: Judged when nothing else is asked for, and there is such a split.
_USUAL = "publictest"


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("evaluate", parents=parents, help="judge a network on labelled faces")
    parser.add_argument(
        "--model", default=DEFAULT, metavar="DIR", help="a folder of `emotion train`, or %(default)s"
    )
    parser.add_argument(
        "--data", metavar="PATH", type=Path, required=True,
        help="fer2013.npz, fer2013.csv, or a folder with a folder per emotion",
    )  # fmt: skip
    parser.add_argument(
        "--split", metavar="NAME", help=f"which split, or all ({_USUAL} where there is one, else all)"
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path,
        help=f"for report.txt and confusion.png (beside the model; for {DEFAULT}: ./{_BESIDE_NOTHING})",
    )  # fmt: skip
    parser.add_argument(
        "--flips", action=argparse.BooleanOptionalAction, default=None,
        help="judge each face together with its mirror image, or not (as the model's card says)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    network = load(options.model, flips=options.flips, backend=options.backend)
    out = _writable(options.out or (_BESIDE_NOTHING if options.model == DEFAULT else Path(options.model)))
    skipped = 0

    def skip(name: str, reason: str) -> None:
        nonlocal skipped
        skipped += 1
        complain("data.skipped", f"{name}: {reason} Left out.")

    everything = data.read(options.data, skip)
    if skipped:
        complain("data.skipped", f"{count(skipped, 'picture')} left out, {len(everything)} used.")
    name = options.split or (_USUAL if (everything.splits == _USUAL).any() else data.ALL)
    faces = everything.chosen(name)
    found = _judged(network, faces, everything.split("training"), quiet=options.quiet)
    title = f"{network.name} on {options.data.name}, split {data.split_name(name)}"
    _write(found, title, out)
    if options.json:
        say_json(_answer(found, network, data.split_name(name), skipped, out))
    else:
        say(report.text(found, title) + f"\nWritten: {out / 'report.txt'}, {out / 'confusion.png'}")
    return EXIT_DONE


def _judged(network: EmotionNetwork, faces: data.Faces, training: data.Faces, *, quiet: bool) -> Evaluation:
    if os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
        hush.start(network.backend)
    with tqdm(total=len(faces), unit="face", disable=quiet, file=sys.stderr) as bar:
        probabilities = judge(network, faces, bar.update)
    return evaluate(probabilities, faces, training)


def _answer(
    found: Evaluation, network: EmotionNetwork, split: str, skipped: int, out: Path
) -> dict[str, Any]:
    return {
        **as_json(found),
        "split": split,
        "model": network.name,
        "flips": network.flips,
        "skipped": skipped,
        "files": [str(out / name) for name in ("report.txt", "confusion.png", "evaluation.json")],
    }


def _writable(folder: Path) -> Path:
    """``folder``, made if need be; told before minutes of work, not after them."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _unwritten(folder, error) from error
    return folder


def _write(found: Evaluation, title: str, out: Path) -> None:
    try:
        (out / "report.txt").write_text(report.text(found, title), encoding="utf-8")
        report.heatmap(found, title, out / "confusion.png")
        (out / "evaluation.json").write_text(json.dumps(as_json(found), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise _unwritten(out, error) from error


def _unwritten(path: Path, error: OSError) -> ImageError:
    return ImageError(f"Cannot write to {path}: {error.strerror}.", code="image.not_written")
