"""How well people are told from strangers in galleries of any size, from all pairs of a collection.

One score matrix answers for every gallery: with each of M people enrolled by a chance of N / M, a
stranger whom k of them would pass for is accepted with probability 1 - (1 - N / M) ** k. Averaging
that over strangers uses every pair, where drawing galleries would use a few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from recognition.calibration import MIN_EVENTS, Scores
from recognition.errors import RecognitionError

_GRID, _ROUNDS = 600, 400


@dataclass(frozen=True, slots=True, eq=False)
class OpenSet:
    """Scores float64 (Q, M) of Q probes against M people; ``own`` (Q, M) marks the probe's person.

    ``own`` may be all False in a row: that probe is of a person who is in no gallery.
    ``comparable`` (Q, M): own pairs that may count as genuine (another photo than the templates).
    """

    scores: Scores
    own: npt.NDArray[np.bool_]
    comparable: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        if not (self.scores.ndim == 2 and self.scores.shape == self.own.shape == self.comparable.shape):
            raise RecognitionError("A matrix of scores is needed.", code="calibration.bad_scores")
        if not np.isfinite(self.scores).all():
            raise RecognitionError("The scores must be finite.", code="calibration.bad_scores")

    @property
    def impostors(self) -> Scores:
        """All scores (N,) of different people."""
        return self.scores[~self.own]

    @property
    def genuine(self) -> Scores:
        """All scores (N,) of a probe and its own person."""
        return self.scores[self.comparable]

    def rates(self, thresholds: npt.ArrayLike, gallery: int, margin: float = 0.0) -> tuple[Scores, Scores]:
        """(FPIR, FNIR), each (T,), at these thresholds in galleries of so many people.

        ``margin``: whose own person does not lead the next by as much is missed too. It would spare some
        strangers as well; FPIR is without that, so that the threshold alone keeps them out.
        """
        strangers, missed = self._by_probe(np.asarray(thresholds, np.float64), gallery, margin)
        return strangers.mean(axis=0), missed.mean(axis=0)

    def threshold(self, fpir: float, gallery: int, margin: float = 0.0, seed: int = 0) -> Wanted:
        """The least threshold with at most ``fpir``, its 95 % interval (bootstrap over probes), and FNIR.

        ``margin``: as in :meth:`rates`. Raises ``calibration.bad_rate`` for impossible wishes and
        ``calibration.insufficient_data`` where the pairs cannot answer: fewer people than the gallery, or
        fewer than :data:`recognition.calibration.MIN_EVENTS` pairs of different people at or above the
        threshold.
        """
        people = self.scores.shape[1]
        _check(people, fpir, gallery)
        top = np.sort(self.impostors)[::-1]
        # Beyond this many pairs the rate is surely too high: each gallery holds N / M of them.
        deepest = min(len(top) - 1, int(4 * fpir * len(self.scores) * people / gallery) + 4 * MIN_EVENTS)
        places = np.unique(np.linspace(0, deepest, _GRID).astype(int))
        grid = np.nextafter(top[places], np.inf)
        by_stranger, by_probe = self._by_probe(grid, gallery, margin)
        best = _least(by_stranger.mean(axis=0)[None], fpir)[0]
        events = int((self.impostors >= grid[best]).sum())
        if events < MIN_EVENTS:
            raise _insufficient(
                f"Only {events} pairs of different people score that high; "
                f"a rate of {fpir:g} needs at least {MIN_EVENTS}, so more people."
            )
        rng = np.random.default_rng(seed)
        count = len(by_stranger)
        weights = rng.multinomial(count, np.full(count, 1 / count), size=_ROUNDS) / count
        low, high = np.quantile(grid[_least(weights @ by_stranger, fpir)], (0.025, 0.975))
        return Wanted(
            threshold=float(grid[best]),
            interval=(float(low), float(high)),
            fpir=float(by_stranger[:, best].mean()),
            fnir=float(by_probe[:, best].mean()) if len(by_probe) else float("nan"),
            events=events,
        )

    def _by_probe(self, thresholds: Scores, gallery: int, margin: float) -> tuple[Scores, Scores]:
        """Chances (Q, T) of each probe to be accepted as another, and (G, T) of the genuine to be missed."""
        absent = 1.0 - min(gallery / self.scores.shape[1], 1.0)
        others = np.sort(np.where(self.own, -np.inf, self.scores), axis=1)
        people = others.shape[1]
        above = np.stack([people - np.searchsorted(row, thresholds, side="left") for row in others])
        accepted = 1.0 - absent**above
        rows, columns = np.nonzero(self.comparable)
        own = self.scores[rows, columns]
        # Whom the own person does not lead by the margin; without one, who is as like the probe.
        side: Literal["left", "right"] = "right" if margin > 0 else "left"
        rivals = np.array(
            [people - np.searchsorted(others[r], s - margin, side) for r, s in zip(rows, own, strict=True)]
        )
        named = (own[:, None] >= thresholds[None, :]) * (absent**rivals)[:, None]
        return accepted, 1.0 - named.reshape(len(own), len(thresholds))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A threshold for a wish. ``interval``: 95 %. ``fpir``, ``fnir``: measured with it. ``events``:
    pairs of different people that reach it."""

    threshold: float
    interval: tuple[float, float]
    fpir: float
    fnir: float
    events: int


def check_wish(people: int, fpir: float, gallery: int) -> None:
    """Refuse what one probe of each of so many people cannot answer whatever the scores will be.

    Raises as :meth:`OpenSet.threshold`, and only where that would.
    """
    _check(people, fpir, gallery)
    if least_rate(people, gallery) <= fpir:
        return
    # The least rate is about one stranger in all, so there is an end to this.
    enough = people
    while least_rate(enough, gallery) > fpir:
        enough *= 2
    few = enough // 2
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (middle, enough) if least_rate(middle, gallery) > fpir else (few, middle)
    raise _insufficient(
        f"A rate of {fpir:g} in a gallery of {gallery} needs at least {enough:,} people; here are {people:,}."
    )


def _check(people: int, fpir: float, gallery: int) -> None:
    if not 0.0 < fpir < 1.0 or gallery < 1:
        raise RecognitionError(
            "A rate lies between 0 and 1, and a gallery has people.", code="calibration.bad_rate"
        )
    if gallery > people - 1:
        raise _insufficient(f"{people} people cannot stand for a gallery of {gallery}.")


def least_rate(people: int, gallery: int) -> float:
    """The least FPIR that could rest on enough pairs: all of them are of as few strangers as can be."""
    full, rest = divmod(MIN_EVENTS, people - 1)
    absent = 1.0 - gallery / people
    return float((full * (1.0 - absent ** (people - 1)) + 1.0 - absent**rest) / people)


def _least(rates: Scores, fpir: float) -> npt.NDArray[np.intp]:
    """For each row of rates (B, T), thresholds falling, the last place that has at most ``fpir``."""
    fits = rates <= fpir
    return np.maximum(fits.sum(axis=1) - 1, 0)


def _insufficient(why: str) -> RecognitionError:
    return RecognitionError(f"Insufficient data: {why}", code="calibration.insufficient_data")
