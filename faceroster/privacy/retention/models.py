"""What each sweep has deleted so far: counted with the deletions, so that a crash loses no number."""

from __future__ import annotations

from django.db import models


class RetentionRun(models.Model):
    """``counts``: by kind. ``ended_at`` is empty while it runs; whoever finds an abandoned one ends it."""

    started_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)
    ended_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        app_label = "privacy"
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
