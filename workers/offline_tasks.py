"""Thin tasks of what kiosks took while the server was away. Each may safely run twice."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from faceroster.offline import judging


@shared_task(name="offline.judge")
def offline_judge(queue_id: str) -> int:
    return judging.entries_judge(UUID(queue_id))


@shared_task(name="offline.sweep")
def offline_sweep() -> int:
    """What was lost on its way to a worker, or with it; and what has been kept for too long."""
    return judging.entries_sweep()
