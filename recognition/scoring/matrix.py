"""All probes of a collection against all its people, as a score matrix for calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recognition.open_set import OpenSet
from recognition.scoring import Scorer
from recognition.types import Floats


def all_pairs(scorer: Scorer, people: Sequence[Floats], templates: int = 5, seed: int = 0) -> OpenSet:
    """One photo of each person, drawn by ``seed``, against every person's other photos.

    ``people``: embeddings (n, D) each, n >= 1, at most ``templates`` of them enrolled. A person with one
    photo is enrolled with it, and is never compared with it: they can only be mistaken.
    """
    rng = np.random.default_rng(seed)
    enrolled, probes = [], []
    for rows in people:
        order = rng.permutation(len(rows))
        probes.append(rows[order[0]])
        enrolled.append(scorer.person(rows[order[1 : 1 + templates]] if len(rows) > 1 else rows))
    own = np.eye(len(people), dtype=bool)
    several = np.array([len(rows) > 1 for rows in people])
    scores = np.stack([scorer.scores(enrolled, probe) for probe in probes]).astype(np.float64)
    return OpenSet(scores, own, own & several[:, None])
