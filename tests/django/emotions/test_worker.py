"""Through a real worker: its tasks are there, and one of them is on its schedule."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache

import workers.tasks  # noqa: F401  # as a worker does
from faceroster import jobs
from faceroster.emotions import services
from faceroster.emotions.models import EmotionDay
from faceroster.emotions.services import face_follow_up
from faceroster.enrollment.probes import probe_put
from faceroster.people.models import Person, Site
from tests.django.emotions.conftest import DAY, ENDS_AT, FACE, FRAME
from workers.app import QUEUES, app


def test_the_tasks_are_there_and_one_is_scheduled() -> None:
    assert {"emotions.read", "emotions.tell"} <= set(app.tasks)
    assert "emotions.tell" in {entry["task"] for entry in app.conf.beat_schedule.values()}


def test_a_face_waits_behind_everyone_at_a_door() -> None:
    queue = app.amqp.router.route({}, "emotions.read")["queue"].name
    assert QUEUES.index(queue) > QUEUES.index("identify")


@pytest.mark.parametrize(("task", "arguments", "answer"), [("read", ("gone",), False), ("tell", (), 0)])
def test_a_worker_takes_them(worker: None, task: str, arguments: tuple[str, ...], answer: object) -> None:
    assert jobs.call(f"emotions.{task}", *arguments, timeout=120.0) == answer


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not until():
        assert time.monotonic() < deadline, "the worker did not come"
        time.sleep(0.05)


def test_a_face_that_was_handed_over_is_counted_by_the_worker(
    worker: None, on: Site, person: Person, network: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put: list[str] = []
    monkeypatch.setattr(
        services, "probe_put", lambda *args, **kwargs: put.append(probe_put(*args, **kwargs)) or put[-1]
    )
    face_follow_up(site=on, person_id=person.pk, day=DAY, ends_at=ENDS_AT, image=FRAME, face=FACE)
    [probe_id] = put
    if settings.TEST_PROFILE == "production":
        # A process of its own, whose environment declares no law: the sender's word is not enough.
        _wait(lambda: cache.get(f"probe:{probe_id}") is None)
        jobs.call("emotions.tell", timeout=120.0)  # after it, for there is one at a time
        assert not EmotionDay.objects.exists()
    else:
        _wait(EmotionDay.objects.exists)
        assert network.call_count == 1
