"""The benchmarks' machinery: servers over pipes, turns, ratios."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from benchmarks.measure import Server, Unavailable, peer_version, quantiles, ratio, take_turns, times
from benchmarks.peers import wire


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server("test echo", ["tests.benchmarks.echo"]) as running:
        yield running


def test_arrays_arrive_whole_and_prints_do_not_disturb(server: Server) -> None:
    frame = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    answer = server.ask("sum", frame, np.array([0.5, 0.25]))
    assert answer["sums"] == [276, 0.75]
    assert answer["first"] == frame.tolist()


def test_only_the_work_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(wire.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(wire.time, "process_time", lambda: 2 * now[0])

    def takes(seconds: float) -> dict[str, Any]:
        now[0] += seconds
        return {"faces": 1}

    handler: wire.Handler = (lambda arrays: takes(5), lambda prepared: takes(2))
    assert wire.handled({"frame": handler}, "frame", []) == {"ms": 2000, "cpu_ms": 4000, "faces": 1}


def test_an_error_is_told_and_the_server_goes_on(server: Server) -> None:
    with pytest.raises(RuntimeError, match="ValueError: not today"):
        server.ask("refuse")
    with pytest.raises(RuntimeError, match="KeyError"):
        server.ask("nothing of the kind")
    assert server.ask("sum", np.ones(3))["sums"] == [3]


def test_a_server_that_cannot_start_says_why() -> None:
    with pytest.raises(Unavailable, match="no weights here"):
        Server("test failing", ["tests.benchmarks.echo", "fail"])
    with pytest.raises(Unavailable, match="ended early"):
        Server("test absent", ["tests.benchmarks.no_such_module"])


class Recorder:
    def __init__(self, name: str, log: list[tuple[str, int]]) -> None:
        self.name, self.log = name, log

    def ask_many(self, do: str, arrays: list[np.ndarray]) -> dict[str, float]:
        self.log.append((self.name, int(arrays[0][0])))
        return {"ms": float(arrays[0][0])}


def test_servers_take_turns_on_each_request() -> None:
    log: list[tuple[str, int]] = []
    servers = [Recorder("a", log), Recorder("b", log)]
    answers = take_turns(servers, "x", [[np.array([n])] for n in (1, 2, 3)], warm=1)  # type: ignore[arg-type]
    assert log[:2] == [("a", 1), ("b", 1)]  # the rehearsal
    assert log[2:] == [("a", 1), ("b", 1), ("b", 2), ("a", 2), ("a", 3), ("b", 3)]
    assert times(answers["b"]).tolist() == [1, 2, 3]


def test_ratio_is_of_medians_with_an_interval_around_it() -> None:
    fast = np.linspace(9, 11, 101)
    value, (low, high) = ratio(3 * fast, fast)
    assert value == pytest.approx(3)
    assert low < 3.0001
    assert high > 2.9999
    assert high - low < 0.5
    assert quantiles(np.arange(101.0)) == (50, 95)


def test_the_peers_are_pinned() -> None:
    assert peer_version("deepface")[0].isdigit()
    assert peer_version("mtcnn") == "1.0.0"
