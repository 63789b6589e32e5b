"""How long hostile files keep a web process busy: ``python -m benchmarks.uploads``.

Each file of the tests' corpus is handed to the decoder as an upload is; what is told is the time until it is
refused. What memory they take, tests/recognition/test_hostile.py measures.
"""

from __future__ import annotations

import statistics
import time
import warnings

from recognition.decoding import Limits, decode, encode_jpeg
from recognition.errors import ImageError
from tests.support.hostile import HARMLESS, HOSTILE
from tests.support.pictures import jpeg, landscape

_TIMES = 5
_LIMITS = Limits(working_side=1600)


def refused_after(data: bytes) -> tuple[float, str]:
    """Milliseconds, and the code; "" when it was taken."""
    start, code = time.perf_counter(), ""
    try:
        encode_jpeg(decode(data, _LIMITS))
    except ImageError as error:
        code = error.code
    return (time.perf_counter() - start) * 1000, code


def main() -> None:
    warnings.simplefilter("ignore")
    files = {**{name: make for name, (make, _) in HOSTILE.items()}, **HARMLESS}
    data = {name: make() for name, make in files.items()}
    refused_after(jpeg(landscape()))
    rows = []
    for name, content in data.items():
        runs = [refused_after(content) for _ in range(_TIMES)]
        rows.append((statistics.median(took for took, _ in runs), runs[0][1] or "taken", len(content), name))
    for took, code, size, name in sorted(rows, reverse=True):
        print(f"{took:8.1f} ms  {code:26} {size / 1024:9.1f} KiB  {name}")
    times = sorted(took for took, *_ in rows)
    p95 = times[int(0.95 * (len(times) - 1))]
    print(f"\n{len(rows)} files: p50 {statistics.median(times):.1f} ms, p95 {p95:.1f}, max {times[-1]:.1f}")


if __name__ == "__main__":
    main()
