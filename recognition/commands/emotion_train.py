"""``emotion train``: teach a network seven emotions, epoch by epoch; stop and resume as you like."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any, get_args

from tqdm import tqdm

from recognition.commands import hush
from recognition.commands.common import EXIT_DONE, complain, count, say, say_json
from recognition.emotion import data
from recognition.emotion.networks import Network
from recognition.emotion.recipes import RECIPES


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("train", parents=parents, help="train a network on labelled faces")
    parser.add_argument(
        "--data", metavar="PATH", type=Path, required=True,
        help="fer2013.npz, fer2013.csv, or a folder with a folder per emotion",
    )  # fmt: skip
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="folder for all that comes of it"
    )
    parser.add_argument(
        "--network", choices=get_args(Network), default="compact",
        help="compact (ours, the default) or baseline (four plain blocks of convolutions)",
    )  # fmt: skip
    parser.add_argument(
        "--epochs", type=_epochs, metavar="N",
        help="at most so many times through all faces "
        f"({', '.join(f'{name} {recipe.epochs}' for name, recipe in RECIPES.items())})",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="of everything that is random (%(default)s)")
    parser.add_argument(
        "--resume", action="store_true", help="go on with the training that was stopped in DIR"
    )
    parser.add_argument(
        "--start", metavar="DIR", help="begin with the weights of the finished training in DIR, or default"
    )
    parser.add_argument(
        "--mixed", action="store_true",
        help="compute in bfloat16, keep weights in float32: faster where the processor has bfloat16",
    )  # fmt: skip
    parser.set_defaults(run=run)


def _epochs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 10000")
    return int(text)


def run(options: argparse.Namespace) -> int:
    skipped: list[str] = []

    def skip(name: str, reason: str) -> None:
        skipped.append(name)
        complain("data.skipped", f"{name}: {reason} Left out.")

    faces = data.read(options.data, skip)
    if os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
        hush.start()
    from recognition.emotion.training import Plan, train

    plan = Plan(
        options.network,
        options.out,
        epochs=options.epochs,
        seed=options.seed,
        resume=options.resume,
        start=options.start,
        mixed=options.mixed,
    )
    with _Bar(plan.total, quiet=options.quiet) as bar:
        trained = train(faces, plan, bar.progress)
    best = trained.history[trained.best - 1]
    if options.json:
        say_json({"out": str(trained.out), **best, "epochs": len(trained.history), "faces": trained.faces})
    else:
        left_out = sum(trained.faces[key] for key in trained.faces if key not in ("train", "validation"))
        say(
            f"{trained.out}: {plan.network}, trained on {count(trained.faces['train'], 'face')}, "
            f"{left_out + len(skipped)} left out. Best of {count(len(trained.history), 'epoch')}: "
            f"{trained.best}, right on {best['val_accuracy']:.1%} of {trained.faces['validation']} held out."
        )
    return EXIT_DONE


class _Bar:
    """A progress bar per epoch on standard error."""

    def __init__(self, epochs: int, *, quiet: bool) -> None:
        self._epochs, self._quiet, self._epoch = epochs, quiet, 0
        self._bar: Any = None

    def progress(self, epoch: int, batch: int, batches: int, loss: float) -> None:
        if epoch != self._epoch:
            self._close()
            self._epoch = epoch
            title = f"epoch {epoch}/{self._epochs}"
            self._bar = tqdm(total=batches, desc=title, unit="batch", disable=self._quiet, file=sys.stderr)
        self._bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
        self._bar.update(batch - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *what: object) -> None:
        self._close()
