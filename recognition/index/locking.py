"""Who may read and who may change an index, and how its background work keeps out of the way."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

import faiss

_thread = threading.local()


def single_threaded() -> None:
    """Keep FAISS to one core in the calling thread: OpenMP's setting is one per thread.

    A single query is too small to split, and the cores are wanted by the networks.
    """
    if not getattr(_thread, "single", False):
        faiss.omp_set_num_threads(1)
        _thread.single = True


def step_back() -> None:
    """Let every other thread go first, where the system can rank single threads (Linux)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


class ReadersWriter:
    """Many readers at once, or one writer; taking turns, so that neither side starves.

    A writer that waits holds new readers back. When it is done, the readers that waited go before
    the next writer: a bulk load in many short writes lets searches through between them (the
    phase-fair order of Brandenburg and Anderson 2010). Writers must exclude each other themselves.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._readers = 0
        self._waiting = 0
        self._owed = 0
        self._phase = 0
        self._writer_waits = False
        self._writing = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        with self._changed:
            if self._writing or self._writer_waits:
                self._wait_for_turn()
            self._readers += 1
        try:
            yield
        finally:
            with self._changed:
                self._readers -= 1
                if not self._readers:
                    self._changed.notify_all()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        with self._changed:
            self._writer_waits = True
            try:
                self._changed.wait_for(lambda: not self._readers and not self._owed)
                self._writing = True
            finally:
                self._writer_waits = False
        try:
            yield
        finally:
            with self._changed:
                self._writing = False
                self._phase += 1
                self._owed = self._waiting
                self._changed.notify_all()

    def _wait_for_turn(self) -> None:
        arrived = self._phase
        self._waiting += 1
        try:
            self._changed.wait_for(
                lambda: not self._writing and (self._phase != arrived or not self._writer_waits)
            )
        finally:
            # Also when a signal ends the wait: a reader that never comes must not be waited for.
            self._waiting -= 1
            self._owed = min(max(self._owed - 1, 0), self._waiting)
            self._changed.notify_all()
