"""How a benchmark asks programs in other environments: one JSON line each way, and raw arrays.

A request is a line ``{"do": ..., "parts": [{"shape": ..., "dtype": ...}, ...]}`` followed by the bytes
of those arrays. The answer is one JSON line; ``ms`` in it is the time that the work took inside the
server, so neither side is charged for the pipe; ``cpu_ms`` is the processor time of all its threads,
which company on the machine changes less. Needs the standard library and NumPy, for the peers'
environment has nothing of ours.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

Arrays = list[np.ndarray]
#: Arrays to what the work needs (not timed), and the work (timed), which returns what to answer.
Handler = tuple[Callable[[Arrays], Any], Callable[[Any], dict[str, Any]]]


def send(stream: BinaryIO, do: str, arrays: Arrays) -> None:
    parts = [{"shape": array.shape, "dtype": array.dtype.str} for array in arrays]
    stream.write(json.dumps({"do": do, "parts": parts}).encode() + b"\n")
    for array in arrays:
        stream.write(np.ascontiguousarray(array).tobytes())
    stream.flush()


def receive(stream: BinaryIO) -> tuple[str, Arrays] | None:
    """The next request, or ``None`` at the end of the stream."""
    line = stream.readline()
    if not line:
        return None
    asked = json.loads(line)
    arrays = []
    for part in asked["parts"]:
        dtype = np.dtype(part["dtype"])
        raw = stream.read(math.prod(part["shape"]) * dtype.itemsize)
        arrays.append(np.frombuffer(raw, dtype).reshape(part["shape"]))
    return asked["do"], arrays


def serve(make: Callable[[], dict[str, Handler]]) -> None:
    """Answer requests until the input ends. ``make`` loads the models and returns a handler per ``do``.

    Whatever the libraries print goes to the error stream, so that it cannot mix with answers.
    """
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def answer(content: dict[str, Any]) -> None:
        answers.write(json.dumps(content, default=_plain).encode() + b"\n")
        answers.flush()

    try:
        handlers = make()
    except Exception as error:
        traceback.print_exc()
        answer({"error": f"{type(error).__name__}: {error}"})
        return
    answer({"ready": sorted(handlers)})
    while (request := receive(source)) is not None:
        answer(handled(handlers, *request))


def handled(handlers: dict[str, Handler], do: str, arrays: Arrays) -> dict[str, Any]:
    """What one request is answered with: the result with its ``ms`` and ``cpu_ms``, or ``error``."""
    try:
        prepare, work = handlers[do]
        prepared = prepare(arrays)
        start, spent = time.perf_counter(), time.process_time()
        result = work(prepared)
        taken, spent = time.perf_counter() - start, time.process_time() - spent
        return {"ms": 1000 * taken, "cpu_ms": 1000 * spent, **result}
    except Exception as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)
