"""Approximate search as a source of proposals: which ids are probably near a query."""

from __future__ import annotations

from typing import Any, Literal

import faiss as _faiss
import numpy as np

from recognition.index import Ids
from recognition.types import Floats

#: The stubs that come with FAISS know neither graphs nor half of the arguments.
faiss: Any = _faiss

Method = Literal["ivf", "hnsw"]

#: k-means sees at most this many vectors per list; more move the centres hardly any further.
_PER_LIST = 40


class Shortlist:
    """Ids near a query, found without looking at every vector.

    ``"ivf"`` (inverted lists, Sivic and Zisserman 2003) looks only into the lists whose centres are
    nearest, where vectors lie as 4 bits for two numbers (product quantization with tables in registers,
    André, Kermarrec and Le Scouarnec 2015). ``"hnsw"`` (Malkov and Yashunin 2018) walks a graph of
    neighbours. Both go by Euclidean distance, which on vectors of length 1 gives the same order as
    the inner product.

    Entries are only ever added. An id that is removed or changed leaves its old entry behind, and the
    owner, who scores every proposal by the vector that the id has now, sees that it leads nowhere.
    Not locked: searches may run side by side, but not beside :meth:`train` and :meth:`add`.
    """

    def __init__(self, method: Method, dimension: int, expected: int) -> None:
        self.method = method
        #: How many vectors it was laid out for, and how many entries it has, stale ones included.
        self.expected = expected
        self.entries = 0
        if method == "ivf":
            self._lists = max(1, min(round(4 * expected**0.5), expected // 4))
            self._index: Any = faiss.IndexIVFPQFastScan(
                faiss.IndexFlatL2(dimension), dimension, self._lists, _pieces(dimension), 4
            )
            self._index.cp.niter = 8
            self._index.cp.min_points_per_centroid = 1
        else:
            graph = faiss.IndexHNSWSQ(dimension, faiss.ScalarQuantizer.QT_fp16, 32)
            graph.hnsw.efConstruction = 80
            self._index = faiss.IndexIDMap(graph)

    @property
    def sample(self) -> int:
        """How many vectors :meth:`train` should be given; 0 for none."""
        return min(self.expected, self._lists * _PER_LIST) if self.method == "ivf" else 0

    @property
    def batch(self) -> int:
        """How many vectors :meth:`add` takes in about five milliseconds."""
        return 512 if self.method == "ivf" else 16

    @property
    def outgrown(self) -> bool:
        """Whether its lists have become so long that new centres pay."""
        return self.method == "ivf" and self.entries > 4 * self.expected

    def train(self, vectors: Floats) -> None:
        """Learn from a sample of vectors (N, D) where they are."""
        self._index.train(vectors)

    def add(self, ids: Ids, vectors: Floats) -> None:
        if len(ids):
            self._index.add_with_ids(vectors, ids)
            self.entries += len(ids)

    def near(self, queries: Floats, count: int) -> Ids:
        """About ``count`` ids for each query (Q, D): (Q, count), filled up with -1; some may repeat."""
        if self.method == "ivf":
            # What finds .99 of the nearest: an eighth of few lists, a sixteenth of many (ADR 8).
            probes = max(64, min(self._lists // 8, 384), self._lists // 16)
            how: Any = faiss.SearchParametersIVF(nprobe=min(probes, self._lists))
        else:
            how = faiss.SearchParametersHNSW(efSearch=max(256, 2 * count))
        ids: Ids = self._index.search(queries, count, params=how)[1]
        return np.ascontiguousarray(ids, np.int64)


def _pieces(dimension: int) -> int:
    """Into how many equal pieces a vector is cut for quantization: of two numbers, if all come out even."""
    wanted = max(64, dimension // 4)
    return max(pieces for pieces in range(1, min(wanted, dimension) + 1) if dimension % pieces == 0)
