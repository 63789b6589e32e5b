"""Search: one probe against galleries of growing size, FAISS beside plain NumPy in the same run.

    python -m benchmarks.search [--people 1000 10000] [--probes 300] [--json]

Vectors are clustered as faces are (people, and photos around them). Both are exact; the ratio is what
FAISS's kernel gains over a matrix product, and the answers are compared.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numpy as np

from recognition.index import VectorIndex, create_index

_DIMENSION = 128
_PHOTOS = 5


def gallery(people: int, seed: int) -> np.ndarray:
    """Normalised float32 (people * 5, 128): five photos around each of ``people``."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((people, 1, _DIMENSION))
    photos = centres + 0.35 * random.standard_normal((people, _PHOTOS, _DIMENSION))
    flat = photos.reshape(-1, _DIMENSION)
    return (flat / np.linalg.norm(flat, axis=1, keepdims=True)).astype(np.float32)


def timed(search: Callable[[np.ndarray], object], probes: np.ndarray) -> dict[str, float]:
    """p50 and p95 of one search, in milliseconds."""
    taken = []
    for probe in probes:
        start = time.perf_counter()
        search(probe[None])
        taken.append((time.perf_counter() - start) * 1000)
    return {"p50_ms": float(np.percentile(taken, 50)), "p95_ms": float(np.percentile(taken, 95))}


def filled(kind: str, vectors: np.ndarray) -> VectorIndex:
    index = create_index(kind, _DIMENSION)
    index.add(np.arange(len(vectors), dtype=np.int64), vectors)
    return index


def measure(people: int, probes: int) -> dict[str, object]:
    vectors = gallery(people, seed=1)
    chosen = np.random.default_rng(2).choice(len(vectors), probes, replace=False)
    wanted = vectors[chosen]
    indexes = {kind: filled(kind, vectors) for kind in ("faiss", "numpy")}
    answers = {kind: index.search(wanted, 5)[0][:, 0] for kind, index in indexes.items()}
    row: dict[str, object] = {"people": people, "templates": len(vectors)}
    times = {kind: timed(lambda q, i=index: i.search(q, 5), wanted) for kind, index in indexes.items()}
    row |= times
    row["faiss_times_faster_p50"] = times["numpy"]["p50_ms"] / times["faiss"]["p50_ms"]
    row["same_best"] = float((answers["faiss"] == answers["numpy"]).mean())
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[200, 2000, 20000])
    parser.add_argument("--probes", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [measure(people, options.probes) for people in options.people]
    if options.json:
        print(json.dumps(rows))
        return
    print(
        f"{'templates':>10} {'faiss p50/p95 ms':>18} {'numpy p50/p95 ms':>18} {'ratio':>6} {'same best':>9}"
    )
    for row in rows:
        faiss, plain = row["faiss"], row["numpy"]
        print(
            f"{row['templates']:>10} {faiss['p50_ms']:>9.3f}/{faiss['p95_ms']:<8.3f} "
            f"{plain['p50_ms']:>9.3f}/{plain['p95_ms']:<8.3f} "
            f"{row['faiss_times_faster_p50']:>5.1f}x {row['same_best']:>9.0%}"
        )


if __name__ == "__main__":
    main()
