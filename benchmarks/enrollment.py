"""How many enrollment photos a second: 640x480 JPEG files to embeddings, ours beside the peers.

    python -m benchmarks.enrollment [--full] [--data DIR]

Ours takes a batch of photos, as an import does, and judges each one; the peers take them one by one,
which is all they offer. Decoding is inside the time of everyone. All take turns batch by batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.frames import arguments, jpeg, shots
from benchmarks.measure import ratio, take_turns, times
from benchmarks.pipeline import DEEPFACE, ONNX, TENSORFLOW, peer_versions, running
from benchmarks.report import Row, row, write

BATCH = 32
#: Photos a second.
_BARS = {TENSORFLOW: 20.0, ONNX: 40.0}


def rows_of(taken: dict[str, np.ndarray], enrolled: dict[str, int], missing: dict[str, str]) -> list[Row]:
    """``taken``: milliseconds of each batch by pipeline. Ours first, each beside DeepFace."""
    rows = []
    peer = (DEEPFACE, _rate(taken[DEEPFACE])) if DEEPFACE in taken else None
    for name, ms in taken.items():
        rows.append(
            row(
                name,
                _rate(ms),
                "photos/s",
                bar=_BARS.get(name),
                better="higher",
                peer=peer if name in _BARS else None,
                ci=_rate_interval(ms),
                n=BATCH * len(ms),
                note=f"{enrolled[name]} of {BATCH * len(ms)} with one face",
            )
        )
    for name in _BARS:
        if name in missing:
            reason = missing[name]
            rows.append(row(name, None, "photos/s", bar=_BARS[name], better="higher", note=reason))
        elif DEEPFACE in taken:
            value, ci = ratio(taken[DEEPFACE], taken[name])
            label = f"{name}: times faster than {DEEPFACE}"
            rows.append(row(label, value, "x", better="higher", ci=ci, n=len(taken[name]), note="per batch"))
    return rows


def _rate(ms: np.ndarray) -> float:
    """Photos a second over all batches together."""
    return float(1000 * BATCH * len(ms) / ms.sum())


def _rate_interval(ms: np.ndarray, draws: int = 2000) -> tuple[float, float]:
    """95 % of the rate (percentile bootstrap over batches)."""
    picked = np.random.default_rng(0).integers(0, len(ms), (draws, len(ms)))
    low, high = np.quantile(1000 * BATCH / ms[picked].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def main(argv: Sequence[str] | None = None) -> None:
    parser = arguments(__doc__)
    parser.add_argument("--batches", type=int, help=f"of {BATCH} photos (default 4, with --full 16)")
    options = parser.parse_args(argv)
    batches = options.batches or (16 if options.full else 4)
    photos = shots(BATCH * batches, options.data)
    files = [jpeg(frame) for _, frame in photos.probes]
    requests = [files[start : start + BATCH] for start in range(0, len(files), BATCH)]
    with running() as (servers, missing):
        answers = take_turns(servers, "photos", requests, warm=1)
    rows = rows_of(
        {name: times(given) for name, given in answers.items()},
        {name: sum(one["photos"] for one in given) for name, given in answers.items()},
        missing,
    )
    title = f"Enrollment photos (640x480 JPEG, {photos.source}, batches of {BATCH}; {peer_versions()})"
    write("enrollment", title, rows, options.out)


if __name__ == "__main__":
    main()
