"""A trained score model: the numbers, what they were made from, and the file they are kept in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from recognition.errors import ModelError
from recognition.scoring.two_covariance import Doubles
from recognition.types import Floats

_ARRAYS = ("mean", "projection", "between", "crowd", "tail_fpir", "tail_score")
_FORMAT = 1

#: The size of gallery that a model's ``tail_fpir`` is about.
TAIL_PEOPLE = 100


@dataclass(frozen=True, slots=True, eq=False)
class ScoreModel:
    """What :class:`recognition.scoring.likelihood.LikelihoodRatio` computes with, for one embedder.

    ``embedder``: its ``name@version``; vectors of another are never scored with this. ``mean`` (D,),
    ``projection`` (d, D) and ``between`` (d,): see :class:`recognition.scoring.two_covariance.TwoCovariance`.
    ``crowd`` (K, d): centres of groups of faces that resemble each other, in the same coordinates.
    ``scale``, ``offset``, ``gain``: calibration, see :meth:`calibrated`.
    ``tail_fpir``, ``tail_score``: the score that this share of strangers reach in a gallery of
    :data:`TAIL_PEOPLE` people, rates falling. ``card``: what it was trained on.
    """

    embedder: str
    mean: Doubles
    projection: Doubles
    between: Doubles
    crowd: Doubles
    scale: float
    offset: float
    gain: float
    tail_fpir: Doubles
    tail_score: Doubles
    card: dict[str, Any]

    def __post_init__(self) -> None:
        size, reduced = len(self.mean), len(self.between)
        shapes = (self.mean.shape, self.projection.shape, self.between.shape, self.crowd.shape[1:])
        if (
            shapes != ((size,), (reduced, size), (reduced,), (reduced,))
            or self.tail_fpir.shape != self.tail_score.shape
        ):
            raise ModelError("The score model's arrays do not fit together.", code="model.bad_scoring")
        numbers = np.concatenate(
            [np.ravel(getattr(self, name)) for name in _ARRAYS] + [[self.scale, self.offset, self.gain]]
        )
        if not (np.isfinite(numbers).all() and self.scale > 0):
            raise ModelError("The score model holds numbers that are none.", code="model.bad_scoring")

    @property
    def dimension(self) -> int:
        return len(self.mean)

    def calibrated(self, raw: Doubles, worth: npt.ArrayLike) -> Doubles:
        """Log-likelihood ratios to base 10, of raw scores and what the templates are ``worth`` (n photos).

        The raw score is too sure that more photos tell more: without ``gain`` times the logarithm of
        their number an impostor would reach less with five photos than with one.
        """
        return np.asarray(self.scale * raw + self.offset + self.gain * np.log(worth))

    def rotated(self, matrix: Floats) -> ScoreModel:
        """The same model for embeddings that were multiplied by an orthogonal ``matrix`` (D, D)."""
        turn = matrix.astype(np.float64)
        return ScoreModel(
            self.embedder, self.mean @ turn, self.projection @ turn, self.between, self.crowd,
            self.scale, self.offset, self.gain, self.tail_fpir, self.tail_score, self.card,
        )  # fmt: skip

    def save(self, path: Path) -> None:
        """Write one ``.npz``, arrays as float32, the rest as JSON; the same model gives the same bytes."""
        about = {
            "format": _FORMAT, "embedder": self.embedder, "scale": self.scale, "offset": self.offset,
            "gain": self.gain, "card": self.card,
        }  # fmt: skip
        arrays = {name: np.asarray(getattr(self, name), np.float32) for name in _ARRAYS}
        buffer = BytesIO()
        text = np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)
        np.savez(buffer, allow_pickle=False, about=text, **arrays)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(buffer.getvalue())

    @classmethod
    def load(cls, source: Path | bytes) -> ScoreModel:
        """Read what :meth:`save` wrote. Raises ``model.missing`` or ``model.bad_scoring``."""
        if isinstance(source, Path):
            if not source.is_file():
                raise ModelError(f"There is no score model {source}.", code="model.missing")
            source = source.read_bytes()
        try:
            with np.load(BytesIO(source), allow_pickle=False) as file:
                about = json.loads(file["about"].tobytes())
                arrays = {name: file[name].astype(np.float64) for name in _ARRAYS}
            if about["format"] != _FORMAT:
                raise ValueError(f"format {about['format']}")
            return cls(
                embedder=str(about["embedder"]), scale=float(about["scale"]),
                offset=float(about["offset"]), gain=float(about["gain"]), card=dict(about["card"]), **arrays,
            )  # fmt: skip
        except (ValueError, KeyError, TypeError, OSError, BadZipFile) as error:
            raise ModelError(f"This is no score model: {error}.", code="model.bad_scoring") from error
