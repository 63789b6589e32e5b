"""Punches: who came or went, when, where, and by which decision. Written once, never changed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models

from faceroster.core.models import AppendOnly, PublicModel
from faceroster.kiosks.models import Decision, Kiosk
from faceroster.people.models import Person, Site


class Direction(models.TextChoices):
    IN = "in", "In"
    OUT = "out", "Out"


class PunchSource(models.TextChoices):
    KIOSK = "kiosk", "Kiosk"
    MANUAL = "manual", "By hand"
    API = "api", "API"


class Punch(AppendOnly, PublicModel):
    """One coming or going. ``at`` is UTC by the server's clock; ``zone`` is the site's at that moment."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="punches")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="punches")
    at = models.DateTimeField(db_index=True)
    zone = models.CharField(max_length=64)
    day = models.DateField(help_text="The site's working day it belongs to.")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    source = models.CharField(max_length=10, choices=PunchSource.choices, default=PunchSource.KIOSK)
    kiosk = models.ForeignKey(Kiosk, null=True, on_delete=models.PROTECT, related_name="punches")
    decision = models.OneToOneField(Decision, null=True, on_delete=models.PROTECT, related_name="punch")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(max_length=200, blank=True)

    refusal = "punch.append_only", "A punch is never {}. Record a correction instead."

    class Meta:
        ordering = ["at"]
        verbose_name_plural = "punches"
        indexes = [models.Index(fields=["person", "day", "at"]), models.Index(fields=["day", "at"])]

    def __str__(self) -> str:
        local = self.at.astimezone(ZoneInfo(self.zone))
        return f"{self.get_direction_display()} {local:%Y-%m-%d %H:%M:%S}"
