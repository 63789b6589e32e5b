"""From people with several photos each to a calibrated :class:`recognition.scoring.model.ScoreModel`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recognition.calibration import affine_calibration, rate_table
from recognition.errors import RecognitionError
from recognition.scoring.likelihood import LikelihoodRatio
from recognition.scoring.model import TAIL_PEOPLE, ScoreModel
from recognition.scoring.two_covariance import Doubles, estimate
from recognition.types import Floats

Booleans = npt.NDArray[np.bool_]

#: Parts that people are split into: each is scored by a model of the others, so that calibration sees
#: people as a stranger's photo will be seen, never those the model knows.
FOLDS = 4
#: Photos that people are enrolled with while scores are calibrated.
TEMPLATES = (1, 2, 3, 5)
#: Centres of the crowd, and people to each at least. On people kept apart 256 served better than 128.
CENTRES, PER_CENTRE = 256, 8
#: How often the galleries of TAIL_PEOPLE are drawn anew for the table of what strangers reach.
DRAWS = 20
#: The table's rates, as far as the strangers can answer for them.
RATES = tuple(10.0**-power for power in np.arange(0.5, 5.01, 0.25))


def train(people: Sequence[Floats], embedder: str, seed: int = 0, **card: Any) -> ScoreModel:
    """The score model of these people, each L2-normalised embeddings (n, D), n >= 1.

    Whoever has one photo plays the stranger only. ``card``: what to say about the data.
    Raises ``scoring.too_few_people``.
    """
    blocks = held_out_scores(people, embedder, seed)
    scale, offset, gain = _calibration(blocks)
    model = replace(_uncalibrated(people, embedder, seed), scale=scale, offset=offset, gain=gain)
    best = _strangers_best(model, blocks, seed)
    rates, reached = rate_table(best, RATES, draws=DRAWS) if len(best) else (np.zeros(0), np.zeros(0))
    if not len(rates):
        raise RecognitionError(
            f"At least {FOLDS * (TAIL_PEOPLE + 1)} people are needed to say what strangers score.",
            code="scoring.too_few_people",
        )
    about = {
        **card,
        "people": len(people),
        "people_with_several_photos": sum(len(rows) > 1 for rows in people),
        "photos": sum(len(rows) for rows in people),
        "genuine_scores": sum(int(block.genuine.sum()) for block in blocks),
        "impostor_scores": sum(int((~block.own).sum()) for block in blocks),
        "seed": seed,
    }
    return replace(model, tail_fpir=rates, tail_score=reached, card=about)


class Block(NamedTuple):
    """Scores of people whom the model that scored them had never seen, all with as many templates.

    ``raw`` float64 (Q, P): probes of Q people against P enrolled ones, whose templates are worth
    ``worth`` (P,) photos. ``own`` (Q, P): the probe is of that person; ``genuine`` (Q, P): and another
    photo than the templates.
    """

    raw: Doubles
    worth: Doubles
    own: Booleans
    genuine: Booleans


def held_out_scores(people: Sequence[Floats], embedder: str, seed: int = 0) -> list[Block]:
    """Everyone scored by a model of the other people.

    One photo of each person, drawn by ``seed``, is the probe; 1, 2, 3 and 5 of the others in turn are
    the templates, so that the scores stand for people with few and with many photos.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(people))
    blocks: list[Block] = []
    for fold in range(FOLDS):
        inside = order[fold::FOLDS]
        scorer = LikelihoodRatio(
            _uncalibrated([people[i] for i in np.setdiff1d(order, inside)], embedder, seed)
        )
        held = [people[i] for i in inside]
        for photos in TEMPLATES:
            if any(len(rows) > photos for rows in held):
                blocks.append(_scored(scorer, held, photos, rng))
    return blocks


def _scored(
    scorer: LikelihoodRatio, people: Sequence[Floats], photos: int, rng: np.random.Generator
) -> Block:
    """All probes against all people who have ``photos`` templates beside their probe.

    Someone's only photo can be mistaken for others, and others for it, but matches nobody.
    """
    drawn = [int(rng.integers(len(rows))) for rows in people]
    enrolled, owners = [], []
    for number, (rows, probe) in enumerate(zip(people, drawn, strict=True)):
        others = np.delete(rows, probe, axis=0)
        if len(others) >= photos or (photos == 1 and len(rows) == 1):
            enrolled.append(scorer.person(others[:photos] if len(others) else rows))
            owners.append(number)
    raw = np.stack([scorer.raw(enrolled, rows[probe]) for rows, probe in zip(people, drawn, strict=True)])
    own = np.arange(len(people))[:, None] == np.array(owners)[None, :]
    several = np.array([len(people[owner]) > 1 for owner in owners])
    return Block(raw, np.array([one.seen.worth for one in enrolled]), own, own & several)


def _calibration(blocks: Sequence[Block]) -> tuple[float, float, float]:
    """(scale, offset, gain), see :class:`ScoreModel`."""
    logs = [np.broadcast_to(np.log(block.worth), block.raw.shape) for block in blocks]
    genuine, impostor = (
        np.concatenate(
            [
                np.stack([block.raw[chosen], log[chosen]], axis=1)
                for block, log in zip(blocks, logs, strict=True)
                for chosen in [block.genuine if same else ~block.own]
            ]
        )
        for same in (True, False)
    )
    (scale, gain), offset = affine_calibration(genuine, impostor)
    return scale, offset, gain


def _strangers_best(model: ScoreModel, blocks: Sequence[Block], seed: int) -> Doubles:
    """Each probe's best calibrated score (N,) in galleries of TAIL_PEOPLE others, drawn DRAWS times."""
    rng = np.random.default_rng(seed)
    best = []
    for block in blocks:
        scores = np.where(block.own, -np.inf, model.calibrated(block.raw, block.worth))
        people = scores.shape[1]
        if people > TAIL_PEOPLE:
            best += [
                scores[:, rng.choice(people, TAIL_PEOPLE, replace=False)].max(axis=1) for _ in range(DRAWS)
            ]
    return np.concatenate(best) if best else np.zeros(0)


def _uncalibrated(people: Sequence[Floats], embedder: str, seed: int) -> ScoreModel:
    fitted = estimate([rows for rows in people if len(rows) > 1])
    none = np.zeros(0)
    empty = np.zeros((0, len(fitted.between)))
    model = ScoreModel(
        embedder, fitted.mean, fitted.projection, fitted.between, empty, 1.0, 0.0, 0.0, none, none, {}
    )
    means = np.stack([LikelihoodRatio(model).person(rows).seen.mean for rows in people])
    return replace(model, crowd=_crowd(means, seed))


def _crowd(means: Doubles, seed: int) -> Doubles:
    """Centres (K, d) of the people's whitened means (P, d), by k-means; none for a small crowd.

    At least :data:`PER_CENTRE` people to a centre on average: a centre is a kind of face, nobody's.
    """
    count = min(CENTRES, len(means) // PER_CENTRE)
    if count < 2:
        return np.zeros((0, means.shape[1]))
    import faiss

    clusters = faiss.Kmeans(means.shape[1], count, niter=20, seed=seed, min_points_per_centroid=1)
    clusters.train(np.ascontiguousarray(means, np.float32))
    return np.asarray(clusters.centroids, np.float64)
