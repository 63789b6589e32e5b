"""Search: one probe against 10,000 to a million templates, every kind of index beside plain NumPy.

    python -m benchmarks.search [--full] [--sizes N ...] [--kinds KIND ...] [--probes N]

All on one core in one process; the kinds take turns on the same probes, so that ratios hold where the
machine is busy with other things. Vectors are drawn as faces lie: five photos each around people around
what all faces have in common (:func:`gallery`); a probe is one more photo of somebody enrolled. The peer
is what is done without an index: one matrix product and a partial sort.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.frames import arguments
from benchmarks.measure import quantiles, ratio
from benchmarks.report import Row, row, write
from recognition.index import create_index
from recognition.index.growing import GrowingIndex

DIMENSION = 128
PHOTOS = 5
#: How many templates a gallery asks for, and so what is timed.
DEPTH = 64
KINDS = ("flat", "fp16", "ivf", "hnsw")
#: At a million templates: milliseconds at p95, and the share of probes whose nearest template is found.
_SLOWEST = {"fp16": 12.0, "ivf": 2.0, "hnsw": 2.0}
_RECALL = 0.99
_ROUND = 10

#: Where faces lie, as fitted to the default embedder's vectors of LFW (1,495 people with 2-8 photos): a
#: common direction of this length, and around it variances that fall off over 80 of 128 directions,
#: between people and between the photos of one.
_COMMON = 0.914
_AXES = np.arange(1, 81)
_BETWEEN = np.sqrt(0.0151 * _AXES**-0.55 * np.exp(-_AXES / 40))
_WITHIN = np.sqrt(0.0013 * np.exp(-_AXES / 42))


@dataclass
class Filled:
    """An index with what it took to make, and the times of its searches in milliseconds."""

    kind: str
    index: GrowingIndex
    seconds: float
    megabytes: float
    while_building: list[float]
    times: list[float]
    processor: list[float]


def gallery(people: int, probes: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Normalised float32 (people * 5, 128), and (probes, 128): new photos of some of these people."""
    random = np.random.default_rng(seed)
    turn = np.linalg.qr(random.standard_normal((DIMENSION, DIMENSION)))[0].astype(np.float32)
    chosen = random.choice(people, probes, replace=False)
    vectors = np.empty((people * PHOTOS, DIMENSION), np.float32)
    extra = np.empty((probes, DIMENSION), np.float32)

    def photos(centres: np.ndarray) -> np.ndarray:
        drawn = centres + random.standard_normal(centres.shape, np.float32) * _WITHIN.astype(np.float32)
        raw = drawn @ turn[: len(_AXES)] + np.float32(_COMMON) * turn[-1]
        return raw / np.linalg.norm(raw, axis=1, keepdims=True)

    for start in range(0, people, 20_000):
        stop = min(start + 20_000, people)
        centres = random.standard_normal((stop - start, len(_AXES)), np.float32) * _BETWEEN.astype(np.float32)
        vectors[start * PHOTOS : stop * PHOTOS] = photos(np.repeat(centres, PHOTOS, axis=0))
        mine = (chosen >= start) & (chosen < stop)
        extra[mine] = photos(centres[chosen[mine] - start])
    return vectors, extra


def resident() -> float:
    """Megabytes of this process in memory, 0 where the system does not tell."""
    gc.collect()
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return 0.0


def fill(kind: str, vectors: np.ndarray, probes: np.ndarray) -> Filled:
    """Make an index and search it now and then while it is being built."""
    index = create_index(kind, DIMENSION)
    assert isinstance(index, GrowingIndex)
    before, started = resident(), time.perf_counter()
    index.add(np.arange(len(vectors), dtype=np.int64), vectors)
    meanwhile: list[float] = []
    while not index.settle(0.1):
        probe = probes[len(meanwhile) % len(probes)]
        meanwhile.append(timed(lambda: index.search(probe[None], DEPTH))[0])  # noqa: B023
    seconds = time.perf_counter() - started
    return Filled(kind, index, seconds, resident() - before, meanwhile, [], [])


