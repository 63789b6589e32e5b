"""Do the settings of the face library make sense: names, and the unit of threshold and margin?

Loads no model. Part of :mod:`faceroster.vision`, the door to the face library, which asks before it makes
a gallery or tries an embedder; Django's system checks ask at start.
"""

from __future__ import annotations

from django.conf import settings

from recognition import models
from recognition.errors import GalleryError, RecognitionError
from recognition.identify import Policy
from recognition.index import create_index
from recognition.models import ModelSpec
from recognition.runtime import check_backend
from recognition.scoring import make_scorer

#: A cosine is at most 1, and so is the threshold for one; a margin of so little is a cosine's, too.
_COSINE, _COSINE_MARGIN = 1.0, 0.1


def settings_problems() -> list[str]:
    """What is wrong with the settings of the face library, in sentences."""
    options, problems = settings.FACEROSTER, []
    for attempt in (
        lambda: check_backend(options["BACKEND"]),
        lambda: models.get_spec(options["DETECTOR"], "detector"),
        lambda: models.ready_spec(options["EMBEDDER"]),
        lambda: create_index(options["INDEX"], 1),
        lambda: Policy(0.0, 0.0).with_(options["THRESHOLD"], options["MARGIN"]),
    ):
        try:
            attempt()
        except RecognitionError as error:
            problems.append(error.message)
    if not problems:  # the score belongs to the embedder
        try:
            check_threshold_unit(models.get_spec(options["EMBEDDER"], "embedder"))
        except RecognitionError as error:
            problems.append(error.message)
    return problems


def check_threshold_unit(spec: ModelSpec) -> None:
    """An embedder has the score of the settings, and their threshold and margin are in its unit.

    An old cosine would accept strangers. Raises :class:`RecognitionError`.
    """
    options = settings.FACEROSTER
    scorer = make_scorer(spec, options["SCORE"])
    default, ratio = scorer.policy(100), scorer.name == "llr"
    unit = "log-likelihood ratios" if ratio else "cosines"
    threshold, margin = options["THRESHOLD"], options["MARGIN"]
    if threshold is not None and (threshold <= _COSINE) == ratio:
        told, usual = f"FACEROSTER_THRESHOLD is {threshold:g}", default.threshold
    elif ratio and margin is not None and 0.0 < margin < _COSINE_MARGIN:
        told, usual = f"FACEROSTER_MARGIN is {margin:g}", default.margin
    else:
        return
    raise GalleryError(
        f"{told}, but scores of {spec.key} are {unit}; the default is {usual:g} (docs/accuracy.md).",
        code="gallery.bad_policy",
    )
