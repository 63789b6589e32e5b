"""The reference index: one matrix product, nothing clever."""

from __future__ import annotations

import threading

import numpy as np

from recognition.errors import GalleryError
from recognition.index import NO_ID, NO_SCORE, Ids, check_ids, check_k, check_new_ids, check_vectors
from recognition.types import Floats


class NumpyIndex:
    """A :class:`recognition.index.VectorIndex` in plain NumPy.

    The arrays are replaced, never written to, so a search reads one consistent pair without a lock;
    writers take turns.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._write = threading.Lock()
        self._rows: tuple[Ids, Floats] = (np.empty(0, np.int64), np.empty((0, dimension), np.float32))

    def add(self, ids: Ids, vectors: Floats) -> None:
        vectors = check_vectors(vectors, self.dimension)
        ids = check_new_ids(ids, len(vectors))
        with self._write:
            old_ids, old_vectors = self._rows
            if np.isin(ids, old_ids).any():
                raise GalleryError("This id is in the index already.", code="gallery.duplicate_id")
            self._rows = np.concatenate([old_ids, ids]), np.concatenate([old_vectors, vectors])

    def update(self, ids: Ids, vectors: Floats) -> int:
        vectors = check_vectors(vectors, self.dimension)
        ids = check_new_ids(ids, len(vectors))
        with self._write:
            old_ids, old_vectors = self._rows
            keep = ~np.isin(old_ids, ids)
            self._rows = (
                np.concatenate([old_ids[keep], ids]),
                np.concatenate([old_vectors[keep], vectors]),
            )
            return int(len(old_ids) - keep.sum())

    def remove(self, ids: Ids) -> int:
        ids = check_ids(ids)
        with self._write:
            old_ids, old_vectors = self._rows
            keep = ~np.isin(old_ids, ids)
            self._rows = old_ids[keep], old_vectors[keep]
            return int(len(old_ids) - keep.sum())

    def search(self, queries: Floats, k: int) -> tuple[Ids, Floats]:
        queries, k = check_vectors(queries, self.dimension), check_k(k)
        ids, vectors = self._rows
        found_ids = np.full((len(queries), k), NO_ID, np.int64)
        found_scores = np.full((len(queries), k), NO_SCORE, np.float32)
        scores = queries @ vectors.T
        best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        found_ids[:, : best.shape[1]] = ids[best]
        found_scores[:, : best.shape[1]] = np.take_along_axis(scores, best, axis=1)
        return found_ids, found_scores

    def __len__(self) -> int:
        return len(self._rows[0])

    def __contains__(self, item: object) -> bool:
        return bool((self._rows[0] == item).any())
