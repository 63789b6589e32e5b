"""Exports that are made in the background."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import PublicModel
from faceroster.reports.exporting import files

KEPT_FOR = timedelta(hours=24)


class ExportKind(models.TextChoices):
    """What is exported."""

    DEPARTMENT = "department", _("A department's timesheets")
    PERSON = "person", _("One person's timesheet")


class ExportFormat(models.TextChoices):
    """How it is written."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"
    PDF = "pdf", "PDF"


class ExportStatus(models.TextChoices):
    """How far it is. ``done`` and ``failed`` are final."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being written")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")


def _expiry() -> Any:
    return timezone.now() + KEPT_FOR


class ExportRun(PublicModel):
    """One file that somebody asked for. It lies sealed in the file store, and goes with its row.

    ``parameters``: ``department`` (id), ``month`` (2026-11), ``language``, and ``person`` (id) for one's own.
    ``error_code`` is stable; the sentence is in the language of who asked.
    """

    kind = models.CharField(max_length=12, choices=ExportKind.choices)
    format = models.CharField(max_length=5, choices=ExportFormat.choices)
    parameters = models.JSONField(default=dict)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=10, choices=ExportStatus.choices, default=ExportStatus.QUEUED)
    done = models.PositiveIntegerField(default=0, help_text=_("Rows that are written."))
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, help_text=_("When its worker was last heard of."))
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(default=_expiry, db_index=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [models.Index(fields=["status", "created_at"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_format_display()}"

    @property
    def live(self) -> bool:
        """Whether it may still get on."""
        return self.status in (ExportStatus.QUEUED, ExportStatus.RUNNING)


@receiver(post_delete, sender=ExportRun)
def _file_goes_too(instance: ExportRun, **_kwargs: Any) -> None:
    transaction.on_commit(partial(files.delete, instance.pk))  # now: the key is forgotten afterwards