def brute_force(vectors: np.ndarray, probe: np.ndarray) -> np.ndarray:
    scores = vectors @ probe
    best = np.argpartition(scores, -DEPTH)[-DEPTH:]
    return best[np.argsort(-scores[best])]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock on the wall, and by the processor's for this thread."""
    wall, processor = time.perf_counter(), time.thread_time()
    work()
    return (time.perf_counter() - wall) * 1000, (time.thread_time() - processor) * 1000


def take_turns(indexes: Sequence[Filled], vectors: np.ndarray, probes: np.ndarray) -> np.ndarray:
    """Every index and NumPy on the same probes, ten at a time; NumPy's milliseconds."""
    plain: list[float] = []
    for start in range(0, len(probes), _ROUND):
        some = probes[start : start + _ROUND]
        plain += [timed(lambda p=p: brute_force(vectors, p))[0] for p in some]
        for one in indexes:
            for probe in some:
                wall, processor = timed(lambda p=probe, i=one.index: i.search(p[None], DEPTH))
                one.times.append(wall)
                one.processor.append(processor)
    return np.array(plain)


def interval(share: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of ``n`` (Wilson 1927)."""
    z = 1.96
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    width = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float(max(middle - width, 0)), float(min(middle + width, 1))


def nearest(vectors: np.ndarray, probes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and score of the nearest vector to each probe, by brute force."""
    rows, scores = [], []
    for part in np.array_split(probes, 64):
        products = part @ vectors.T
        rows.append(products.argmax(axis=1))
        scores.append(products.max(axis=1))
    return np.concatenate(rows), np.concatenate(scores)


def recall_rows(
    name: str, one: Filled, probes: np.ndarray, exact: tuple[np.ndarray, np.ndarray], bar: float | None
) -> list[Row]:
    found, scores = (answer[:, 0] for answer in one.index.search(probes, DEPTH))
    best_ids, best_scores = exact
    # Two templates as near as float32 can tell are both the nearest.
    template = (found == best_ids) | (scores >= best_scores - 1e-6)
    rows = []
    for what, right in (("template", template), ("person", found // PHOTOS == best_ids // PHOTOS)):
        share = float(right.mean())
        rows.append(
            row(
                f"{name}: nearest {what} found", share, "", bar=bar if what == "template" else None,
                n=len(probes), ci=interval(share, len(probes)), better="higher",
            )
        )  # fmt: skip
    return rows


def upkeep_rows(name: str, one: Filled) -> list[Row]:
    """Removing one template and putting it back."""
    ids = np.random.default_rng(3).choice(len(one.index), 30, replace=False).astype(np.int64)
    vector = np.full((1, DIMENSION), DIMENSION**-0.5, np.float32)
    gone = np.array([timed(lambda i=i: one.index.remove(ids[i : i + 1]))[0] for i in range(len(ids))])
    back = np.array([timed(lambda i=i: one.index.add(ids[i : i + 1], vector))[0] for i in range(len(ids))])
    rows = []
    for what, ms in (("remove one", gone), ("add one", back)):
        p50, p95 = quantiles(ms)
        rows.append(row(f"{name}: {what}", p50, "ms", p50=p50, p95=p95, n=len(ms)))
    return rows


def measure(size: int, kinds: Sequence[str], probes: int) -> list[Row]:
    vectors, wanted = gallery(size // PHOTOS, min(probes, size // PHOTOS))
    exact = nearest(vectors, wanted)
    indexes = [fill(kind, vectors, wanted) for kind in kinds]
    plain = take_turns(indexes, vectors, wanted[: 300 if size > 200_000 else 600])
    p50, brute = quantiles(plain)
    rows = [row(f"{size:,} NumPy, brute force", brute, "ms", p50=p50, p95=brute, n=len(plain))]
    # What no exact search in half precision can beat on one core of this machine.
    halves = np.ones(size * DIMENSION // 4, np.int64)
    p50, p95 = quantiles(np.array([timed(halves.max)[0] for _ in range(30)]))
    rows.append(row(f"{size:,} fp16: only to read it all", p95, "ms", p50=p50, p95=p95, n=30))
    for one in indexes:
        name = f"{size:,} {one.kind}"
        ms, million = np.array(one.times), size >= 1_000_000
        (low, high), (inner_low, inner_high) = quantiles(ms), quantiles(np.array(one.processor))
        rows.append(
            row(
                f"{name}: search", high, "ms", bar=_SLOWEST.get(one.kind) if million else None,
                peer=("NumPy", brute), p50=low, p95=high, n=len(ms),
                note=f"processor time {inner_low:.2f} / {inner_high:.2f} ms; searched as {one.index.stage}",
            )
        )  # fmt: skip
        times, ci = ratio(plain, ms)
        rows.append(row(f"{name}: times as fast as NumPy", times, "x", ci=ci, n=len(ms), better="higher"))
        approximate = million and one.kind in ("ivf", "hnsw")
        rows += recall_rows(name, one, wanted, exact, _RECALL if approximate else None)
        rows.append(
            row(
                f"{name}: memory",
                one.megabytes,
                "MB",
                note=f"resident, less before; fp32 vectors alone {vectors.nbytes / 1e6:,.0f}",
            )
        )
        rows.append(row(f"{name}: build", one.seconds, "s"))
        if one.while_building:
            low, high = quantiles(np.array(one.while_building))
            rows.append(
                row(
                    f"{name}: search while it is built",
                    high,
                    "ms",
                    p50=low,
                    p95=high,
                    n=len(one.while_building),
                )
            )
        rows += upkeep_rows(name, one)
    return rows


def crowded_rows(size: int = 100_000, seconds: float = 12.0) -> list[Row]:
    """A kiosk's searches beside someone's batches of 32 and changes now and then; and behind one lock."""
    vectors, probes = gallery(size // PHOTOS, 100)
    index = fill("fp16", vectors, probes).index
    times: dict[bool, list[float]] = {False: [], True: []}
    one_lock = threading.Lock()

    def repeat(end: float, work: Callable[[int], object], pause: float, lock: Any, ms: list[float]) -> None:
        number = 0
        while time.perf_counter() < end:
            started = time.perf_counter()
            with lock:
                work(number)
            ms.append((time.perf_counter() - started) * 1000)
            number += 1
            time.sleep(pause)

    def search(number: int) -> None:
        index.search(probes[number % len(probes)][None], DEPTH)

    def batch(number: int) -> None:
        index.search(probes[:32], DEPTH)

    def change(number: int) -> None:
        start = number * 32 % (size - 32)
        index.update(np.arange(start, start + 32), vectors[start : start + 32])

    for turn in range(8):
        lock: Any = one_lock if turn % 2 else contextlib.nullcontext()
        end = time.perf_counter() + seconds / 8
        works = [(search, 0.01, times[bool(turn % 2)]), (batch, 0.05, []), (change, 0.02, [])]
        threads = [threading.Thread(target=repeat, args=(end, w, p, lock, ms)) for w, p, ms in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    low, high = quantiles(np.array(times[False]))
    low_behind, behind = quantiles(np.array(times[True]))
    name = f"{size:,} fp16: search beside batches and changes"
    peer, note = ("behind one lock", behind), f"p50 behind one lock {low_behind:.3g} ms"
    return [row(name, high, "ms", peer=peer, p50=low, p95=high, n=len(times[False]), note=note)]


def main() -> None:
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        # NumPy reads it when it is loaded: one core for the peer, as for us.
        command = [sys.executable, "-m", "benchmarks.search", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    parser = arguments(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", help="templates; by default 10000 100000 (1000000)")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--probes", type=int, default=1000)
    options = parser.parse_args()
    sizes = options.sizes or [10_000, 100_000] + [1_000_000] * options.full
    rows: list[Row] = []
    for size in sizes:
        rows += measure(size, options.kinds, options.probes)
    write("search", "Search", rows + crowded_rows(), options.out)


if __name__ == "__main__":
    main()
