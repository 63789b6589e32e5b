"""The vectors themselves, packed in blocks, and exact search over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from recognition.index import Ids
from recognition.types import Floats

#: Rows of one block: 32 MB of 128 float32. Growing by blocks means that no search ever waits while half
#: a gigabyte is copied to a larger place; 16 calls instead of one cost a quarter of a millisecond.
BLOCK = 65_536

#: What a sum of products in float32 may be off by, on vectors of length 1.
_ROUNDING = 4e-6

#: Beyond this many results re-scoring costs more than the reading that it saves.
_DEEP = 1024


class _Half:
    """The rows of a block a second time in half precision: half the bytes, so half the time to scan."""

    def __init__(self, rows: int, dimension: int) -> None:
        self._index: Any = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        self._index.codes.resize(rows * dimension * 2)
        codes = faiss.rev_swig_ptr(self._index.codes.data(), rows * dimension * 2)
        #: FAISS's own memory, written in place: its codes are plain IEEE half floats.
        self.rows: npt.NDArray[np.float16] = codes.view(np.float16).reshape(rows, dimension)
        #: The greatest distance of a vector from its half float copy so far: by the inequality of
        #: Cauchy and Schwarz, no inner product with a vector of length 1 is off by more.
        self.error = 0.0

    def put(self, start: int, vectors: Floats) -> None:
        self.rows[start : start + len(vectors)] = vectors
        off = self.rows[start : start + len(vectors)].astype(np.float32) - vectors
        self.error = max(self.error, float(np.linalg.norm(off, axis=1).max(initial=0.0)))

    def search(self, queries: Floats, used: int, k: int) -> tuple[Floats, Ids]:
        self._index.ntotal = used
        scores, rows = self._index.search(queries, k)
        return scores, rows


class _Block:
    def __init__(self, rows: int, dimension: int, half: bool) -> None:
        # Memory that is reserved but never written costs nothing.
        self.vectors: Floats = np.empty((rows, dimension), np.float32)
        self.ids: Ids = np.empty(rows, np.int64)
        self.half = _Half(rows, dimension) if half else None


class VectorStore:
    """Vectors (D,) under ids, rows 0 to ``count`` without a gap: a removed row is filled by the last.

    Not locked: the index that owns it decides who reads and who changes. With ``half`` set, new
    blocks get a copy in half precision; :meth:`convert` gives or takes it where blocks exist.
    """

    def __init__(self, dimension: int, *, half: bool = False, block: int = BLOCK) -> None:
        self.dimension = dimension
        self.half = half
        self.count = 0
        self._rows = block
        self._blocks: list[_Block] = []
        self._slots: dict[int, int] = {}

    def __contains__(self, item: object) -> bool:
        return item in self._slots

    def holds_any(self, ids: Ids) -> bool:
        return not self._slots.keys().isdisjoint(ids.tolist())

    def known(self, ids: Ids) -> npt.NDArray[np.bool_]:
        """Which of ``ids`` are here."""
        return np.fromiter((key in self._slots for key in ids.tolist()), np.bool_, len(ids))

    def all_ids(self) -> Ids:
        return np.fromiter(self._slots, np.int64, len(self._slots))

    def put(self, ids: Ids, vectors: Floats) -> None:
        """Write vectors (N, D): over the old one where the id is known, else at the end."""
        known = self.known(ids)
        for key, vector in zip(ids[known].tolist(), vectors[known], strict=True):
            self._write(self._slots[key], vector[None])
        self._append(ids[~known], vectors[~known])

    def drop(self, ids: Ids) -> int:
        """Remove what is here of ``ids``; return how many went."""
        gone = 0
        for key in ids.tolist():
            slot = self._slots.pop(key, None)
            if slot is None:
                continue
            gone += 1
            self.count -= 1
            block, row = self._at(self.count)
            if slot != self.count:
                moved = int(block.ids[row])
                self._at(slot)[0].ids[slot % self._rows] = moved
                self._write(slot, block.vectors[row][None])
                self._slots[moved] = slot
            block.vectors[row] = 0
            if block.half:
                block.half.rows[row] = 0
        del self._blocks[-(-self.count // self._rows) :]
        return gone

    def gather(self, ids: Ids) -> tuple[Ids, Floats]:
        """Those of ``ids`` that are here, with their vectors (M, D); a copy."""
        present = [key for key in ids.tolist() if key in self._slots]
        slots = [self._slots[key] for key in present]
        return np.array(present, np.int64), self._rows_at(np.array(slots, np.int64))

    def best_of(self, query: Floats, ids: Ids, k: int) -> tuple[Ids, Floats]:
        """The ``k`` best of ``ids`` for ``query`` (D,) by exact score, best first; absent ids left out."""
        slots = [slot for key in set(ids.tolist()) if (slot := self._slots.get(key)) is not None]
        best, scores = self._best_slots(query, np.array(slots, np.int64), k)
        return self._ids_at(best), scores

    def search(self, queries: Floats, k: int) -> tuple[Ids, Floats]:
        """The ``k`` best of all for each query (Q, D), ``k`` at most :attr:`count`.

        Exact whatever precision the scan was done in: that in half precision only proposes. What it
        proposed is scored again in float32, and where rounding could have hidden a better vector, the
        query is scanned again in float32.
        """
        wanted = k + k // 4 + 16
        # Taken once: `convert` may give or take a copy while this search runs.
        halves = [block.half for block in self._blocks]
        if k > _DEEP or wanted >= self.count or not any(halves):
            slots, scores = self._scan(queries, k, [None] * len(halves))
            return self._ids_at(slots), scores
        near, estimates = self._scan(queries, wanted, halves)
        slots = np.empty((len(queries), k), np.int64)
        scores = np.empty((len(queries), k), np.float32)
        doubt = _ROUNDING + max(half.error for half in halves if half)
        for row, query in enumerate(queries):
            slots[row], scores[row] = self._best_slots(query, near[row], k)
            if scores[row, -1] < estimates[row, -1] + doubt:
                (slots[row],), (scores[row],) = self._scan(query[None], k, [None] * len(halves))
        return self._ids_at(slots), scores

    def convert(self, number: int) -> bool:
        """Bring block ``number`` to what :attr:`half` says; ``False`` when there is no such block.

        May run beside searches, but not beside a change.
        """
        if number >= len(self._blocks):
            return False
        block = self._blocks[number]
        if not self.half:
            block.half = None
        elif block.half is None:
            half = _Half(self._rows, self.dimension)
            half.put(0, block.vectors[: self._used(number)])
            block.half = half
        return True

    def _scan(self, queries: Floats, k: int, halves: Sequence[_Half | None]) -> tuple[Ids, Floats]:
        """The slots of the best of all blocks, by their half precision copies where ``halves`` has one."""
        found = [self._scan_block(queries, k, number, half) for number, half in enumerate(halves)]
        if len(found) == 1:
            return found[0]
        slots = np.concatenate([one[0] for one in found], axis=1)
        scores = np.concatenate([one[1] for one in found], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(slots, order, 1), np.take_along_axis(scores, order, 1)

    def _scan_block(self, queries: Floats, k: int, number: int, half: _Half | None) -> tuple[Ids, Floats]:
        used = self._used(number)
        if half:
            scores, rows = half.search(queries, used, min(k, used))
        else:
            vectors = self._blocks[number].vectors[:used]
            scores, rows = faiss.knn(queries, vectors, min(k, used), metric=faiss.METRIC_INNER_PRODUCT)
        return rows + number * self._rows, scores

    def _best_slots(self, query: Floats, slots: Ids, k: int) -> tuple[Ids, Floats]:
        scores = self._rows_at(slots) @ query
        order = np.argsort(-scores, kind="stable")[:k]
        return slots[order], scores[order]

    def _rows_at(self, slots: Ids) -> Floats:
        """The vectors in ``slots`` (M,): (M, D), a copy."""
        if len(self._blocks) == 1:
            return self._blocks[0].vectors[slots]
        rows = [self._blocks[slot // self._rows].vectors[slot % self._rows] for slot in slots.tolist()]
        return np.stack(rows) if rows else np.empty((0, self.dimension), np.float32)

    def _ids_at(self, slots: Ids) -> Ids:
        if len(self._blocks) == 1:
            return self._blocks[0].ids[slots]
        ids = [self._blocks[slot // self._rows].ids[slot % self._rows] for slot in slots.ravel().tolist()]
        return np.array(ids, np.int64).reshape(slots.shape)

    def _append(self, ids: Ids, vectors: Floats) -> None:
        first = self.count
        done = 0
        while done < len(ids):
            number, row = divmod(self.count, self._rows)
            if number == len(self._blocks):
                self._blocks.append(_Block(self._rows, self.dimension, self.half))
            part = min(self._rows - row, len(ids) - done)
            self._blocks[number].ids[row : row + part] = ids[done : done + part]
            self._write(self.count, vectors[done : done + part])
            self.count += part
            done += part
        self._slots.update(zip(ids.tolist(), range(first, self.count), strict=True))

    def _write(self, slot: int, vectors: Floats) -> None:
        """Vectors (N, D) into the rows from ``slot`` on, all in one block."""
        block, row = self._at(slot)
        block.vectors[row : row + len(vectors)] = vectors
        if block.half:
            block.half.put(row, vectors)

    def _used(self, number: int) -> int:
        return min(self._rows, self.count - number * self._rows)

    def _at(self, slot: int) -> tuple[_Block, int]:
        return self._blocks[slot // self._rows], slot % self._rows
