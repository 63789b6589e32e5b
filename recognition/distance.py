"""How far apart two faces are, for everyone who asks it the same way.

The distance is Euclidean between L2-normalised vectors, 0 (the same picture) to 2. It orders pairs
as the cosine does: ``distance**2 == 2 - 2 * cosine``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recognition.errors import GalleryError
from recognition.index import check_vectors
from recognition.types import Embedding, Floats


def distances(base: Embedding | Floats, others: Sequence[Embedding | Floats]) -> Floats:
    """Distances float32 (N,) from one face to others; vectors are L2-normalised float32 (D,).

    Raises :class:`GalleryError`: ``gallery.model_mismatch`` when embeddings of two models meet (their
    vectors have nothing in common), ``gallery.bad_vectors`` for any other unusable vector.
    """
    models = {item.model for item in (base, *others) if isinstance(item, Embedding)}
    if len(models) > 1:
        names = " and ".join(sorted(models))
        raise GalleryError(
            f"Faces of different models cannot be compared: {names}.", code="gallery.model_mismatch"
        )
    start = _vector(base)
    if not others:
        return np.empty(0, np.float32)
    rows = [_vector(other) for other in others]
    if any(row.shape != start.shape for row in rows):
        raise GalleryError("Vectors of different lengths cannot be compared.", code="gallery.bad_vectors")
    # From the difference, not from 2 - 2 * cosine: float32 rounding would make equal vectors differ.
    return np.asarray(np.linalg.norm(np.stack(rows) - start, axis=1), np.float32)


def cosine_distance(distance: float) -> float:
    """``1 - cosine`` of two unit vectors that are this far apart: 0 (the same picture) to 2."""
    return distance**2 / 2


def _vector(item: Embedding | Floats) -> Floats:
    vector = np.asarray(item.vector if isinstance(item, Embedding) else item)
    return check_vectors(vector[None], vector.shape[0] if vector.ndim else 1)[0]
