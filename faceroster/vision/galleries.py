"""Galleries of rotated templates, and what their policy makes of them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from django.conf import settings

from faceroster.trust.purposes import purpose_key
from faceroster.vision_settings import check_threshold_unit
from recognition import redundancy
from recognition.gallery import Candidate
from recognition.gallery import Gallery as PlainGallery
from recognition.identify import Policy
from recognition.models import ModelSpec
from recognition.scoring import make_scorer
from recognition.types import Floats


class Gallery(PlainGallery):
    """A gallery that knows its embedder, whose engine may have been dropped meanwhile."""

    def __init__(self, spec: ModelSpec) -> None:
        scorer = make_scorer(spec, settings.FACEROSTER["SCORE"], _matrix(spec.dimension))
        index = settings.FACEROSTER["INDEX"]
        super().__init__(dimension=spec.dimension, model=spec.key, index=index, scorer=scorer)
        self.spec = spec


def new_gallery(spec: ModelSpec) -> Gallery:
    """An empty gallery for the (rotated) templates of an embedder (``engine().spec``).

    Raises :class:`RecognitionError` when the settings' threshold is not in the unit of its scores: the
    embedder in force may be another than the setting's, which was checked at start.
    """
    check_threshold_unit(spec)
    return Gallery(spec)


def policy(gallery: Gallery) -> Policy:
    """Threshold and margin in force for a gallery, in the unit of its scores."""
    return gallery.policy(settings.FACEROSTER["THRESHOLD"], settings.FACEROSTER["MARGIN"])


def suspicion(gallery: Gallery) -> Policy:
    """The policy in force, with the lower threshold from which two people are suspected to be one."""
    strict = policy(gallery)
    return strict.with_(threshold=strict.threshold - redundancy.SUSPICION * gallery.scorer.tenfold)


def same_human_elsewhere(gallery: Gallery, vector: Floats, person: str) -> list[Candidate]:
    """Other people in ``gallery`` of whom this (rotated) face may be another enrollment, best first."""
    return redundancy.same_human_elsewhere(gallery, vector, person, suspicion(gallery))


def nearest_others(gallery: Gallery, vector: Floats, person: str) -> list[Candidate]:
    """The people other than ``person`` whose photos this (rotated) face could be a copy of, best first."""
    near = gallery.candidates(vector, redundancy.ELSEWHERE + 1)
    return [candidate for candidate in near if candidate.person != person][: redundancy.ELSEWHERE]


def not_like_others(gallery: Gallery, vector: Floats, person: str) -> bool:
    """Whether this (rotated) face is unlike ``person``'s templates: probably another human."""
    own = [template for _, template in gallery.person_templates(person)]
    card = gallery.spec.thresholds
    return redundancy.unlike_own(own, vector, card.verify if card else None)


@lru_cache(maxsize=2)
def _rotation(key: bytes, dimension: int) -> np.ndarray:
    random = np.random.Generator(np.random.PCG64(int.from_bytes(key, "big")))
    q, r = np.linalg.qr(random.standard_normal((dimension, dimension)))
    # The signs of R's diagonal make the draw uniform over rotations (Mezzadri 2007).
    return q * np.sign(np.diag(r))


def _matrix(dimension: int) -> Floats:
    return _rotation(purpose_key("index-rotation"), dimension).astype(np.float32)


def rotate(vectors: Floats) -> Floats:
    """Turn embeddings (float32, (..., D)) by the secret rotation of this installation.

    Cosines stay what they are (to float precision), but a vector copied out of memory or a snapshot
    is of no use with anybody else's embeddings. Many at once are far faster than one by one.
    """
    # In double precision: the same bits, however many are turned at once, and no drift worth the name.
    turned = vectors.astype(np.float64) @ _rotation(purpose_key("index-rotation"), vectors.shape[-1])
    return np.ascontiguousarray(turned, dtype=np.float32)
