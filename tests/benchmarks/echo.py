"""A server for the tests of the benchmarks' own machinery: ``python -m tests.benchmarks.echo [fail]``."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.peers.wire import Handler, serve


def handlers() -> dict[str, Handler]:
    if sys.argv[1:] == ["fail"]:
        raise FileNotFoundError("no weights here")
    return {"sum": (lambda arrays: arrays, _sum), "refuse": (lambda arrays: arrays, _refuse)}


def _sum(arrays: list[Any]) -> dict[str, Any]:
    print("a library's own words")
    return {"sums": [array.sum() for array in arrays], "first": arrays[0]}


def _refuse(_: list[Any]) -> dict[str, Any]:
    raise ValueError("not today")


if __name__ == "__main__":
    serve(handlers)
