"""Scores of known pairs in, error rates and thresholds out.

Scores are similarities: higher means more alike. Terms of ISO/IEC 19795-1: FMR, the share of
impostor comparisons at or above a threshold; FNMR, the share of genuine ones below it; FPIR, the
share of strangers accepted as somebody of a gallery; FNIR, the share of enrolled people not
recognised as themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from recognition.errors import RecognitionError

Scores = npt.NDArray[np.float64]

#: A rate that rests on fewer events than this is an anecdote. (Doddington's rule of thumb wants 30
#: for +-30 % at 90 % confidence.)
MIN_EVENTS = 30


def _checked(scores: npt.NDArray[Any]) -> Scores:
    array = np.sort(np.asarray(scores, np.float64).ravel())
    if not len(array) or not np.isfinite(array).all():
        raise RecognitionError("A threshold needs finite scores to measure.", code="calibration.bad_scores")
    return array


def threshold_at_fmr(impostor_scores: npt.NDArray[Any], fmr: float) -> float:
    """The least threshold at which at most ``fmr`` of these impostor scores are accepted.

    The same for FPIR, given each stranger's best score in a gallery. Raises
    ``calibration.too_few_scores`` when one score alone weighs more than ``fmr``: nothing was seen of
    so rare an event. (Doddington's rule of thumb wants 30 such events for +-30 %.)
    """
    scores = _checked(impostor_scores)
    if not 0.0 < fmr < 1.0:
        raise RecognitionError("A rate lies between 0 and 1.", code="calibration.bad_rate")
    allowed = int(np.floor(fmr * len(scores) + 1e-9))
    if allowed < 1:
        raise RecognitionError(
            f"{len(scores)} scores cannot support a rate of {fmr:g}.", code="calibration.too_few_scores"
        )
    # Accepted is >=, so the threshold must stand above the best score that is to be refused.
    return (
        float(np.nextafter(scores[len(scores) - allowed - 1], np.inf))
        if allowed < len(scores)
        else float(scores[0])
    )


def affine_calibration(
    genuine: npt.NDArray[Any], impostor: npt.NDArray[Any], prior: float = 0.01
) -> tuple[tuple[float, ...], float]:
    """(scales, offset) that turn raw scores into calibrated likelihood ratios to base 10.

    ``genuine`` (G, F) and ``impostor`` (I, F): the raw score first, then whatever else shifts it. The
    result is ``features @ scales + offset``. Logistic regression (Brümmer and du Preez 2006,
    "Application-independent evaluation of speaker detection") by Newton's method. ``prior``: of a
    genuine pair; small ones fit best where few impostors are, which is where thresholds lie. A first
    scale that is not positive means that the scores do not tell the kinds apart,
    ``calibration.bad_scores``.
    """
    features = np.concatenate([genuine, impostor]).astype(np.float64)
    if not (len(genuine) and len(impostor) and np.isfinite(features).all()):
        raise RecognitionError("A threshold needs finite scores to measure.", code="calibration.bad_scores")
    label = np.arange(len(features)) < len(genuine)
    weight = np.where(label, prior / len(genuine), (1 - prior) / len(impostor))
    middle, spread = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-9)
    design = np.column_stack([(features - middle) / spread, np.ones(len(features))])
    shift, found = float(np.log(prior / (1 - prior))), np.zeros(features.shape[1] + 1)
    for _ in range(100):
        odds = 1 / (1 + np.exp(-np.clip(design @ found + shift, -500, 500)))
        slope = design.T @ (weight * (odds - label)) + 1e-8 * found
        curvature = (design * (weight * odds * (1 - odds))[:, None]).T @ design + 1e-8 * np.eye(len(found))
        step = np.linalg.solve(curvature, slope)
        found = found - step / max(1.0, float(np.linalg.norm(step)))
        if float(np.abs(step).max()) < 1e-7:
            break
    scales = found[:-1] / spread / np.log(10)
    if not scales[0] > 0:
        raise RecognitionError(
            "These scores do not tell same from different people.", code="calibration.bad_scores"
        )
    return tuple(scales.tolist()), float(found[-1] / np.log(10) - scales @ middle)


def rate_table(impostor: npt.NDArray[Any], rates: Sequence[float], draws: int = 1) -> tuple[Scores, Scores]:
    """(rates, scores): what such a share of these impostors reach, for each rate they can answer for.

    ``draws``: how often each impostor is among the scores.
    """
    scores = _checked(impostor)
    known = [rate for rate in rates if rate * len(scores) / draws >= MIN_EVENTS / 3]
    return np.array(known), np.array([threshold_at_fmr(scores, rate) for rate in known])
