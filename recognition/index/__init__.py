"""Vectors searched by inner product, behind one small protocol.

Two classes satisfy :class:`VectorIndex`: :class:`recognition.index.growing.GrowingIndex`, which runs,
and :class:`recognition.index.exact.NumpyIndex`, the reference it is tested against. What the first does
is a :class:`recognition.index.plan.Plan`: exact search in full (``flat``) or half precision (``fp16``),
approximate proposals decided exactly (``ivf``, ``hnsw``), or each at the size it suits (``auto``).
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from recognition.errors import GalleryError
from recognition.types import Floats

Ids = npt.NDArray[np.int64]

#: What a row of a search result holds where the index had no more vectors to give.
NO_ID = -1
NO_SCORE = -np.inf

#: What :func:`create_index` makes: by size, exact, exact in half precision, two approximate ones, and
#: the reference for tests.
KINDS = ("auto", "flat", "fp16", "ivf", "hnsw", "numpy")
_OLD_NAMES = {"faiss": "flat"}


class VectorIndex(Protocol):
    """L2-normalised float32 vectors under int64 ids of 0 and up.

    Every method may be called from several threads at once, and a search never waits for a long change:
    one that runs beside a change of many ids may find some of them and not yet the others. On
    normalised vectors the inner product is the cosine. Bad arguments raise :class:`GalleryError` and
    change nothing: ``gallery.bad_ids``, ``gallery.bad_vectors``, ``gallery.duplicate_id``,
    ``gallery.bad_k``.
    """

    dimension: int

    def add(self, ids: Ids, vectors: Floats) -> None:
        """Add vectors (N, D) under ids (N,); all of them, or none when any id is already there."""

    def update(self, ids: Ids, vectors: Floats) -> int:
        """Put vectors (N, D) under ids (N,), whether or not these are there; return how many were.

        A search beside it finds an id that was there under its old vector or its new one, never under
        both or none.
        """

    def remove(self, ids: Ids) -> int:
        """Remove by id, ignoring ids that are not there; return how many vectors went."""

    def search(self, queries: Floats, k: int) -> tuple[Ids, Floats]:
        """The ``k`` best vectors of each query (Q, D): ids int64 (Q, k) and scores float32 (Q, k).

        Best first; equal scores come in no particular order. Where fewer than ``k`` vectors exist
        the row ends with id :data:`NO_ID` and score :data:`NO_SCORE`, and nowhere else. Scores are the
        inner products of the float32 vectors, in every kind; an approximate kind may only miss some
        vectors that belong among the best.
        """

    def __len__(self) -> int: ...

    def __contains__(self, item: object) -> bool: ...


def create_index(kind: str, dimension: int) -> VectorIndex:
    """Make an empty index of one of :data:`KINDS`. ``gallery.unknown_index`` for any other."""
    kind = _OLD_NAMES.get(kind, kind)
    if kind not in KINDS:
        raise GalleryError(
            f"There is no index named {kind!r}; choose one of {', '.join(KINDS)}.",
            code="gallery.unknown_index",
        )
    if kind == "numpy":
        from recognition.index.exact import NumpyIndex

        return NumpyIndex(dimension)
    from recognition.index.growing import GrowingIndex
    from recognition.index.plan import PLANS

    return GrowingIndex(dimension, PLANS[kind])


def check_ids(ids: npt.ArrayLike) -> Ids:
    """Return ``ids`` as contiguous int64 (N,), or raise ``gallery.bad_ids``."""
    array = np.asarray(ids)
    if array.ndim != 1 or not (np.issubdtype(array.dtype, np.integer) or array.size == 0):
        raise GalleryError("Ids must be a list of whole numbers.", code="gallery.bad_ids")
    return np.ascontiguousarray(array, dtype=np.int64)


def check_new_ids(ids: npt.ArrayLike, count: int) -> Ids:
    """Ids for ``count`` new vectors: as many, none negative (-1 marks "no result"), no two alike."""
    array = check_ids(ids)
    if len(array) != count:
        raise GalleryError(f"{count} vectors came with {len(array)} ids.", code="gallery.bad_ids")
    if (array < 0).any():
        raise GalleryError("Ids must not be negative.", code="gallery.bad_ids")
    if len(np.unique(array)) != len(array):
        raise GalleryError("The same id was given twice.", code="gallery.duplicate_id")
    return array


def check_vectors(vectors: npt.NDArray[Any], dimension: int) -> Floats:
    """Return ``vectors`` as contiguous float32 (N, D) of length 1, or raise ``gallery.bad_vectors``.

    A NaN would poison every later comparison without a word, and an unnormalised vector would win
    or lose every search by its length: both are refused at the border.
    """
    array = np.asarray(vectors)
    if array.dtype != np.float32 or array.ndim != 2 or array.shape[1] != dimension:
        raise GalleryError(
            f"Expected float32 vectors of shape (n, {dimension}), got {array.dtype} {array.shape}.",
            code="gallery.bad_vectors",
        )
    # The norm of a NaN or infinite row is not finite, so this one comparison refuses those as well.
    if not (np.abs(np.linalg.norm(array, axis=1) - 1.0) <= 1e-3).all():
        raise GalleryError("Vectors must be finite and L2-normalised.", code="gallery.bad_vectors")
    return np.ascontiguousarray(array)


def check_k(k: int) -> int:
    if k < 1:
        raise GalleryError(f"A search needs k of at least 1, got {k}.", code="gallery.bad_k")
    return int(k)
