"""How alike are a probe and a person? Templates of one person are one model of that person.

A gallery scores with a :class:`Scorer`: :class:`recognition.scoring.likelihood.LikelihoodRatio`
wherever a score model was trained for the embedder, else a cosine
(:mod:`recognition.scoring.cosine`). Made by :func:`make_scorer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from recognition.errors import ModelError
from recognition.models import ModelSpec
from recognition.policy import Policy
from recognition.scoring.cosine import MeanTemplate, NearestTemplate
from recognition.scoring.fusion import Weights
from recognition.scoring.likelihood import LikelihoodRatio
from recognition.scoring.model import ScoreModel
from recognition.scoring.two_covariance import Doubles
from recognition.types import Floats

__all__ = ["KINDS", "LikelihoodRatio", "MeanTemplate", "NearestTemplate", "ScoreModel", "Scorer", "Weights",
           "make_scorer", "shipped_model"]  # fmt: skip

#: ``auto``: the likelihood ratio where it was trained for the embedder, else the mean template.
KINDS = ("auto", "llr", "mean", "nearest")

_SHIPPED = Path(__file__).parent / "trained"


class Scorer(Protocol):
    """Scores people for a probe; higher is more alike. ``name``: one of :data:`KINDS` but ``auto``."""

    @property
    def name(self) -> str: ...

    @property
    def tenfold(self) -> float:
        """By how much a threshold must fall for ten times as many strangers to reach it."""

    @property
    def verify_threshold(self) -> float:
        """The least score of the person asked about, one to one: 1 in 1,000 strangers reach it."""

    def person(self, templates: Floats) -> Any:
        """What to keep of a person with these L2-normalised templates (n, D), n >= 1."""

    def scores(self, people: Sequence[Any], probe: Floats, weights: Weights | None = None) -> Doubles:
        """Scores (P,) of ``people``, as :meth:`person` returned them, for a probe.

        ``probe``: one vector (D,), or the frames (F, D) of one visit with their ``weights`` (F,).
        """

    def policy(self, people: int) -> Policy:
        """The default threshold and margin for a gallery of so many people."""


def make_scorer(spec: ModelSpec, kind: str = "auto", rotation: Floats | None = None) -> Scorer:
    """The scorer for an embedder's vectors. ``rotation`` (D, D): what they were multiplied by.

    Raises :class:`ModelError`: ``model.unknown`` for a kind there is none of, ``model.no_scoring`` for
    ``llr`` with an embedder no score model was trained for.
    """
    if kind not in KINDS:
        raise ModelError(
            f"There is no score named {kind!r}; known: {', '.join(KINDS)}.", code="model.unknown"
        )
    limits = spec.thresholds
    if kind == "nearest":
        return NearestTemplate(limits.accept, limits.margin, limits.verify) if limits else NearestTemplate()
    model = None if kind == "mean" else shipped_model(spec.key)
    if model is not None:
        return LikelihoodRatio(model if rotation is None else model.rotated(rotation))
    if kind == "llr":
        raise ModelError(f"No score model was trained for {spec.key}.", code="model.no_scoring")
    return MeanTemplate(limits.accept, limits.margin, 0.0, limits.verify) if limits else MeanTemplate()


@lru_cache(maxsize=4)
def shipped_model(embedder: str) -> ScoreModel | None:
    """The score model that comes with us for ``name@version``, or ``None``."""
    path = _SHIPPED / f"{embedder}.npz"
    return ScoreModel.load(path) if path.is_file() else None
