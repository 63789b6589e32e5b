"""Exports in the background."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from faceroster.reports.exporting import runs


@shared_task(name="export.run")
def export_run(run_id: str) -> None:
    runs.export_run(UUID(run_id))


@shared_task(name="export.clean")
def export_clean() -> int:
    return runs.exports_clean()
