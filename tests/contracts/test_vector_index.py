"""One suite over every vector index: what :class:`recognition.index.VectorIndex` promises.

Beside the kinds that can be chosen there are some whose blocks and limits are tiny, so that they go
through everything a large index does: several blocks, other ways of searching, stale entries, building
anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from recognition.errors import GalleryError
from recognition.index import KINDS, NO_ID, VectorIndex, create_index
from recognition.index.growing import GrowingIndex
from recognition.index.plan import Plan

DIMENSION = 8

#: The sizes that the tests below reach; 64 proposals and all lists are then looked at, so that even the
#: approximate ones must find everything.
TINY = {
    "tiny flat": Plan(),
    "tiny fp16": Plan(half_from=0),
    "tiny ivf": Plan(method="ivf", approximate_from=8, slack=8),
    "tiny hnsw": Plan(method="hnsw", approximate_from=8, slack=8),
    "tiny auto": Plan(half_from=6, method="ivf", approximate_from=14, slack=8),
}


def make(kind: str) -> VectorIndex:
    return GrowingIndex(DIMENSION, TINY[kind], block=5) if kind in TINY else create_index(kind, DIMENSION)


def settle(index: VectorIndex) -> None:
    if isinstance(index, GrowingIndex):
        assert index.settle(60)


def unit(rng: np.random.Generator, count: int, dimension: int = DIMENSION) -> np.ndarray:
    vectors = rng.normal(size=(count, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def ids_of(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture(params=(*KINDS, *TINY))
def index(request: pytest.FixtureRequest) -> VectorIndex:
    return make(request.param)


def test_an_empty_index_answers_with_padding(index: VectorIndex, rng: np.random.Generator) -> None:
    ids, scores = index.search(unit(rng, 2), 3)
    assert ids.dtype == np.int64
    assert scores.dtype == np.float32
    assert (ids == NO_ID).all()
    assert (scores == -np.inf).all()
    assert len(index) == 0


def test_search_finds_what_was_added_best_first(index: VectorIndex, rng: np.random.Generator) -> None:
    vectors = unit(rng, 50)
    index.add(np.arange(100, 150), vectors)
    settle(index)
    ids, scores = index.search(vectors[[3, 40]], 5)
    assert ids[:, 0].tolist() == [103, 140]
    assert scores[:, 0] == pytest.approx([1, 1], abs=1e-6)
    assert (np.diff(scores, axis=1) <= 0).all()
    expected = np.sort(vectors[[3, 40]] @ vectors.T, axis=1)[:, ::-1][:, :5]
    assert scores == pytest.approx(expected, abs=1e-6)


def test_a_row_is_padded_where_the_index_is_smaller_than_k(
    index: VectorIndex, rng: np.random.Generator
) -> None:
    vectors = unit(rng, 2)
    index.add(ids_of(5, 0), vectors)
    ids, scores = index.search(vectors[:1], 4)
    assert ids[0, 0] == 5
    assert set(ids[0, :2].tolist()) == {0, 5}
    assert ids[0, 2:].tolist() == [NO_ID, NO_ID]
    assert np.isfinite(scores[0, :2]).all()
    assert (scores[0, 2:] == -np.inf).all()


def test_no_queries_give_no_rows(index: VectorIndex, rng: np.random.Generator) -> None:
    index.add(ids_of(1), unit(rng, 1))
    ids, scores = index.search(np.empty((0, DIMENSION), np.float32), 3)
    assert ids.shape == scores.shape == (0, 3)


def test_removed_vectors_are_gone_and_unknown_ids_ignored(
    index: VectorIndex, rng: np.random.Generator
) -> None:
    vectors = unit(rng, 3)
    index.add(ids_of(1, 2, 3), vectors)
    assert index.remove(ids_of(2, 2, 99)) == 1
    assert len(index) == 2
    assert 2 not in index
    assert 3 in index
    assert 2 not in index.search(vectors[1:2], 3)[0]
    index.add(ids_of(2), vectors[:1])
    assert set(index.search(vectors[:1], 2)[0][0].tolist()) == {1, 2}


@pytest.mark.parametrize("ids", [(1, 7), (8, 8)], ids=["already there", "twice in one call"])
def test_a_duplicate_id_changes_nothing(
    index: VectorIndex, rng: np.random.Generator, ids: tuple[int, int]
) -> None:
    index.add(ids_of(7), unit(rng, 1))
    with pytest.raises(GalleryError) as caught:
        index.add(ids_of(*ids), unit(rng, 2))
    assert caught.value.code == "gallery.duplicate_id"
    assert len(index) == 1
    assert 1 not in index
    assert 8 not in index


def spoilt(rng: np.random.Generator, how: str) -> np.ndarray:
    vectors = unit(rng, 2)
    if how == "nan":
        vectors[1, 0] = np.nan
    elif how == "infinite":
        vectors[1, 0] = np.inf
    elif how == "too long":
        vectors[1] *= 1.1
    elif how == "zero":
        vectors[1] = 0
    return {
        "float64": vectors.astype(np.float64),
        "one axis": vectors[0],
        "other dimension": unit(rng, 2, 9),
    }.get(how, vectors)


@pytest.mark.parametrize(
    "how", ["nan", "infinite", "too long", "zero", "float64", "one axis", "other dimension"]
)
def test_unusable_vectors_are_refused(index: VectorIndex, rng: np.random.Generator, how: str) -> None:
    with pytest.raises(GalleryError) as caught:
        index.add(ids_of(1, 2), spoilt(rng, how))
    assert caught.value.code == "gallery.bad_vectors"
    assert len(index) == 0
    with pytest.raises(GalleryError):
        index.search(spoilt(rng, how), 1)


@pytest.mark.parametrize("ids", [ids_of(1), ids_of(1, -1), np.array([1.0, 2.0]), np.array([[1], [2]])])
def test_unusable_ids_are_refused(index: VectorIndex, rng: np.random.Generator, ids: np.ndarray) -> None:
    with pytest.raises(GalleryError) as caught:
        index.add(ids, unit(rng, 2))
    assert caught.value.code == "gallery.bad_ids"
    assert len(index) == 0


def test_k_must_be_positive(index: VectorIndex, rng: np.random.Generator) -> None:
    with pytest.raises(GalleryError) as caught:
        index.search(unit(rng, 1), 0)
    assert caught.value.code == "gallery.bad_k"


def test_what_was_added_is_copied(index: VectorIndex, rng: np.random.Generator) -> None:
    vectors = unit(rng, 2)
    kept = vectors.copy()
    index.add(ids_of(1, 2), vectors)
    vectors[:] = unit(rng, 2)
    assert index.search(kept, 1)[1][:, 0] == pytest.approx([1, 1], abs=1e-6)


def test_updated_vectors_replace_and_new_ones_are_added(index: VectorIndex, rng: np.random.Generator) -> None:
    old, new = unit(rng, 20), unit(rng, 4)
    index.add(np.arange(20), old)
    settle(index)
    assert index.update(ids_of(3, 19, 50, 51), new) == 2
    assert len(index) == 22
    ids, scores = index.search(new, 1)
    assert ids[:, 0].tolist() == [3, 19, 50, 51]
    assert scores[:, 0] == pytest.approx([1] * 4, abs=1e-6)
    assert index.search(old[3:4], 22)[0][0].tolist().count(3) == 1
    assert index.search(old[3:4], 1)[1][0, 0] < 1 - 1e-4


def test_an_update_with_the_same_id_twice_changes_nothing(
    index: VectorIndex, rng: np.random.Generator
) -> None:
    vectors = unit(rng, 1)
    index.add(ids_of(7), vectors)
    with pytest.raises(GalleryError) as caught:
        index.update(ids_of(7, 7), unit(rng, 2))
    assert caught.value.code == "gallery.duplicate_id"
    assert index.search(vectors, 1)[1][0, 0] == pytest.approx(1, abs=1e-6)


def test_many_queries_are_answered_each_for_itself(index: VectorIndex, rng: np.random.Generator) -> None:
    vectors = unit(rng, 100)
    index.add(np.arange(100), vectors)
    settle(index)
    ids, scores = index.search(vectors, 2)
    assert ids[:, 0].tolist() == list(range(100))
    assert scores == pytest.approx(np.sort(vectors @ vectors.T, axis=1)[:, :-3:-1], abs=1e-6)


def test_one_dimension_is_enough(index: VectorIndex) -> None:
    del index  # the settings are checked with an index of one dimension
    for kind in KINDS:
        small = create_index(kind, 1)
        small.add(ids_of(1, 2), np.array([[1], [-1]], np.float32))
        assert small.search(np.ones((1, 1), np.float32), 2)[0].tolist() == [[1, 2]]


class Crowd:
    """Threads that change an index in the way given, while others search for what must be there."""

    def __init__(self, index: VectorIndex, anchors: np.ndarray) -> None:
        self.index, self.anchors = index, anchors
        self.wrong: list[object] = []
        self.changing = threading.Event()

    def search(self) -> None:
        rounds = 0
        while self.changing.is_set() or rounds < 20:
            rounds += 1
            ids, scores = self.index.search(self.anchors, 2)
            if ids[:, 0].tolist() != list(range(len(self.anchors))) or (scores[:, 0] < 1 - 1e-5).any():
                self.wrong.append((ids, scores))
            if (ids[:, 0] == ids[:, 1]).any():
                self.wrong.append(("twice", ids))

    def run(self, *changes: Callable[[], None]) -> None:
        def guarded(work: Callable[[], None]) -> None:
            try:
                work()
            except Exception as error:
                self.wrong.append(error)

        self.changing.set()
        searching = [threading.Thread(target=guarded, args=(self.search,)) for _ in range(3)]
        changing = [threading.Thread(target=guarded, args=(work,)) for work in changes]
        for thread in searching + changing:
            thread.start()
        for thread in changing:
            thread.join()
        self.changing.clear()
        for thread in searching:
            thread.join()


def test_threads_may_search_while_others_change(index: VectorIndex, rng: np.random.Generator) -> None:
    """Vectors that never leave are found by every search, whatever comes, moves and goes around them."""
    anchors = unit(rng, 6)
    index.add(np.arange(6), anchors)
    others = unit(rng, 32)
    crowd = Crowd(index, anchors)

    def come_and_go(start: int) -> None:
        ids = np.arange(start, start + 32)
        for _ in range(25):
            index.add(ids, others)
            if index.remove(ids) != 32:
                crowd.wrong.append("lost a vector")

    def move() -> None:
        ids = np.arange(500, 516)
        for turn in range(50):
            if index.update(ids, others[turn % 16 :][:16]) != (16 if turn else 0):
                crowd.wrong.append("updated another number")

    def same_again() -> None:
        # An update is seen as the old vector or the new one: written anew, an anchor never flickers.
        for _ in range(50):
            index.update(np.arange(6), anchors)

    crowd.run(lambda: come_and_go(100), lambda: come_and_go(200), move, same_again)
    settle(index)
    assert not crowd.wrong
    assert len(index) == 22
    assert sorted(index.search(anchors[:1], 22)[0][0].tolist()) == [*range(6), *range(500, 516)]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(GalleryError) as caught:
        create_index("annoy", DIMENSION)
    assert caught.value.code == "gallery.unknown_index"


class IndexAgainstDict(RuleBasedStateMachine):
    """Any run of changes leaves every index equal to the NumPy reference and to a plain dict."""

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.model: dict[int, np.ndarray] = {}
        self.indexes = [make(kind) for kind in ("numpy", *TINY)]

    @rule(ids=st.lists(st.integers(0, 30), max_size=6))
    def add(self, ids: list[int]) -> None:
        vectors = unit(self.rng, len(ids))
        fresh = len(set(ids)) == len(ids) and not self.model.keys() & set(ids)
        for index in self.indexes:
            if fresh:
                index.add(ids_of(*ids), vectors)
            else:
                with pytest.raises(GalleryError):
                    index.add(ids_of(*ids), vectors)
        if fresh:
            self.model.update(zip(ids, vectors, strict=True))

    @rule(ids=st.lists(st.integers(0, 30), max_size=6))
    def remove(self, ids: list[int]) -> None:
        expected = len(self.model.keys() & set(ids))
        for index in self.indexes:
            assert index.remove(ids_of(*ids)) == expected
        for key in ids:
            self.model.pop(key, None)

    @rule(ids=st.lists(st.integers(0, 30), max_size=8, unique=True))
    def update(self, ids: list[int]) -> None:
        vectors = unit(self.rng, len(ids))
        expected = len(self.model.keys() & set(ids))
        for index in self.indexes:
            assert index.update(ids_of(*ids), vectors) == expected
        self.model.update(zip(ids, vectors, strict=True))

    @rule()
    def wait_for_what_is_being_built(self) -> None:
        for index in self.indexes:
            settle(index)

    @rule(k=st.integers(1, 8))
    def search(self, k: int) -> None:
        queries = unit(self.rng, 2)
        for row, query in enumerate(queries):
            expected = sorted((float(v @ query) for v in self.model.values()), reverse=True)[:k]
            for index in self.indexes:
                ids, scores = index.search(queries, k)
                found = len(expected)
                assert scores[row, :found] == pytest.approx(expected, abs=1e-5)
                assert (ids[row, found:] == NO_ID).all()
                for key, score in zip(ids[row, :found].tolist(), scores[row].tolist(), strict=False):
                    assert float(self.model[key] @ query) == pytest.approx(score, abs=1e-5)

    @invariant()
    def same_size(self) -> None:
        for index in getattr(self, "indexes", []):
            assert len(index) == len(self.model)
            assert [key in index for key in range(31)] == [key in self.model for key in range(31)]


TestIndexAgainstDict = IndexAgainstDict.TestCase
TestIndexAgainstDict.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
