"""What to do when two transactions are in each other's way: one of them gives way, and tries again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, OperationalError, connection

_Result = TypeVar("_Result")


def tried_again(work: Callable[[], _Result], *, tries: int = 4, pause: float = 0.3) -> _Result:
    """What ``work`` returns, a transaction of its own; after a deadlock or the like it is run again.

    So it is when a row refers to what it has just deleted: the next try sees that row. Within another
    transaction nothing can be tried again, and the first error is raised. ``pause``: seconds between.
    """
    for left in range(tries - 1, -1, -1):
        try:
            return work()
        except (IntegrityError, OperationalError):
            if not left or connection.in_atomic_block:
                raise
        time.sleep(pause)
    raise AssertionError("not reached")


def give_way(milliseconds: int = 500) -> None:
    """Until its end this transaction waits no longer for any lock, and so is never what others wait for.

    For work that locks whole tables while kiosks go on: PostgreSQL looks for deadlocks after a second and
    then ends either of the two. SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {int(milliseconds)}")
