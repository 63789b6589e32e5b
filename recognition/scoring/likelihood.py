"""Log-likelihood ratios: how much more likely is this face if it is that person than if it is a stranger?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recognition.errors import GalleryError
from recognition.policy import Policy
from recognition.scoring.fusion import Observation, Weights, direction, observe
from recognition.scoring.model import TAIL_PEOPLE, ScoreModel
from recognition.scoring.two_covariance import Doubles
from recognition.types import Floats

#: The crowd takes part with this share: chosen on people who were neither trained nor judged on, from
#: 0 to 0.7. Its centres count like people with CROWD_WORTH photos (1, 3 and 10 are much the same).
CROWD_SHARE, CROWD_WORTH = 0.5, 3.0

#: What one unit of cosine is worth in natural logarithms, see :class:`LikelihoodRatio`. Chosen from 0 to
#: 2400 on the same people and on webcams; 300 to 1200 are much the same on the former.
COSINE_WORTH = 1000.0

#: Share of strangers that may be accepted, where nobody says otherwise. Stricter by far than a kiosk
#: needs, because the strangers it was measured on are photos from the press, each tried once: before a
#: webcam faces are more alike, and a visit is many tries (docs/accuracy.md).
FPIR = 0.0002
#: By how much the best must lead the next: ten times as likely.
MARGIN = 1.0

#: Share of strangers that may be taken for the person asked about, one to one.
FMR = 0.001


class Known(NamedTuple):
    """A person as scored: whitened templates as one observation, and their normalised mean (D,)."""

    seen: Observation
    direction: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LikelihoodRatio:
    """Scores people by the two-covariance model, see :mod:`recognition.scoring.two_covariance`.

    A person's templates narrow down where their face lies: with templates worth ``n`` photos and
    mean ``m``, per whitened coordinate of variance ``b`` between people, it is normal around
    ``n b m / (n b + 1)`` with variance ``b / (n b + 1)``. The score compares the probe's density
    there with that of a stranger's, ``N(0, b)``, both widened by the probe's own noise.

    Strangers are not spread so evenly: some faces are of a kind that many people are of. So half of
    the ratio for the nearest of the crowd's centres is taken off, as scores are normalised by a cohort
    in speaker verification (Auckenthaler, Carey and Lloyd-Thomas 2000). A probe costs that once,
    whatever the size of the gallery.

    Normal distributions are a model, and one of the press photos they were estimated on. The cosine
    with the mean template knows neither; added as a second opinion it makes both better: fewer
    strangers, and far fewer before webcams, at the same refusals (docs/accuracy.md).
    """

    model: ScoreModel
    name = "llr"
    tenfold = 1.0

    @property
    def verify_threshold(self) -> float:
        return self.threshold(FMR, 1)

    def whiten(self, vectors: Floats) -> Doubles:
        """L2-normalised embeddings (n, D) to coordinates (n, d) of unit within-person covariance."""
        return (np.asarray(vectors, np.float64) - self.model.mean) @ self.model.projection.T

    def person(self, templates: Floats) -> Known:
        """What is kept of a person: what their templates (n, D) amount to, and their direction."""
        return Known(observe(self.whiten(templates)), direction(templates))

    def scores(self, people: Sequence[Known], probe: Floats, weights: Weights | None = None) -> Doubles:
        """Calibrated log10 likelihood ratios (P,) of a probe, (D,) or frames (F, D), for each person."""
        if not people:
            return np.zeros(0)
        return self.model.calibrated(self.raw(people, probe, weights), [one.seen.worth for one in people])

    def raw(self, people: Sequence[Known], probe: Floats, weights: Weights | None = None) -> Doubles:
        """The same (P,) before calibration, P of at least 1, in natural logarithms."""
        between = self.model.between
        frames = np.atleast_2d(probe)
        seen = observe(self.whiten(frames), weights)
        means = np.stack([one.seen.mean for one in people])
        raw = ratios(means, [one.seen.worth for one in people], seen, between)
        raw += COSINE_WORTH * (np.stack([one.direction for one in people]) @ direction(frames, weights))
        if len(self.model.crowd):
            raw -= CROWD_SHARE * likest_of_crowd(self.model, seen)
        return raw

    def policy(self, people: int) -> Policy:
        """Accepts :data:`FPIR` of the strangers in a gallery of so many people, 100 at least.

        A smaller gallery gets no lower threshold: what that would gain is not needed, and people of
        one place resemble each other more than those of any collection.
        """
        return Policy(round(self.threshold(FPIR, max(people, TAIL_PEOPLE)), 2), MARGIN)

    def threshold(self, fpir: float, people: int) -> float:
        """The score that a share ``fpir`` of strangers reach in a gallery of so many people.

        As measured when the model was trained, for 100 people. Twice as many give a stranger twice the
        chances, so the rate that one of them may have is halved; rates beyond what was measured go on
        along the last decade, since the score rises as the logarithm of the rate falls.
        """
        if not 0.0 < fpir < 1.0 or people < 1:
            raise GalleryError(
                "A rate lies between 0 and 1, and a gallery has people.", code="gallery.bad_policy"
            )
        wanted = np.log10(fpir * TAIL_PEOPLE / people)
        rates, scores = np.log10(self.model.tail_fpir), self.model.tail_score
        if wanted >= rates[-1]:
            return float(np.interp(-wanted, -rates, scores))
        start = int(np.abs(rates - (rates[-1] + 1)).argmin())
        slope = (scores[-1] - scores[start]) / (rates[-1] - rates[start])
        return float(scores[-1] + slope * (wanted - rates[-1]))


def ratios(means: Doubles, worths: npt.ArrayLike, probe: Observation, between: Doubles) -> Doubles:
    """Natural log-likelihood ratios (P,): whitened ``means`` (P, d) of people whose templates are
    worth ``worths`` (P,) photos, against a whitened probe; ``between`` (d,)."""
    photos = np.asarray(worths, np.float64)[:, None]
    precision = photos * between + 1.0
    same = between / precision + 1.0 / probe.worth
    stranger = between + 1.0 / probe.worth
    gap = (probe.mean - means * (photos * between / precision)) ** 2 / same
    return np.asarray(-0.5 * (gap - probe.mean**2 / stranger + np.log(same / stranger)).sum(axis=1))


def likest_of_crowd(model: ScoreModel, probe: Observation) -> float:
    """The highest of :func:`ratios` for the crowd's centres.

    As they are all worth the same, the squares multiply out into two products with matrices that are
    ready: this happens for every face, whoever it is, and takes an eighth of the time so.
    """
    places, squares, variance = _crowd(model)
    same, stranger = variance + 1.0 / probe.worth, model.between + 1.0 / probe.worth
    gaps = squares @ (1.0 / same) - 2.0 * (places @ (probe.mean / same))
    rest = (probe.mean**2 / same - probe.mean**2 / stranger + np.log(same / stranger)).sum()
    return float(-0.5 * (gaps.min() + rest))


@lru_cache(maxsize=8)
def _crowd(model: ScoreModel) -> tuple[Doubles, Doubles, Doubles]:
    """Where the faces of the crowd's centres are expected (K, d), its square, and their variance (d,)."""
    precision = CROWD_WORTH * model.between + 1.0
    places = model.crowd * (CROWD_WORTH * model.between / precision)
    return places, places**2, model.between / precision
