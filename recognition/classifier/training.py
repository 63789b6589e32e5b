"""Transfer learning: a small head on the frozen face network, trained on the photos of a gallery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recognition.augmentation import test_pipeline, training_pipeline
from recognition.classifier.backbone import FEATURES, SPEC, backbone
from recognition.classifier.model import Classifier, versions
from recognition.errors import TrainingError
from recognition.runtime import start_tensorflow
from recognition.types import Floats, Image

#: Called with what is being done ("features", "choosing", "training"), how much of it is, and of how much.
#: What it raises ends the training.
Progress = Callable[[str, int, int], None]

#: Chips through the face network at once.
CHIPS = 32
#: Whoever has this many photos can spare one to judge by.
ENOUGH = 3
#: Added to every feature's variance, so that one that never varied does not drown the others when it does.
LEAST_VARIANCE = 1e-3

Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a classifier is trained.

    ``copies``: changed copies of each photo that the head sees besides the photo itself. ``epochs``: at
    most so many; the best of them is chosen on photos held out (``held_out``, a fraction of each
    person's), and ``patience`` epochs without a better one end the search. ``seed`` decides all that is
    random.
    """

    epochs: int = 40
    copies: int = 8
    batch: int = 64
    learning_rate: float = 1e-3
    patience: int = 5
    held_out: float = 0.2
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Material:
    """Standardised features (1 + copies, n, 2, 2, 256), each photo's own first; ``owners`` (n,): whose."""

    features: Floats
    owners: Numbers

    def of(self, photos: Numbers) -> tuple[Floats, Numbers]:
        """Every copy of these photos, one after the other, and whose each is."""
        return self.features[:, photos].reshape(-1, *FEATURES), np.tile(
            self.owners[photos], len(self.features)
        )

    def plain(self, photos: Numbers) -> tuple[Floats, Numbers]:
        return self.features[0, photos], self.owners[photos]


def train(
    chips_by_person: Mapping[str, Image], plan: Plan = Plan(), *, progress: Progress | None = None
) -> Classifier:
    """Learn to tell these people apart.

    ``chips_by_person``: for each label (any text that is not empty, such as a person's id) uint8 RGB chips
    (n, 150, 150, 3), n >= 1, as :func:`recognition.alignment.embedder_chip` cuts them out. Labels are sorted.

    The network in front is frozen, so what it makes of each chip and of its ``plan.copies`` random changes
    is computed once, through a dataset with :func:`recognition.augmentation.training_pipeline`, and the
    head is trained on that. A first head finds the number of epochs on photos held out; a second one,
    which is returned, is trained for so many on all of them. Where nobody has three photos, it is
    ``plan.epochs``.

    The same chips, plan and machine give the same classifier. Raises :class:`TrainingError`
    ``training.too_few_people`` for less than two people and ``training.no_faces`` for a person without chips,
    ``ValueError`` for arrays of another kind, ``ModelError`` when the face network cannot be loaded, and
    whatever ``progress`` raises.
    """
    people = sorted(chips_by_person)
    _check(people, chips_by_person)
    chips = np.concatenate([chips_by_person[name] for name in people])
    owners = np.repeat(np.arange(len(people)), [len(chips_by_person[name]) for name in people])
    told = progress or (lambda *_: None)
    seen = features(chips, plan.copies, plan.seed, told)
    # All of them are positive and some vary a hundred times as much as others: as they are, a head hardly
    # learns from them. What standardises them is a linear step and goes into the head's first layer later.
    mean, deviation = seen.mean(axis=(0, 1)), np.sqrt(seen.var(axis=(0, 1)) + LEAST_VARIANCE)
    seen -= mean
    seen /= deviation
    material = _Material(seen, owners)
    kept, out = _hold_out(owners, plan)
    epochs = plan.epochs
    history: list[dict[str, float]] = []
    everyone = np.arange(len(owners))
    if len(out):
        _, history = _fit(material, kept, out, people, plan, epochs, told)
        epochs = 1 + int(np.argmin([row["val_loss"] for row in history]))
    head, rows = _fit(material, everyone, out[:0], people, plan, epochs, told)
    about = {
        **asdict(plan), "epochs_trained": epochs, "people": len(people), "photos": len(chips),
        "photos_held_out_to_choose": len(out), "embedder": SPEC.key, "embedder_fingerprint": SPEC.fingerprint,
        "versions": versions(),
    }  # fmt: skip
    kept_head = _folded(head, len(people), mean, deviation)
    return Classifier(tuple(people), kept_head, about, tuple(history or rows))


