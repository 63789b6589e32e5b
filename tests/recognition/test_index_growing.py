"""What the index that runs does as it grows, shrinks and wears: which way of searching it takes."""

from __future__ import annotations

import logging
import threading
from typing import Any

import numpy as np
import pytest

from recognition.index import create_index, growing
from recognition.index.exact import NumpyIndex
from recognition.index.growing import GrowingIndex
from recognition.index.plan import PLANS, Plan
from recognition.index.shortlist import Shortlist
from recognition.index.store import VectorStore

DIMENSION = 32
AUTO = Plan(half_from=100, method="ivf", approximate_from=400, slack=50)


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def crowd(people: int, photos: int = 5, seed: int = 5) -> np.ndarray:
    """Vectors as faces give them: a common direction, people around it, photos around them."""
    rng = np.random.default_rng(seed)
    common = np.zeros(DIMENSION)
    common[0] = 0.9
    centres = common + 0.35 / np.sqrt(DIMENSION) * rng.standard_normal((people, 1, DIMENSION))
    each = 0.2 / np.sqrt(DIMENSION) * rng.standard_normal((people, photos, DIMENSION))
    return unit((centres + each).reshape(-1, DIMENSION))


def filled(plan: Plan, vectors: np.ndarray, block: int = 64) -> GrowingIndex:
    index = GrowingIndex(vectors.shape[1], plan, block=block)
    index.add(np.arange(len(vectors)), vectors)
    assert index.settle(60)
    return index


def test_the_way_of_searching_follows_the_size(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="recognition.index")
    vectors = crowd(100)
    index = GrowingIndex(DIMENSION, AUTO, block=64)
    stages = []
    for start in range(0, 500, 50):
        index.add(np.arange(start, start + 50), vectors[start : start + 50])
        assert index.settle(60)
        stages.append(index.stage)
    assert stages == ["flat"] + ["fp16"] * 6 + ["ivf"] * 3
    told = [record.getMessage() for record in caplog.records if "searched" in record.getMessage()]
    assert len(told) == 3
    assert "50 templates, searched exactly, in full precision, which is fast below 100" in told[0]
    assert "100 templates, searched exactly, in half precision" in told[1]
    assert "400 templates, searched by ivf and then exactly, since from 400 on" in told[2]


def test_it_goes_back_only_when_half_has_gone() -> None:
    index = filled(AUTO, crowd(100))
    stages = {}
    for left in (399, 200, 199, 100, 50, 49):
        index.remove(np.arange(left, 500))
        assert index.settle(60)
        stages[left] = index.stage
    assert stages == {399: "ivf", 200: "ivf", 199: "fp16", 100: "fp16", 50: "fp16", 49: "flat"}


@pytest.mark.parametrize("kind", list(PLANS))
def test_every_kind_follows_its_plan_through_create_index(kind: str) -> None:
    index = create_index(kind, DIMENSION)
    assert isinstance(index, GrowingIndex)
    index.add(np.arange(10), crowd(2))
    assert index.stage == ("fp16" if kind == "fp16" else "flat")


def test_the_limits_of_auto_are_those_of_the_decision() -> None:
    stage = PLANS["auto"].stage
    assert [stage(n, "flat") for n in (0, 49_999, 50_000, 499_999, 500_000)] == [
        "flat",
        "flat",
        "fp16",
        "fp16",
        "ivf",
    ]


def test_half_precision_answers_exactly_where_it_alone_would_not() -> None:
    """Vectors closer to each other than half floats can tell, scored as float32 tells them apart."""
    rng = np.random.default_rng(1)
    vectors = unit(crowd(1, 1) + 2e-5 * rng.standard_normal((300, DIMENSION)))
    queries = unit(vectors[:40] + 0.5 / np.sqrt(DIMENSION) * rng.standard_normal((40, DIMENSION)))
    halves = queries @ vectors.astype(np.float16).astype(np.float32).T
    exact = queries.astype(np.float64) @ vectors.T.astype(np.float64)
    proposed = np.argsort(-halves, axis=1)[:, :19]
    assert (proposed == exact.argmax(axis=1)[:, None]).any(axis=1).mean() < 0.8, "too easy for this test"
    _, scores = filled(Plan(half_from=0), vectors).search(queries, 3)
    assert scores == pytest.approx(np.sort(exact, axis=1)[:, :-4:-1], abs=3e-7)


