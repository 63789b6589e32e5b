"""Punches: who came or went, when, where, and by which decision. Written once, never changed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from faceroster.core.models import AppendOnly, PublicModel
from faceroster.kiosks.models import Decision, Kiosk
from faceroster.people.models import Person, Site


class Direction(models.TextChoices):
    IN = "in", _("In")
    OUT = "out", _("Out")


class PunchSource(models.TextChoices):
    KIOSK = "kiosk", _("Kiosk")
    PIN = "pin", _("PIN")
    BADGE = "badge", _("Badge")
    MANUAL = "manual", _("By hand")
    API = "api", _("API")


class Punch(AppendOnly, PublicModel):
    """One coming or going. ``at`` is UTC by the server's clock; ``zone`` is the site's at that moment."""

    # The first index below begins with it.
    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.PROTECT, related_name="punches", db_index=False
    )
    site = models.ForeignKey(Site, verbose_name=_("site"), on_delete=models.PROTECT, related_name="punches")
    at = models.DateTimeField(_("at"), db_index=True)
    zone = models.CharField(_("zone"), max_length=64)
    day = models.DateField(_("day"), help_text=_("The site's working day it belongs to."))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    source = models.CharField(
        _("source"), max_length=10, choices=PunchSource.choices, default=PunchSource.KIOSK
    )
    kiosk = models.ForeignKey(
        Kiosk, verbose_name=_("kiosk"), null=True, on_delete=models.PROTECT, related_name="punches"
    )
    decision = models.OneToOneField(
        Decision, verbose_name=_("decision"), null=True, on_delete=models.PROTECT, related_name="punch"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recorded by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    refusal = "punch.append_only", "A punch is never {}. Record a correction instead."

    class Meta:
        ordering = ["at"]
        verbose_name = _("punch")
        verbose_name_plural = _("punches")
        indexes = [models.Index(fields=["person", "day", "at"]), models.Index(fields=["day", "at"])]

    def __str__(self) -> str:
        local = self.at.astimezone(ZoneInfo(self.zone))
        return f"{self.get_direction_display()} {local:%Y-%m-%d %H:%M:%S}"
