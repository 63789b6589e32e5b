"""The index that runs: vectors kept exactly, and searched in the way that suits how many there are."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from recognition.errors import GalleryError
from recognition.index import NO_ID, NO_SCORE, Ids, check_ids, check_k, check_new_ids, check_vectors
from recognition.index.locking import ReadersWriter, single_threaded, step_back
from recognition.index.plan import Plan
from recognition.index.shortlist import Shortlist
from recognition.index.store import BLOCK, VectorStore
from recognition.types import Floats

logger = logging.getLogger(__name__)

#: Neither side may keep the other waiting for long: so many ids are changed under one lock, and so many
#: vectors are read under one (queries times vectors; a single query is never cut).
_CHUNK = 2048
_READ = 1_000_000

#: Seconds after which what failed once is tried again: memory that was short may be there by now.
_PATIENCE = 3600.0

#: A shortlist serves searches up to this many results; deeper ones scan everything.
_SHALLOW = 256


class GrowingIndex:
    """A :class:`recognition.index.VectorIndex` over a :class:`VectorStore`, by a :class:`Plan`.

    The store always has the truth. A shortlist, where the plan wants one, is built aside by a thread
    of low priority while the store answers; then it proposes and the store decides, so scores are
    exact inner products of the vectors given, whatever the way of searching.

    Searches run side by side; a change lets them finish, takes some milliseconds at most, and lets
    those that waited go first. A call with thousands of ids is a series of such changes.
    """

    def __init__(self, dimension: int, plan: Plan, *, block: int = BLOCK) -> None:
        self.dimension = dimension
        self._plan = plan
        self._store = VectorStore(dimension, half=plan.half_from == 0, block=block)
        self._turns = ReadersWriter()
        self._writers = threading.Lock()
        self._shortlist: Shortlist | None = None
        #: Ids put since the shortlist that is being built was told of them; ``None`` when none is.
        self._journal: set[int] | None = None
        self._builder: threading.Thread | None = None
        #: The size at which building failed, and when; see :meth:`_held_back`.
        self._failed: tuple[int, float] | None = None
        self._told = ""

    @property
    def stage(self) -> str:
        """How searches are answered now: ``"flat"``, ``"fp16"``, ``"ivf"`` or ``"hnsw"``."""
        shortlist = self._shortlist
        if shortlist:
            return shortlist.method
        return "fp16" if self._store.half else "flat"

    def add(self, ids: Ids, vectors: Floats) -> None:
        vectors = check_vectors(vectors, self.dimension)
        ids = check_new_ids(ids, len(vectors))
        with self._writers:
            if self._store.holds_any(ids):
                raise GalleryError("This id is in the index already.", code="gallery.duplicate_id")
            self._put(ids, vectors)

    def update(self, ids: Ids, vectors: Floats) -> int:
        vectors = check_vectors(vectors, self.dimension)
        ids = check_new_ids(ids, len(vectors))
        with self._writers:
            known = int(self._store.known(ids).sum())
            self._put(ids, vectors)
        return known

    def remove(self, ids: Ids) -> int:
        ids = check_ids(ids)
        gone = 0
        with self._writers:
            for part in _parts(len(ids), _CHUNK):
                with self._turns.writing():
                    gone += self._store.drop(ids[part])
            self._review()
        return gone

    def search(self, queries: Floats, k: int) -> tuple[Ids, Floats]:
        queries, k = check_vectors(queries, self.dimension), check_k(k)
        single_threaded()
        ids = np.full((len(queries), k), NO_ID, np.int64)
        scores = np.full((len(queries), k), NO_SCORE, np.float32)
        for part in _parts(len(queries), max(1, _READ // (self._store.count + 1))):
            with self._turns.reading():
                if depth := min(k, self._store.count):
                    ids[part, :depth], scores[part, :depth] = self._search(queries[part], depth)
        return ids, scores

    def settle(self, timeout: float | None = None) -> bool:
        """Wait until nothing is being built; ``False`` when ``timeout`` seconds were not enough."""
        end = None if timeout is None else time.monotonic() + timeout
        while builder := self._builder:
            builder.join(None if end is None else max(0.0, end - time.monotonic()))
            if builder.is_alive():
                return False
        return True

    def __len__(self) -> int:
        return self._store.count

    def __contains__(self, item: object) -> bool:
        return item in self._store

    def _search(self, queries: Floats, k: int) -> tuple[Ids, Floats]:
        shortlist = self._shortlist
        if shortlist is None or k > _SHALLOW:
            return self._store.search(queries, k)
        ids = np.empty((len(queries), k), np.int64)
        scores = np.empty((len(queries), k), np.float32)
        near = shortlist.near(queries, max(k + 32, 64))
        for row, query in enumerate(queries):
            best, score = self._store.best_of(query, near[row], k)
            if len(best) < k:
                # Stale entries crowd around this query: never fewer results than there are.
                (best,), (score,) = self._store.search(query[None], k)
            ids[row], scores[row] = best, score
        return ids, scores

    def _put(self, ids: Ids, vectors: Floats) -> None:
        single_threaded()
        shortlist = self._shortlist
        if shortlist and len(ids) > max(2 * _CHUNK, shortlist.entries // 4):
            # Entry by entry would take longer than laying it out anew, which happens aside.
            logger.info("Search index: %d templates arrive at once; building it anew.", len(ids))
            self._drop_shortlist()
            shortlist = None
        for part in _parts(len(ids), shortlist.batch if shortlist else _CHUNK):
            with self._turns.writing():
                self._store.put(ids[part], vectors[part])
                if shortlist:
                    shortlist.add(ids[part], vectors[part])
                if self._journal is not None:
                    self._journal.update(ids[part].tolist())
        self._review()

    def _review(self) -> None:
        """Start a builder where the plan wants another way of searching; for who holds the writers' lock."""
        self._tell()
        if self._builder is None and self._next_job() is not None:
            self._builder = threading.Thread(target=self._build, name="search-index", daemon=True)
            self._builder.start()

    def _build(self) -> None:
        step_back()
        single_threaded()
        while True:
            with self._writers:
                self._tell()
                job = self._next_job()
                if job is None:
                    self._builder = None
                    return
            try:
                job()
            except Exception:
                # Most likely no memory. What there is answers on, exactly.
                logger.exception("Search index: building failed; it goes on as %s.", self.stage)
                with self._writers:
                    self._journal = None
                    self._failed = self._store.count, time.monotonic()

    def _tell(self) -> None:
        """Log the way of searching and its reason, when it is another than last time."""
        if self._store.count and self._told != self.stage:
            self._told = self.stage
            logger.info("Search index: %s", self._plan.reason(self._store.count, self._told))

    def _next_job(self) -> Callable[[], None] | None:
        """What is to be done for the vectors that there are; for who holds the writers' lock."""
        count, shortlist = self._store.count, self._shortlist
        stage = self._plan.stage(count, self.stage)
        approximate = stage not in ("flat", "fp16")
        if shortlist and not approximate:
            return self._leave_shortlist
        # Half precision is there in a moment, so it also serves while a shortlist is being built.
        half = stage == "fp16" or (approximate and not shortlist and self._plan.half_from is not None)
        if half != self._store.half and not (half and self._held_back(count)):
            return partial(self._convert, half=half)
        if approximate and (shortlist is None or self._worn(shortlist)) and not self._held_back(count):
            return self._lay_out
        return None

    def _held_back(self, count: int) -> bool:
        """Whether building failed lately with about as many vectors, and so would fail again.

        Only what takes memory is held back: until a change leaves twice or less than half as many
        vectors, or comes after :data:`_PATIENCE`. What gives memory back is done whatever failed.
        """
        if self._failed is None:
            return False
        size, when = self._failed
        return size <= 2 * count < 4 * size and time.monotonic() < when + _PATIENCE

    def _worn(self, shortlist: Shortlist) -> bool:
        stale = shortlist.entries - self._store.count
        return shortlist.outgrown or stale > max(self._plan.slack, self._store.count // 3)

    def _convert(self, *, half: bool) -> None:
        with self._writers:
            self._store.half = half
        number, more = 0, True
        try:
            while more:
                with self._turns.reading():
                    more = self._store.convert(number)
                number += 1
        except Exception:
            if half:  # all blocks or none, else nobody would see that some are still to be done
                self._convert(half=False)
            raise
        if half:
            with self._writers:
                self._failed = None

    def _leave_shortlist(self) -> None:
        with self._writers:
            self._drop_shortlist()

    def _drop_shortlist(self) -> None:
        with self._turns.writing():
            self._shortlist = None

    def _lay_out(self) -> None:
        """Build a shortlist of all vectors aside, then catch up with what came meanwhile, then swap."""
        started = time.monotonic()
        with self._writers:
            self._journal = set()
            ids = self._store.all_ids()
        shortlist = Shortlist(self._plan.method, self.dimension, len(ids))
        if shortlist.sample:
            chosen = np.random.default_rng(0).choice(ids, shortlist.sample, replace=False)
            sample = np.concatenate([rows for _, rows in self._gathered(chosen)])
            if len(sample) < shortlist.sample // 2:
                # Most of it went meanwhile, as when a gallery is loaded anew. The builder looks again.
                with self._writers:
                    self._journal = None
                return
            shortlist.train(sample)
        self._fill(shortlist, ids)
        while len(late := self._take_journal(shortlist)):
            self._fill(shortlist, late)
        logger.info("Search index: laid out for %s in %.1f s.", self.stage, time.monotonic() - started)

    def _take_journal(self, shortlist: Shortlist) -> Ids:
        """The ids that came while others were filled in; when they are few, the last step is done here."""
        with self._writers:
            late = np.fromiter(self._journal or (), np.int64)
            self._journal = set()
            if len(late) > 16 * shortlist.batch:
                return late
            self._fill(shortlist, late)
            with self._turns.writing():
                self._shortlist, self._journal = shortlist, None
            self._failed = None
        return np.empty(0, np.int64)

    def _fill(self, shortlist: Shortlist, ids: Ids) -> None:
        for present, rows in self._gathered(ids):
            shortlist.add(present, rows)

    def _gathered(self, ids: Ids) -> Iterator[tuple[Ids, Floats]]:
        for part in _parts(len(ids), _CHUNK):
            with self._turns.reading():
                gathered = self._store.gather(ids[part])
            yield gathered


def _parts(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