@pytest.mark.parametrize("method", ["ivf", "hnsw"])
def test_an_approximate_kind_finds_99_of_100_and_scores_exactly(method: str) -> None:
    vectors = crowd(800)
    rng = np.random.default_rng(2)
    queries = unit(vectors[rng.choice(len(vectors), 400)] + 0.02 * rng.standard_normal((400, DIMENSION)))
    index = filled(Plan(method=method, approximate_from=1000), vectors, block=4096)  # type: ignore[arg-type]
    assert index.stage == method
    reference = NumpyIndex(DIMENSION)
    reference.add(np.arange(len(vectors)), vectors)
    expected, _ = reference.search(queries, 5)
    ids, scores = index.search(queries, 5)
    assert (ids[:, 0] == expected[:, 0]).mean() >= 0.99
    assert (ids[:, :, None] == expected[:, None, :]).any(axis=2).mean() >= 0.98
    assert scores == pytest.approx(np.einsum("qd,qkd->qk", queries, vectors[ids]), abs=1e-6)


@pytest.mark.parametrize("method", ["ivf", "hnsw"])
def test_stale_entries_around_a_query_hide_nobody(method: str) -> None:
    vectors = crowd(100)
    index = filled(Plan(method=method, approximate_from=100, slack=10_000), vectors)  # type: ignore[arg-type]
    near = np.argsort(-(vectors @ vectors[0]))
    index.remove(near[:400])
    assert index.stage == method, "this test is about a worn shortlist, not about exact search"
    ids, _ = index.search(vectors[:1], 100)
    assert ids[0].tolist() == near[400:].tolist()


def test_a_worn_shortlist_is_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out = []
    monkeypatch.setattr(
        Shortlist,
        "train",
        lambda self, rows, train=Shortlist.train: (laid_out.append(len(rows)), train(self, rows)),
    )
    vectors = crowd(100)
    index = filled(Plan(method="ivf", approximate_from=100, slack=50), vectors)
    for turn in range(5):
        index.update(np.arange(40), vectors[turn : turn + 40])
        assert index.settle(60)
    assert len(laid_out) == 2, "200 stale entries of 500 vectors are too many once, not every time"
    for turn in range(1, 5):
        index.add(np.arange(turn * 500, turn * 500 + 500), crowd(100, seed=turn + 10))
        assert index.settle(60)
    assert laid_out[-1] > 2000, "lists made for 500 vectors must not be kept for 2,500"


def test_searches_and_changes_go_on_while_a_shortlist_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(self: Shortlist, rows: np.ndarray, train=Shortlist.train) -> None:
        started.set()
        assert go_on.wait(60)
        train(self, rows)

    monkeypatch.setattr(Shortlist, "train", slow)
    vectors = crowd(120)
    index = GrowingIndex(DIMENSION, Plan(method="ivf", approximate_from=400), block=64)
    index.add(np.arange(500), vectors[:500])
    assert started.wait(60)
    try:
        assert index.stage == "flat"
        assert not index.settle(0.01)
        assert index.search(vectors[:1], 1)[0].tolist() == [[0]]
        index.add(np.arange(500, 600), vectors[500:])
        assert index.update(np.arange(50), vectors[550:]) == 50
        assert index.remove(np.arange(50, 100)) == 50
        assert index.search(vectors[500:501], 1)[0].tolist() == [[500]]
    finally:
        go_on.set()
    assert index.settle(60)
    assert index.stage == "ivf"
    reference = NumpyIndex(DIMENSION)
    reference.add(np.arange(100, 600), vectors[100:])
    reference.add(np.arange(50), vectors[550:])
    for mine, theirs in zip(index.search(vectors, 8), reference.search(vectors, 8), strict=True):
        if mine.dtype == np.float32:
            assert mine == pytest.approx(theirs, abs=1e-6)
    assert 70 not in index.search(vectors[70:71], 550)[0]


def test_many_at_once_are_laid_out_anew_instead_of_one_by_one() -> None:
    index = filled(Plan(method="hnsw", approximate_from=100), crowd(20), block=4096)
    assert index.stage == "hnsw"
    more = crowd(900, seed=6)
    index.add(np.arange(100, 4600), more)
    assert index.search(more[:1], 1)[0].tolist() == [[100]], "found before the shortlist is ready"
    assert index.settle(60)
    assert index.stage == "hnsw"
    assert index.search(more[-1:], 1)[0].tolist() == [[4599]]


