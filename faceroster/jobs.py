"""The only place that hands work to workers: by the name of the task, with ids, after the commit."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

from celery import Celery
from celery.exceptions import TimeoutError as CeleryTimeout
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from faceroster.core.errors import Unavailable, WorkerError

logger = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def producer() -> Celery:
    """A Celery app that only sends. The tasks themselves live in ``workers``, which nobody here imports."""
    app = Celery("faceroster", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    return app


def enqueue(task: str, *args: Any) -> None:
    """Send ``task`` once the present transaction is committed.

    A broker that does not answer loses nothing: the row that the work is about is stored, and the
    sweeper sends it again.
    """
    # Robust: what goes wrong here comes after the commit, and must not look to the caller as if its
    # row had not been stored.
    transaction.on_commit(lambda: _send(task, args), robust=True)


def _send(task: str, args: tuple[Any, ...]) -> None:
    try:
        # Without ignore_result the sender asks for the answer too: it would wait long for a result store
        # that is down, and keep a subscription for every message when it is not.
        producer().send_task(task, args=args, retry=False, ignore_result=True)
    except OperationalError:
        logger.warning("The broker does not answer; %s is left to the sweeper", task)


def call(task: str, *args: Any, timeout: float) -> Any:
    """Send ``task`` now and wait for its answer.

    Raises:
        Unavailable: ``worker.timeout`` or ``worker.unreachable``.
    """
    try:
        result = producer().send_task(task, args=args, retry=False, expires=timeout, ignore_result=False)
        return result.get(timeout=timeout, interval=0.005, disable_sync_subtasks=False)
    except CeleryTimeout as error:
        raise Unavailable(
            "worker.timeout", "The recogniser is busy. Please try again in a moment."
        ) from error
    # Celery's Redis result store ends its own retries with a bare RuntimeError.
    except (OperationalError, RedisError, RuntimeError) as error:
        raise Unavailable("worker.unreachable", "The recogniser does not answer just now.") from error


def ask(task: str, *args: Any, timeout: float) -> dict[str, Any]:
    """As :func:`call`, for a task that answers with a dict, and with ``error`` in it for bad input.

    Raises:
        WorkerError: what the worker said was wrong.
        Unavailable: as :func:`call`.
    """
    answer: dict[str, Any] = call(task, *args, timeout=timeout)
    if error := answer.get("error"):
        raise WorkerError(error)
    return answer
