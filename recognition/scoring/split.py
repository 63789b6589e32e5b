"""Which people of a collection are learned from, and which only judged: nobody is both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

#: Whoever has this many photos can be enrolled with five and still be a probe.
MANY = 6
#: The split that the shipped score model was made with.
SEED = 20261121


@dataclass(frozen=True, slots=True)
class Split:
    """Names. ``train``: learned from. ``enrolled`` and ``strangers``: judged, never seen in training."""

    train: tuple[str, ...]
    enrolled: tuple[str, ...]
    strangers: tuple[str, ...]


def split(photos: Mapping[str, int], seed: int = SEED) -> Split:
    """Divide people by how many photos they have; the same people and seed give the same split.

    Half of those with six or more are to be enrolled, two thirds of those with one are the strangers;
    everyone else is for training.
    """
    rng = np.random.default_rng(seed)
    many = sorted(name for name, count in photos.items() if count >= MANY)
    single = sorted(name for name, count in photos.items() if count == 1)
    some = sorted(name for name, count in photos.items() if 1 < count < MANY)
    rng.shuffle(many)
    rng.shuffle(single)
    half, third = len(many) // 2, len(single) // 3
    return Split((*some, *many[:half], *single[:third]), tuple(many[half:]), tuple(single[third:]))