def test_a_failed_build_is_logged_and_search_goes_on_exactly(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    attempts = []

    def fail(self: Shortlist, rows: np.ndarray) -> None:
        attempts.append(len(rows))
        raise MemoryError

    monkeypatch.setattr(Shortlist, "train", fail)
    vectors = crowd(120)
    index = filled(Plan(method="ivf", approximate_from=100), vectors[:200])
    for start in range(200, 600, 50):
        index.add(np.arange(start, start + 50), vectors[start : start + 50])
        assert index.settle(60)
    assert [record.levelname for record in caplog.records].count("ERROR") == len(attempts) == 2
    assert index.stage == "flat"
    assert index.search(vectors[-1:], 1)[0].tolist() == [[599]]


class Memory:
    """Fails whoever trains a shortlist while there is none, and counts who tried."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.short = True
        self.tries = 0
        self._train = Shortlist.train
        monkeypatch.setattr(Shortlist, "train", lambda shortlist, rows: self._asked(shortlist, rows))

    def _asked(self, shortlist: Shortlist, rows: np.ndarray) -> None:
        self.tries += 1
        if self.short:
            raise MemoryError
        self._train(shortlist, rows)


def changed(index: GrowingIndex) -> None:
    """One id put and taken again, which makes the index look whether something is to be done."""
    index.add(np.array([10_000]), crowd(1, 1, seed=9))
    index.remove(np.array([10_000]))
    assert index.settle(60)


def test_what_failed_is_tried_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(monkeypatch)
    index = filled(Plan(method="ivf", approximate_from=100), crowd(40))
    memory.short = False
    changed(index)
    assert (index.stage, memory.tries) == ("flat", 1)
    monkeypatch.setattr(growing, "_PATIENCE", 0.0)
    changed(index)
    assert (index.stage, memory.tries) == ("ivf", 2)


def test_what_failed_is_tried_again_with_a_smaller_gallery(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(monkeypatch)
    index = filled(Plan(method="ivf", approximate_from=100), crowd(60))
    memory.short = False
    index.remove(np.arange(150, 300))
    assert index.settle(60)
    assert (index.stage, memory.tries) == ("flat", 1), "half of it may well fail again"
    index.remove(np.arange(149, 150))
    assert index.settle(60)
    assert (index.stage, memory.tries) == ("ivf", 2)


def test_an_old_failure_does_not_hinder_what_works_again(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(monkeypatch)
    plan, vectors = Plan(method="ivf", approximate_from=100, slack=50), crowd(100)
    index = filled(plan, vectors[:200])
    memory.short = False
    index.add(np.arange(200, 400), vectors[200:400])
    assert index.settle(60)
    assert (index.stage, memory.tries) == ("ivf", 2)
    index.remove(np.arange(250, 400))
    assert index.settle(60)
    assert memory.tries == 3, "worn by 150 entries, it is built anew"
    assert index._shortlist is not None
    assert index._shortlist.entries == 250


def test_a_failure_does_not_keep_a_shortlist_that_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(monkeypatch)
    memory.short = False
    index = filled(Plan(method="ivf", approximate_from=100, slack=50), crowd(40))
    memory.short = True
    index.remove(np.arange(80, 200))
    assert index.settle(60)
    assert (index.stage, memory.tries) == ("ivf", 2)
    index.remove(np.arange(45, 80))
    assert index.settle(60)
    assert index.stage == "flat"


def test_half_precision_is_for_all_blocks_or_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    convert, left = VectorStore.convert, [2]

    def fails_once(self: VectorStore, number: int) -> bool:
        left[0] -= 1
        if self.half and left[0] == 0:
            raise MemoryError
        return convert(self, number)

    monkeypatch.setattr(VectorStore, "convert", fails_once)
    index = filled(Plan(half_from=100), crowd(40))
    assert index.stage == "flat"
    assert not any(block.half for block in index._store._blocks)
    monkeypatch.setattr(growing, "_PATIENCE", 0.0)
    changed(index)
    assert index.stage == "fp16"
    assert all(block.half for block in index._store._blocks)


def test_a_removed_vector_does_not_stay_in_memory() -> None:
    index = filled(Plan(half_from=0), crowd(2))
    index.remove(np.array([4, 9]))
    block = index._store._blocks[0]
    assert block.half is not None
    assert not block.vectors[8:10].any()
    assert not block.half.rows[8:10].any()


def test_what_goes_while_a_shortlist_is_laid_out_does_not_end_building(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rows = np.random.default_rng(0).normal(size=(2000, 32)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = np.arange(len(rows))
    index = GrowingIndex(32, Plan(method="ivf", approximate_from=1000))
    left = [ids]

    def emptied(*args: Any) -> Shortlist:
        if left:
            index.remove(left.pop())
        return Shortlist(*args)

    monkeypatch.setattr(growing, "Shortlist", emptied)
    index.add(ids, rows)
    assert index.settle(60)
    assert (len(index), index.stage) == (0, "flat")
    index.add(ids, rows)
    assert index.settle(60)
    assert index.stage == "ivf"
    assert "building failed" not in caplog.text
    assert (index.search(rows[:50], 1)[0][:, 0] == ids[:50]).all()
