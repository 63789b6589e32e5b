"""Starting TensorFlow: whose settings count."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from recognition import runtime


def fake(calls: list[Any], *, started: bool) -> Any:
    def note(value: Any) -> None:
        if started:
            raise RuntimeError("Intra op parallelism cannot be modified after initialization.")
        calls.append(value)

    return SimpleNamespace(
        config=SimpleNamespace(
            threading=SimpleNamespace(
                set_intra_op_parallelism_threads=note, set_inter_op_parallelism_threads=note
            ),
            list_physical_devices=lambda kind: [kind],
            experimental=SimpleNamespace(
                set_memory_growth=lambda device, grow: calls.append((device, grow)),
                enable_tensor_float_32_execution=lambda on: calls.append(on),
            ),
        )
    )


def test_threads_and_memory_are_settled_before_the_first_use() -> None:
    calls: list[Any] = []
    runtime._configure(fake(calls, started=False), 4)
    assert calls == [False, 4, 2, ("GPU", True)]


def test_without_a_wish_tensorflow_chooses() -> None:
    calls: list[Any] = []
    runtime._configure(fake(calls, started=False), None)
    assert calls == [False, ("GPU", True)]


def test_settings_of_whoever_came_first_stay(caplog: pytest.LogCaptureFixture) -> None:
    runtime._configure(fake([], started=True), 4)
    assert "started elsewhere" in caplog.text


def test_started_once() -> None:
    assert runtime.start_tensorflow() is runtime.start_tensorflow(threads=1)
