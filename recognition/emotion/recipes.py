"""How each network is trained: the document's way, and ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from recognition.emotion.networks import Network


@dataclass(frozen=True, slots=True)
class Recipe:
    """``patience``: epochs without a better validation loss before training stops; ``None``: never early.

    ``monitor``: what the epoch to keep is chosen by; "val_loss" (least) or "val_accuracy" (most).
    ``distorted``: random changes of every face in every epoch. ``softened``: share of each label that gives
    way to what the face's votes lead one to expect (:mod:`recognition.emotion.softening`), at most a half;
    ``smoothing``: share that is spread over all classes where nobody voted (Szegedy et al. 2016). ``votes``:
    weight of the second task, see :mod:`recognition.emotion.training`; 0 is none. ``transfer``: start from
    the face network's filters. ``rate`` and ``decay``: of Nesterov momentum; without a rate it is Adam.
    """

    batch: int
    epochs: int
    monitor: str
    patience: int | None = None
    distorted: bool = False
    softened: float = 0.0
    smoothing: float = 0.0
    votes: float = 0.0
    transfer: bool = False
    rate: float | None = None
    decay: float = 0.0


RECIPES: dict[Network, Recipe] = {
    "baseline": Recipe(batch=128, epochs=100, monitor="val_loss", patience=7),
    "compact": Recipe(
        batch=64, epochs=100, monitor="val_accuracy", distorted=True, softened=0.5, smoothing=0.1, votes=1.0,
        transfer=True, rate=0.03, decay=3e-3,
    ),
}  # fmt: skip


def optimizer(recipe: Recipe, steps: int, epochs: int) -> Any:
    """Adam at Keras' rate, or Nesterov momentum along a cosine (Loshchilov and Hutter 2017) with warm-up.

    ``steps``: batches of an epoch.
    """
    from keras import optimizers

    if recipe.rate is None:
        return optimizers.Adam()
    warm = min(steps, steps * epochs // 10)
    rate = optimizers.schedules.CosineDecay(
        recipe.rate / 20, steps * epochs - warm, alpha=0.0, warmup_target=recipe.rate, warmup_steps=warm
    )
    chosen = optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=recipe.decay)
    chosen.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return chosen
