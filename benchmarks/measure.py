"""Servers that take turns, and what their times say.

Each pipeline under comparison runs in a process of its own (their thread pools would get into each
other's way in one), is warmed up, and then all of them answer the same request one after the other
before the next request comes. So a ratio holds even where the machine is busy with other things.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from benchmarks.peers.wire import Arrays, send
from benchmarks.report import FOLDER, ROOT

#: Python of the peers' environment; made by ``make peers``.
PEERS_PYTHON = ROOT / "build" / "peers-venv" / "bin" / "python"
NO_PEERS = "The peers are not installed (`make peers` does it, about 2.5 GB)."


class Unavailable(Exception):
    """A server could not start; the text says why."""


class Server:
    """One pipeline in its own process. ``command``: what follows ``python -m``."""

    def __init__(self, name: str, command: Sequence[str], python: Path | None = None) -> None:
        self.name = name
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.log = FOLDER / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.log"
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "PYTHONWARNINGS": "ignore"}
        with self.log.open("wb") as errors:
            self._process = subprocess.Popen(
                [str(python or sys.executable), "-m", *command],
                cwd=ROOT,
                env=os.environ | quiet,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        try:
            self.can: list[str] = self._answer()["ready"]
        except RuntimeError as error:
            self.close()
            raise Unavailable(f"{name} does not start: {error}") from error

    def ask(self, do: str, *arrays: np.ndarray) -> dict[str, Any]:
        """The answer, with ``ms``, the time the work took there. Raises ``RuntimeError`` for an error."""
        return self.ask_many(do, list(arrays))

    def ask_many(self, do: str, arrays: Arrays) -> dict[str, Any]:
        assert self._process.stdin is not None
        send(self._process.stdin, do, arrays)  # type: ignore[arg-type]
        return self._answer()

    def close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended early; see {self.log.relative_to(ROOT)}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{self.name}: {answer['error']} (see {self.log.relative_to(ROOT)})")
        return answer


def take_turns(
    servers: Sequence[Server], do: str, requests: Sequence[Arrays], warm: int = 3, run: int = 1
) -> dict[str, list[dict[str, Any]]]:
    """Each server's answers to all requests, by its name; the first ``warm`` requests are also rehearsed.

    ``run``: how many requests a server answers before the next one's turn. A camera's frames come one
    after the other; with one at a time, every frame finds its core asleep and its caches full of another
    program.
    """
    for server in servers:
        for request in requests[:warm]:
            server.ask_many(do, request)
    answers: dict[str, list[dict[str, Any]]] = {server.name: [] for server in servers}
    for number, start in enumerate(range(0, len(requests), run)):
        # Who comes first changes, so that nobody always works after the same other one.
        first = number % len(servers)
        for server in [*servers[first:], *servers[:first]]:
            answers[server.name] += [
                server.ask_many(do, request) for request in requests[start : start + run]
            ]
    return answers


def peer_version(package: str) -> str:
    """The version that ``make peers`` installs."""
    pins = (ROOT / "benchmarks" / "peers" / "requirements.txt").read_text(encoding="utf-8")
    return next(line.split("==")[1] for line in pins.splitlines() if line.startswith(f"{package}=="))


def times(answers: Sequence[dict[str, Any]]) -> np.ndarray:
    """Milliseconds of each answer: float64 (n,)."""
    return np.array([answer["ms"] for answer in answers], np.float64)


def quantiles(ms: np.ndarray) -> tuple[float, float]:
    """p50 and p95."""
    p50, p95 = np.quantile(ms, (0.5, 0.95))
    return float(p50), float(p95)


def ratio(slow: np.ndarray, fast: np.ndarray, draws: int = 2000) -> tuple[float, tuple[float, float]]:
    """Ratio of the medians of paired times, and its 95 % interval (percentile bootstrap over pairs)."""
    picked = np.random.default_rng(0).integers(0, len(slow), (draws, len(slow)))
    drawn = np.median(slow[picked], axis=1) / np.median(fast[picked], axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(np.median(slow) / np.median(fast)), (float(low), float(high))
