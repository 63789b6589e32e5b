"""The same work on many pieces, by this process or by several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_all_start_methods, get_context
from typing import TypeVar

from django.db import connection, connections

_Piece = TypeVar("_Piece")
_Done = TypeVar("_Done")


def shared(work: Callable[[_Piece], _Done], pieces: Sequence[_Piece], *, processes: int) -> Iterator[_Done]:
    """What ``work`` makes of each of ``pieces``, in their order.

    ``work`` is a function of a module. Within a transaction, of which other processes would see nothing, on
    SQLite, where one writes at a time, and where a process cannot be forked, all is done here.
    """
    alone = processes <= 1 or connection.vendor == "sqlite" or connection.in_atomic_block
    if alone or "fork" not in get_all_start_methods():
        yield from map(work, pieces)
        return
    connections.close_all()  # a forked process must not go on with the socket of this one
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        yield from pool.map(work, pieces)
