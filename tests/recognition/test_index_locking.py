from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from recognition.index.locking import ReadersWriter


def started(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_readers_read_side_by_side() -> None:
    turns, both = ReadersWriter(), threading.Barrier(2, timeout=30)

    def read() -> None:
        with turns.reading():
            both.wait()  # breaks unless the other one is inside as well

    other = started(read)
    with turns.reading():
        both.wait()
    other.join(30)
    assert not other.is_alive()


def test_a_writer_is_alone() -> None:
    turns, inside, worst = ReadersWriter(), [0, 0], [0, 0]

    def read() -> None:
        for _ in range(300):
            with turns.reading():
                inside[0] += 1
                worst[0] = max(worst[0], inside[1])
                inside[0] -= 1

    def write() -> None:
        for _ in range(300):
            with turns.writing():
                inside[1] += 1
                before = turns._readers
                worst[1] = max(worst[1], before)
                inside[1] -= 1

    threads = [started(read) for _ in range(3)] + [started(write)]
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert worst == [0, 0]


def test_a_waiting_writer_holds_new_readers_back_but_not_for_ever() -> None:
    """Reader A is inside, the writer waits, reader B comes: A, writer, B; and no second writing first."""
    turns, order = ReadersWriter(), []
    leave, b_arrived = threading.Event(), threading.Event()

    def writer() -> None:
        for number in (1, 2):
            with turns.writing():
                order.append(f"write {number}")

    def b() -> None:
        b_arrived.set()
        with turns.reading():
            order.append("read b")

    with turns.reading():
        writing = started(writer)
        while not turns._writer_waits:
            leave.wait(0.001)
        reading = started(b)
        assert b_arrived.wait(30)
        while not turns._waiting:
            leave.wait(0.001)
        order.append("leave a")
    for thread in (writing, reading):
        thread.join(30)
    assert order == ["leave a", "write 1", "read b", "write 2"]


def test_a_reader_that_is_interrupted_while_it_waits_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns, inside, leave = ReadersWriter(), threading.Event(), threading.Event()

    def write() -> None:
        with turns.writing():
            inside.set()
            assert leave.wait(30)

    first = started(write)
    assert inside.wait(30)

    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(turns._changed, "wait_for", interrupted)
        with pytest.raises(KeyboardInterrupt), turns.reading():
            pass
    leave.set()
    first.join(30)
    with turns.writing():
        pass
    with turns.reading():
        pass
    assert (turns._readers, turns._waiting, turns._owed) == (0, 0, 0)
