"""Exact inner-product search in FAISS, by id, with add and remove in place."""

from __future__ import annotations

import threading
from typing import Any

import faiss
import numpy as np

from recognition.errors import GalleryError
from recognition.index import NO_ID, NO_SCORE, Ids, check_ids, check_k, check_new_ids, check_vectors
from recognition.types import Floats


class FaissFlatIndex:
    """A :class:`recognition.index.VectorIndex` over ``IndexIDMap2(IndexFlatIP)``.

    FAISS allows concurrent searches but no search beside a change, so one lock guards both. Searches
    queue behind each other too: a search of 10,000 vectors takes 0.1 ms, less than waking a thread,
    so a readers-writer lock would buy nothing at the sizes an exact index is for.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        # One thread: a single query is too small to split, and TensorFlow wants the cores.
        faiss.omp_set_num_threads(1)
        self._lock = threading.Lock()
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        # FAISS itself accepts the same id twice, so the ids that are in it are kept here as well.
        self._ids: set[int] = set()

    def add(self, ids: Ids, vectors: Floats) -> None:
        vectors = check_vectors(vectors, self.dimension)
        ids = check_new_ids(ids, len(vectors))
        with self._lock:
            if not self._ids.isdisjoint(ids.tolist()):
                raise GalleryError("This id is in the index already.", code="gallery.duplicate_id")
            self._index.add_with_ids(vectors, ids)
            self._ids.update(ids.tolist())

    def remove(self, ids: Ids) -> int:
        ids = check_ids(ids)
        with self._lock:
            present = self._ids.intersection(ids.tolist())
            if present:
                self._index.remove_ids(np.fromiter(present, np.int64))
                self._ids -= present
            return len(present)

    def search(self, queries: Floats, k: int) -> tuple[Ids, Floats]:
        queries, k = check_vectors(queries, self.dimension), check_k(k)
        with self._lock:
            scores, ids = self._index.search(queries, k)
        # FAISS fills up with id -1 and the lowest float; the protocol promises minus infinity.
        scores[ids == NO_ID] = NO_SCORE
        return ids, scores

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, item: object) -> bool:
        return item in self._ids
