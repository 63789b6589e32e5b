"""A Celery worker and its beat inside this very process, for the embedded default and for tests.

The same app, the same tasks and the same settings as a worker of its own; only the broker lies in
memory. Two threads: a kiosk's frame waits for one enrollment photo at most.
"""

from __future__ import annotations

import threading
from typing import Any

from celery.beat import EmbeddedService
from celery.worker import WorkController, state

from workers.app import QUEUES, app

_SECONDS_TO_FINISH = 20.0


class EmbeddedWorker:
    """Start with :meth:`start`; :meth:`stop` lets tasks in hand finish."""

    def __init__(self, *, threads: int = 2) -> None:
        self._controller = WorkController(
            app=app,
            pool="threads",
            concurrency=threads,
            queues=QUEUES,
            loglevel="WARNING",
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )
        self._worker = threading.Thread(target=self._controller.start, name="worker", daemon=True)
        self._beat: Any = EmbeddedService(app, thread=True, scheduler_cls="celery.beat:Scheduler")

    def start(self) -> None:
        app.set_default()
        app.finalize()
        self._worker.start()
        self._beat.start()

    def stop(self) -> None:
        """Do nothing when it was never started."""
        if not self._worker.is_alive():
            return
        self._beat.stop()
        # The worker's loop sees it, finishes what it has and leaves. The stubs only know None.
        state.should_stop = 0  # type: ignore[assignment]
        self._worker.join(_SECONDS_TO_FINISH)
        state.should_stop = None