def features(chips: Image, copies: int, seed: int, progress: Progress) -> Floats:
    """What the face network makes of chips (n, 150, 150, 3): float32 (1 + copies, n, 2, 2, 256).

    First as they are, then changed at random ``copies`` times.
    """
    tf = start_tensorflow()
    run, changed, plain = backbone(), training_pipeline(seed), test_pipeline()
    pictures = tf.data.Dataset.from_tensor_slices(chips).batch(CHIPS)
    # One batch after the other, or the random changes would fall on other batches in every run.
    rounds = [
        pictures.map(plain).prefetch(1),
        pictures.map(lambda batch: changed(batch, training=True)).prefetch(1),
    ]
    found = np.empty((1 + copies, len(chips), *FEATURES), np.float32)
    progress("features", 0, found.shape[0] * len(chips))
    for number in range(1 + copies):
        done = 0
        for batch in rounds[min(number, 1)]:
            found[number, done : done + len(batch)] = run(batch).numpy()
            done += len(batch)
            progress("features", number * len(chips) + done, found.shape[0] * len(chips))
    return found


def build_head(people: int, seed: int) -> Any:
    """Flatten, Dense 256 ReLU, Dropout 0.5, softmax over the people: (n, 2, 2, 256) to (n, people)."""
    from keras import Input, Sequential, initializers, layers

    first, drop, last = np.random.SeedSequence(seed).generate_state(3).tolist()
    return Sequential(
        [
            Input(FEATURES),
            layers.Flatten(),
            layers.Dense(256, "relu", kernel_initializer=initializers.GlorotUniform(first)),
            layers.Dropout(0.5, seed=drop),
            layers.Dense(people, "softmax", kernel_initializer=initializers.GlorotUniform(last)),
        ],
        name="head",
    )


def _folded(head: Any, people: int, mean: Floats, deviation: Floats) -> Any:
    """A head for features as they come, of one for features that were standardised by these (2, 2, 256)."""
    kernel, bias, *rest = head.get_weights()
    scale = 1.0 / deviation.astype(np.float64).reshape(-1)
    shift = (mean.reshape(-1) * scale) @ kernel.astype(np.float64)
    plain = build_head(people, seed=0)  # whatever it begins with is replaced
    plain.set_weights(
        [(kernel * scale[:, None]).astype(np.float32), (bias - shift).astype(np.float32), *rest]
    )
    return plain


def _fit(
    material: _Material, photos: Numbers, judged: Numbers, people: list[str], plan: Plan, epochs: int,
    progress: Progress,
) -> tuple[Any, list[dict[str, float]]]:  # fmt: skip
    """A head trained on ``photos`` and watched on ``judged`` (may be none), and its history."""
    from keras import callbacks, optimizers

    tf = start_tensorflow()
    inputs, owners = material.of(photos)
    shuffled = np.random.default_rng(plan.seed).permutation(len(inputs))  # a whole shuffle costs no buffer
    batches = (
        tf.data.Dataset.from_tensor_slices((inputs[shuffled], owners[shuffled]))
        .shuffle(min(len(inputs), 4096), seed=plan.seed)
        .batch(plan.batch)
    )
    head = build_head(len(people), plan.seed)
    head.compile(
        optimizers.Adam(plan.learning_rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    stage = "choosing" if len(judged) else "training"
    watch = [callbacks.LambdaCallback(on_epoch_end=lambda epoch, _: progress(stage, epoch + 1, epochs))]
    if len(judged):
        watch.append(callbacks.EarlyStopping("val_loss", patience=plan.patience))
    ran = head.fit(
        batches, epochs=epochs, verbose=0, callbacks=watch, shuffle=False,  # the dataset does it, seeded
        validation_data=material.plain(judged) if len(judged) else None,
    )  # fmt: skip
    names = ("accuracy", "loss", "val_accuracy", "val_loss")
    history = [
        {"epoch": float(number + 1), **{n: _value(ran.history, n, number) for n in names}}
        for number in range(len(ran.history["loss"]))
    ]
    return head, history


def _value(history: dict[str, list[float]], name: str, epoch: int) -> float:
    return round(float(history[name][epoch]), 6) if name in history else float("nan")


def _hold_out(owners: Numbers, plan: Plan) -> tuple[Numbers, Numbers]:
    """Which photos are learned from and which are not, by chance, some of everyone who has enough."""
    rng = np.random.default_rng(plan.seed)
    out: list[int] = []
    for person in np.unique(owners):
        mine = rng.permutation(np.flatnonzero(owners == person))
        if len(mine) >= ENOUGH and plan.held_out > 0:
            out += mine[: max(1, round(plan.held_out * len(mine)))].tolist()
    chosen = np.array(sorted(out), np.intp)
    return np.setdiff1d(np.arange(len(owners)), chosen), chosen


def _check(people: list[str], chips: Mapping[str, Image]) -> None:
    if len(people) < 2:
        raise TrainingError(
            f"A classifier tells people apart and needs two at least; here {_are(len(people))}.",
            code="training.too_few_people",
        )
    for name in people:
        if not name:
            raise ValueError("a label is a text that is not empty")
        if chips[name].dtype != np.uint8 or chips[name].shape[1:] != (*(SPEC.input_size or ()), 3):
            raise ValueError(f"expected uint8 chips (n, 150, 150, 3), got {chips[name].shape} of {name!r}")
        if not len(chips[name]):
            raise TrainingError(f"There is no usable photo of {name}.", code="training.no_faces")


def _are(people: int) -> str:
    return "is one" if people else "is nobody"
