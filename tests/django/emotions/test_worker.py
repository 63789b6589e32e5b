"""Through a real worker: its tasks are there, and one of them is on its schedule."""

from __future__ import annotations

import pytest

import workers.tasks  # noqa: F401  # as a worker does
from faceroster import jobs
from workers.app import QUEUES, app


def test_the_tasks_are_there_and_one_is_scheduled() -> None:
    assert {"emotions.read", "emotions.tell"} <= set(app.tasks)
    assert "emotions.tell" in {entry["task"] for entry in app.conf.beat_schedule.values()}


def test_a_face_waits_behind_everyone_at_a_door() -> None:
    queue = app.amqp.router.route({}, "emotions.read")["queue"].name
    assert QUEUES.index(queue) > QUEUES.index("identify")


@pytest.mark.parametrize(("task", "arguments", "answer"), [("read", ("gone",), False), ("tell", (), 0)])
def test_a_worker_takes_them(worker: None, task: str, arguments: tuple[str, ...], answer: object) -> None:
    assert jobs.call(f"emotions.{task}", *arguments, timeout=20.0) == answer
