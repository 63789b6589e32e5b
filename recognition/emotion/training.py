"""Train an emotion network, epoch by epoch, in a way that can be stopped and resumed.

Runs on whatever Keras runs on: ``KERAS_BACKEND=jax`` or ``torch`` on a machine without TensorFlow.
"""

from __future__ import annotations

import contextlib
import csv
import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recognition.emotion import networks, transfer
from recognition.emotion.batches import Batches, Targets
from recognition.emotion.checkpoint import Checkpoint, History
from recognition.emotion.data import Faces
from recognition.emotion.distortion import plain
from recognition.emotion.holdout import hold_out
from recognition.emotion.labels import EMOTIONS
from recognition.emotion.networks import Network
from recognition.emotion.recipes import RECIPES, Recipe, optimizer
from recognition.emotion.stored import find
from recognition.errors import TrainingError

#: Faces that the normalisation is set from before the first step.
_FIRST_FACES = 512

#: Called after each batch with epoch (from 1), batch, batches and loss so far.
Progress = Callable[[int, int, int, float], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained, for how long, where to; ``seed`` decides everything that is random.

    ``start``: the folder of a finished training of the same network, or "default" for the one that ships;
    this training begins with its weights. ``mixed``: compute in bfloat16 and keep weights in float32
    (Micikevicius et al. 2018), which is faster where the processor knows bfloat16.
    """

    network: Network
    out: Path
    epochs: int | None = None
    seed: int = 0
    resume: bool = False
    start: str | None = None
    mixed: bool = False

    @property
    def recipe(self) -> Recipe:
        return RECIPES[self.network]

    @property
    def total(self) -> int:
        """Epochs at most."""
        return self.epochs or self.recipe.epochs

    def decisive(self) -> dict[str, Any]:
        """What another start with the same faces must share to be the same training."""
        chosen = {"network": self.network, "epochs": self.total, "seed": self.seed}
        return {**chosen, "start": self.start, "mixed": self.mixed}


@dataclass(frozen=True, slots=True)
class Trained:
    """``best``: the epoch, from 1, whose weights were kept. ``faces``: how many went where, and why."""

    out: Path
    history: History
    best: int
    faces: dict[str, int]


def train(faces: Faces, plan: Plan, progress: Progress | None = None) -> Trained:
    """Train on the training split alone; ``plan.out`` holds everything that came of it.

    A part of the training split is held out to choose the best epoch by; other splits are only used to leave
    out of training what they repeat (:mod:`recognition.emotion.holdout`).
    Raises :class:`TrainingError`: ``training.finished``, ``training.unfinished``, ``training.other_plan``,
    ``training.no_start``, ``training.no_faces``, ``training.not_written``; ``ModelError`` for a start that is
    no network.
    """
    try:
        return _train(faces, plan, progress)
    except OSError as error:
        raise TrainingError(
            f"Cannot write to {plan.out}: {error.strerror or error}.", code="training.not_written"
        ) from error


def _train(faces: Faces, plan: Plan, progress: Progress | None) -> Trained:
    if (plan.out / "model.keras").exists():
        raise TrainingError(
            f"{plan.out} holds a finished training already. Choose another folder.", code="training.finished"
        )
    kept = Checkpoint(plan.out / "checkpoint", plan.decisive())
    resumed = kept.open(resume=plan.resume)
    parts = hold_out(faces, plan.seed)
    plan.out.mkdir(parents=True, exist_ok=True)

    import keras

    keras.utils.set_random_seed(plan.seed)
    batches = Batches(parts.train, plan.recipe, plan.seed)
    with _computing(mixed=plan.mixed):
        model = _compiled(plan, batches.count, votes=faces.votes is not None)
    if resumed:
        kept.load(model)
    elif plan.start is not None:
        _start_from(plan.start, model, plan.network)
    elif plan.recipe.transfer:
        transfer.take_over(model, plain(parts.train.pixels[:_FIRST_FACES]))
    _epochs(model, batches, parts.validation, plan, kept, progress)
    model.load_weights(kept.best)
    best = _best_epoch(kept.history, plan.recipe.monitor)
    # Made anew, because layers remember what they were computed in.
    made = networks.build(plan.network)
    made.set_weights(networks.finished(model).get_weights())
    _write(made, kept.history, best, plan, parts.notes)
    kept.clear()
    return Trained(plan.out, kept.history, best, parts.notes)


@contextlib.contextmanager
def _computing(*, mixed: bool) -> Iterator[None]:
    """Layers that are made meanwhile compute in bfloat16, or in float32."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if mixed else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _start_from(start: str, model: Any, network: Network) -> None:
    """The kept part of ``model`` gets the weights of a network that was trained before."""
    own, weights = networks.finished(model), find(start).make().get_weights()
    if [weight.shape for weight in weights] != [weight.shape for weight in own.get_weights()]:
        raise TrainingError(
            f"The network in {start} is no {network} network; it cannot be the start of one.",
            code="training.no_start",
        )
    own.set_weights(weights)


def _compiled(plan: Plan, steps: int, *, votes: bool) -> Any:
    """The network with its loss and optimizer. ``votes``: whether the faces come with FER+ votes."""
    recipe, both = plan.recipe, votes and plan.recipe.votes > 0
    model = networks.build(plan.network, votes=both)
    from keras import losses, metrics

    entropy = losses.CategoricalCrossentropy()
    accuracy = metrics.CategoricalAccuracy(name="accuracy")
    if both:
        # Guessing how ten people voted as well teaches the shared layers what the noisy single label
        # does not say; the labels that are judged stay the original ones.
        model.compile(
            optimizer(recipe, steps, plan.total),
            loss={"emotion": entropy, "votes": losses.CategoricalCrossentropy()},
            loss_weights={"emotion": 1.0, "votes": recipe.votes},
            weighted_metrics={"emotion": [accuracy], "votes": []},
        )
    else:
        model.compile(optimizer(recipe, steps, plan.total), loss=entropy, weighted_metrics=[accuracy])
    return model


def _epochs(
    model: Any, batches: Batches, validation: Faces, plan: Plan, kept: Checkpoint, progress: Progress | None
) -> None:
    monitor, patience = plan.recipe.monitor, plan.recipe.patience
    while len(kept.history) < plan.total:
        number = len(kept.history)
        if patience is not None and kept.history and number - _best_epoch(kept.history, monitor) >= patience:
            return
        _reseed(model, plan.seed, number)
        row = {"epoch": number + 1, **_plain_names(_learn(model, batches, number, progress))}
        judged = _judge(model, validation, batches.targets)
        kept.history.append(row | {f"val_{key}": value for key, value in judged.items()})
        kept.save(model, best=_best_epoch(kept.history, monitor) == number + 1)
        _write_history(plan.out / "history.csv", kept.history)


def _learn(model: Any, batches: Batches, number: int, progress: Progress | None) -> dict[str, float]:
    """One epoch, from 0; the figures are means over its batches, which are of one size."""
    sums: dict[str, float] = {}
    for step, (inputs, said, *counted) in enumerate(batches.epoch(number), 1):
        weights = counted[0] if counted else None
        figures = model.train_on_batch(inputs, said, sample_weight=weights, return_dict=True)
        sums = {name: sums.get(name, 0.0) + float(value) for name, value in figures.items()}
        if progress is not None:
            progress(number + 1, step, batches.count, sums["loss"] / step)
    return {name: value / batches.count for name, value in sums.items()}


def _reseed(model: Any, seed: int, epoch: int) -> None:
    """Let what is dropped at random depend on seed and epoch only, so that a resumed training is the same."""
    for position, layer in enumerate(model.layers):
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign(np.asarray([seed * 1000 + position, epoch], np.uint32))


def _judge(model: Any, faces: Faces, targets: Targets) -> dict[str, float]:
    inputs, said, *counted = plain(faces.pixels), *targets.of(faces)
    weights = counted[0] if counted else None
    return _plain_names(
        model.evaluate(inputs, said, sample_weight=weights, batch_size=256, verbose=0, return_dict=True)
    )


def _plain_names(figures: dict[str, Any]) -> dict[str, float]:
    """``accuracy`` and ``loss``, whatever Keras calls them with one output or two."""
    found = {}
    for key, value in figures.items():
        if key in ("loss", "accuracy", "emotion_accuracy"):
            found[key.removeprefix("emotion_")] = round(float(value), 5)
    return found


def _best_epoch(history: History, monitor: str) -> int:
    """The number, from 1, of the best epoch so far; the first of equals."""
    values = np.asarray([row[monitor] for row in history])
    return int(values.argmin() if monitor == "val_loss" else values.argmax()) + 1


def _write_history(path: Path, history: History) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(history[0]))
        writer.writeheader()
        writer.writerows(history)


def _write(model: Any, history: History, best: int, plan: Plan, notes: dict[str, int]) -> None:
    """Everything that training leaves, but the epochs' history, which is there already."""
    import keras

    from recognition.plots import curves

    out = plan.out
    model.save(out / "model.keras")
    (out / "model.json").write_text(model.to_json(indent=1), encoding="utf-8")
    model.save_weights(out / "model.weights.h5")
    curves(history, out / "curves.png")
    arguments = {
        **plan.decisive(),
        "epochs_run": len(history),
        "best_epoch": best,
        "parameters": int(model.count_params()),
        "classes": list(EMOTIONS),
        "faces": notes,
        "recipe": asdict(plan.recipe),
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            "numpy": np.__version__,
        },
    }
    (out / "args.json").write_text(json.dumps(arguments, indent=1) + "\n", encoding="utf-8")
